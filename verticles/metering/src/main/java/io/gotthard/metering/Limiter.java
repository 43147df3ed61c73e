package io.gotthard.metering;

import java.util.List;

/** Counts what limits limit. Safe to be used from any thread. */
interface Limiter {

    /**
     * Takes a request, its tokens and its money from all counters that are concerned, or nothing from any of them. Returns at once.
     *
     * @param bounds what holds for the request
     * @param tokens what it will probably consume
     * @param money nanos that are reserved for it
     * @param now what {@link #now} said
     */
    Taken take(List<Bound> bounds, long tokens, long money, long now);

    /** Nanoseconds since some moment; they never jump, whatever happens to the machine's clock. */
    long now();
}
