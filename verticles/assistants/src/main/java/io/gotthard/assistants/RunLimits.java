package io.gotthard.assistants;

import java.math.BigDecimal;
import java.time.Duration;

/**
 * How far a run may go. What a nested run uses up counts for those above it.
 *
 * @param steps calls of a model
 * @param depth how deep runs may begin runs
 * @param time from its start to its end, without the time it waits for people
 * @param tokens of input and output together; 0 for no limit
 * @param cost in the currency of the ledger; null for no limit but those of metering
 * @param attempts how often it may be taken up after a worker was lost
 */
record RunLimits(int steps, int depth, Duration time, long tokens, BigDecimal cost, int attempts) {

    /** What counts if nothing is said. */
    static final RunLimits USUAL = new RunLimits(25, 5, Duration.ofMinutes(30), 0, null, 5);
}
