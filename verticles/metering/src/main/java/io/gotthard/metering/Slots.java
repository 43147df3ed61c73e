package io.gotthard.metering;

import java.util.concurrent.atomic.AtomicLong;

/** A counter of requests that are under way. Safe to be used from any thread. */
final class Slots {

    private static final long RETIRED = -1;

    private final AtomicLong taken = new AtomicLong();
    private volatile long elsewhere;

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

    /** One more, however many there are; false if the counter is out of use. */
    boolean enter() {
        return taken.getAndUpdate(seen -> seen == RETIRED ? RETIRED : seen + 1) != RETIRED;
    }

    /** Others say how many there are, everywhere. */
    void heard(long count) {
        elsewhere = count;
    }

    /** How many there are, as far as is known. */
    long known() {
        return Math.max(taken(), elsewhere);
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
