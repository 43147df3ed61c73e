package io.gotthard.metering;

import java.util.concurrent.atomic.AtomicLong;

/** A counter of requests that are under way. Safe to be used from any thread. */
final class Slots {

    private static final long RETIRED = -1;

    private final AtomicLong taken = new AtomicLong();

    /** What became of an attempt. */
    enum Try {
        TAKEN,
        FULL,
        /** The counter is out of use: ask for the one that took its place. */
        RETIRED
    }

    Try take(long amount) {
        while (true) {
            long seen = taken.get();
            if (seen == RETIRED) {
                return Try.RETIRED;
            }
            if (seen >= amount) {
                return Try.FULL;
            }
            if (taken.compareAndSet(seen, seen + 1)) {
                return Try.TAKEN;
            }
        }
    }

    /** One of them is over. It can't be retired before that. */
    void free() {
        taken.decrementAndGet();
    }

    /** How many there are. */
    long taken() {
        return Math.max(0, taken.get());
    }

    boolean retireIfIdle() {
        return taken.compareAndSet(0, RETIRED);
    }

    boolean isRetired() {
        return taken.get() == RETIRED;
    }
}
