package io.gotthard.models;

import io.gotthard.kit.Default;
import java.time.Duration;

/**
 * When a target that fails is not asked any more, and when it is tried again: by one request at a time.
 *
 * @param failures how many failures in a row take it out; so does more than half of twice as many attempts or more within ten seconds.
 *     0 switches this off
 * @param open how long it is out the first time, and twice as long each time it fails again
 * @param longest how long it is out at most
 */
public record Breaker(
        @Default("5") int failures,
        @Default("1s") Duration open,
        @Default("5s") Duration longest) {

    /** What is said nowhere. */
    static final Breaker USUAL = new Breaker(5, Duration.ofSeconds(1), Duration.ofSeconds(5));

    /** Checks what no type says. */
    public Breaker {
        if (failures < 0) {
            throw new IllegalArgumentException("failures must be at least 0");
        }
        if (open.isZero() || open.compareTo(longest) > 0) {
            throw new IllegalArgumentException("open must be more than nothing, and at most as long as longest");
        }
        if (longest.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("longest must be at most an hour");
        }
    }

    long openNanos(int times) {
        return Math.min(longest.toNanos(), open.toNanos() << Math.min(times - 1, 12));
    }
}
