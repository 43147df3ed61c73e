package io.gotthard.assistants;

import java.util.List;

/**
 * Events that are to be in a thread's log, next to each other and all or none.
 *
 * @param thread the thread's number
 * @param drafts what happened, in order
 * @param hold that the run is held, for what its worker writes; null for others. If somebody else has taken the run meanwhile, it is
 *     not written, and fails with {@link Fenced}
 * @param becomes what the held run becomes by it, in the same transaction; null if it stays what it is. Anything but
 *     {@link RunStatus#IN_PROGRESS} lets go of the run
 */
record Appending(long thread, List<Draft> drafts, Hold hold, RunStatus becomes) {}
