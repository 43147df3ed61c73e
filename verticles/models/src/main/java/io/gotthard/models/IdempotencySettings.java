package io.gotthard.models;

import io.gotthard.kit.Default;
import io.gotthard.kit.Size;
import java.time.Duration;

/**
 * What becomes of requests with an {@code Idempotency-Key}; section {@code idempotency} of the configuration.
 *
 * @param keep how long a complete answer is kept for who asks again
 * @param grace how long an answer goes on that nobody reads any more
 * @param memory bytes of answers that are kept at most; an account has a quarter of it
 */
public record IdempotencySettings(
        @Default("10m") Duration keep,
        @Default("30s") Duration grace,
        @Default("64MB") Size memory) {

    /** What is said nowhere. */
    static final IdempotencySettings USUAL =
            new IdempotencySettings(Duration.ofMinutes(10), Duration.ofSeconds(30), new Size(64 << 20));

    private static final long LEAST_MEMORY = 1 << 20;

    /** Checks what no type says. */
    public IdempotencySettings {
        if (keep.toSeconds() < 1 || keep.toHours() > 24) {
            throw new IllegalArgumentException("keep must be from 1s to 24h");
        }
        if (grace.isNegative() || grace.toHours() > 1) {
            throw new IllegalArgumentException("grace must be at most 1h");
        }
        if (memory.bytes() < LEAST_MEMORY) {
            throw new IllegalArgumentException("memory must be at least 1MB");
        }
    }
}
