/**
 * The assistants verticle: threads, what happened in each as one ordered log, and the runs of assistants that work in them. The Postgres
 * schema {@code assistants} is its own. See {@code docs/decisions/0015-the-log-is-the-truth.md}.
 */
package io.gotthard.assistants;
