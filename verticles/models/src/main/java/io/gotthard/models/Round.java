package io.gotthard.models;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Residency;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** What one request has tried of one route: each target once at first, and then again those that may do better in a moment. */
final class Round {

    /** That no target is to be asked. */
    static final int NONE = -1;

    private static final long NEVER = Long.MAX_VALUE;

    private final Route route;
    private final Residency residency;
    private final long sticky;
    private final boolean streaming;
    private final boolean[] tried;
    /** When each target may be asked again, in nanoseconds from the beginning of the request. */
    private final long[] notBefore;

    private int asked;

    /** @param residency where targets may be; those that are elsewhere are out of the question from the beginning */
    Round(Route route, Call call, Residency residency, boolean streaming) {
        this.route = route;
        this.residency = residency;
        this.sticky = Stickiness.of(route.model().sticky(), call);
        this.streaming = streaming;
        this.tried = new boolean[route.targets().size()];
        this.notBefore = new long[tried.length];
        if (residency.isLimited()) {
            for (int i = 0; i < tried.length; i++) {
                if (!residency.allows(route.candidates().get(i).region())) {
                    take(i);
                }
            }
        }
    }

    Route route() {
        return route;
    }

    Target target(int index) {
        return route.targets().get(index);
    }

    /** Why none of them can be asked now: what the first says that might. */
    Failure refusal(long now) {
        int index = 0;
        while (!residency.allows(route.candidates().get(index).region())) {
            index++;
        }
        return target(index).standing().refusal(now);
    }

    /** The next target that was not tried, or {@link #NONE}; it counts as tried. */
    int next(long now) {
        int index = route.next(now, tried, sticky, streaming);
        if (index != NONE) {
            take(index);
        }
        return index;
    }

    /** The target that may be asked again first, or {@link #NONE}. */
    int again() {
        if (asked >= route.model().retries().attempts()) {
            return NONE;
        }
        int soonest = 0;
        for (int i = 1; i < notBefore.length; i++) {
            soonest = notBefore[i] < notBefore[soonest] ? i : soonest;
        }
        return notBefore[soonest] == NEVER ? NONE : soonest;
    }

    /** When that is, in nanoseconds from the beginning of the request. */
    long notBefore(int index) {
        return notBefore[index];
    }

    /** It is going to be asked, and not again unless it fails in a way that allows it. */
    void take(int index) {
        tried[index] = true;
        notBefore[index] = NEVER;
    }

    /** It is being asked. */
    void asked() {
        asked++;
    }

    /**
     * It failed.
     *
     * @param since nanoseconds from the beginning of the request
     */
    void failed(int index, Fault fault, Failure cause, long since) {
        if (fault.again()) {
            long backoff = route.model()
                    .retries()
                    .waitNanos(asked, ThreadLocalRandom.current().nextDouble());
            notBefore[index] = since + Math.max(backoff, TimeUnit.MILLISECONDS.toNanos(cause.retryAfterMillis()));
        }
    }
}
