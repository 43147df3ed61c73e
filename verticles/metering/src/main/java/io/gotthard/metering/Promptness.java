package io.gotthard.metering;

import java.time.Duration;

/**
 * How soon an upstream begins to answer, if it is quick: a reservation is not waited for before, and so may wait for others to be
 * written with. An estimate, which threads may spoil for each other; whoever waits too long says so ({@link Journal#hurry}).
 */
final class Promptness {

    /** What a crash may find that was asked for and not written is never older. */
    private static final long LONGEST = Duration.ofMillis(15).toNanos();

    /** Slower answers count for so little that nearly all of them come later than what is expected. */
    private static final int SLOWNESS = 64;

    private volatile long quick;

    /** Somebody would have been answered after so many nanoseconds. */
    void answered(long nanos) {
        long known = quick;
        quick = known == 0 || nanos < known ? nanos : known + (nanos - known) / SLOWNESS;
    }

    /** How many nanoseconds a reservation may wait: most of the time is for writing it. 0 if nobody knows yet. */
    long patience() {
        return Math.min(LONGEST, quick / 3);
    }
}
