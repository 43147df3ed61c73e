package io.gotthard.models;

import io.gotthard.kit.Default;
import java.time.Duration;

/**
 * How often a model's upstreams are asked for one request, within the deadline of the request.
 *
 * @param attempts how often at most, the first time included; but each target is asked once before the request is given up
 * @param backoff how long to wait before the same target is asked again; twice as long each time, less up to a half at random
 * @param longest how long a wait may be; an upstream that wants more ({@code Retry-After}) is not asked again
 */
public record Retries(
        @Default("3") int attempts,
        @Default("200ms") Duration backoff,
        @Default("5s") Duration longest) {

    /** What is said nowhere. */
    static final Retries USUAL = new Retries(3, Duration.ofMillis(200), Duration.ofSeconds(5));

    private static final int MOST = 20;

    /** Checks what no type says. */
    public Retries {
        if (attempts < 1 || attempts > MOST) {
            throw new IllegalArgumentException("attempts must be from 1 to " + MOST);
        }
        if (longest.compareTo(Duration.ofMinutes(10)) > 0) {
            throw new IllegalArgumentException("longest must be at most 10 minutes");
        }
    }

    /**
     * How long to wait before a target is asked again.
     *
     * @param again counted from 1
     * @param random from 0 to 1
     */
    long waitNanos(int again, double random) {
        double doubled = (double) backoff.toNanos() * (1L << Math.min(again - 1, MOST));
        return (long) (Math.min(doubled, (double) longest.toNanos()) * (1 - random / 2));
    }
}
