package io.gotthard.assistants;

/**
 * That a run is held by this node.
 *
 * @param run the run
 * @param lease its number: who took it later has a greater one
 */
record Hold(String run, long lease) {}
