package io.gotthard.metering;

import io.vertx.core.Future;
import java.util.List;

/** Counts what limits limit. Safe to be used from any thread. */
interface Limiter {

    /**
     * Takes a request, its tokens and its money from all counters that are concerned, or nothing from any of them. Returns at once.
     *
     * @param bounds what holds for the request: of {@link Bounds#of}
     * @param tokens what it will probably consume
     * @param money nanos that are reserved for it
     * @param now what {@link #now} said
     */
    Taken take(List<Bound> bounds, long tokens, long money, long now);

    /** Nanoseconds since some moment, more than 0; they never jump, whatever happens to the machine's clock. */
    long now();

    /** Takes nothing, and says which limit would be reached first by such a request, as far as it is known here; null if none holds. */
    Nearest nearest(List<Bound> bounds, long tokens, long money, long now);

    /**
     * Makes ready for taking: finds out what was used of days and months before this process began. Completes at once if that is
     * known; fails if the database can't tell.
     */
    Future<Void> prepare(List<Bound> bounds);

    /** Drops what nothing is used of; to be called every minute or so. */
    void sweep();

    /** Gives back what it holds elsewhere. */
    Future<Void> close();

    /**
     * The limit that would be reached first.
     *
     * @param limit which
     * @param remaining how many of its units are left before the request
     * @param waitNanos how long the request would have to wait for it; 0 if it need not
     */
    record Nearest(Limit limit, long remaining, long waitNanos) {}
}
