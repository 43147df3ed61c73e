package io.gotthard.assistants;

import io.gotthard.kit.Absent;
import io.gotthard.kit.Default;
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
public record RunLimits(
        @Default("25") int steps,
        @Default("5") int depth,
        @Default("30m") Duration time,
        @Default("0") long tokens,
        @Absent BigDecimal cost,
        @Default("5") int attempts) {

    private static final int MOST_STEPS = 1_000;
    private static final int DEEPEST = 20;
    private static final int MOST_ATTEMPTS = 100;
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(7);

    /** What counts if nothing is said; it is checked against the constants above it. */
    static final RunLimits USUAL = new RunLimits(25, 5, Duration.ofMinutes(30), 0, null, 5);

    /** Checks what no type says. */
    public RunLimits {
        require(steps >= 1 && steps <= MOST_STEPS, "steps must be from 1 to " + MOST_STEPS);
        require(depth >= 0 && depth <= DEEPEST, "depth must be from 0 to " + DEEPEST);
        require(time.compareTo(SHORTEST) >= 0 && time.compareTo(LONGEST) <= 0, "time must be from a second to 7 days");
        require(tokens >= 0, "tokens must not be negative");
        require(cost == null || cost.signum() >= 0, "cost must not be negative");
        require(attempts >= 1 && attempts <= MOST_ATTEMPTS, "attempts must be from 1 to " + MOST_ATTEMPTS);
    }

    private static void require(boolean kept, String rule) {
        if (!kept) {
            throw new IllegalArgumentException(rule);
        }
    }
}
