package io.gotthard.assistants;

import io.gotthard.contracts.EventData;

/**
 * What is to be written into a log.
 *
 * @param data what happened
 * @param display the run that a user began, or null
 * @param run the run in which it happened, or null
 * @param author an account's id, the name of an agent, or {@code gotthard}
 */
record Draft(EventData data, String display, String run, String author) {}
