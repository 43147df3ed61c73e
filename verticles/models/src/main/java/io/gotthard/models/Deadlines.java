package io.gotthard.models;

import io.gotthard.kit.Absent;
import io.gotthard.kit.Default;
import java.time.Duration;

/**
 * How long the phases of asking an upstream may take. They are looked at every {@link Watch#EVERY_MILLIS} milliseconds, so they end that
 * much late.
 *
 * @param connect until there is a connection, waiting for a free one included
 * @param headers from the request to the head of its response; null is a minute for streams, and for whole answers, whose heads often
 *     come only with them, as long as the attempt
 * @param firstToken of a stream, from the beginning of the attempt to the first content; of a whole answer, from its head to its body
 * @param chunk how long nothing may come after the first content; a slow reader's time does not count
 * @param attempt the whole of one attempt
 * @param request the whole of the request with all its attempts
 */
public record Deadlines(
        @Default("5s") Duration connect,
        @Absent Duration headers,
        @Default("2m") Duration firstToken,
        @Default("1m") Duration chunk,
        @Default("10m") Duration attempt,
        @Default("15m") Duration request) {

    /** What is said nowhere. */
    static final Deadlines USUAL = new Deadlines(
            Duration.ofSeconds(5),
            null,
            Duration.ofMinutes(2),
            Duration.ofMinutes(1),
            Duration.ofMinutes(10),
            Duration.ofMinutes(15));

    private static final Duration STREAM_HEADERS = Duration.ofMinutes(1);

    /** Checks what no type says. */
    public Deadlines {
        positive("connect", connect);
        positive("headers", headers == null ? attempt : headers);
        positive("first_token", firstToken);
        positive("chunk", chunk);
        positive("attempt", attempt);
        positive("request", request);
    }

    private static void positive(String name, Duration duration) {
        if (duration.isZero() || duration.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(name + " must be more than nothing and at most a day");
        }
    }

    /** How long the head of a response may take. */
    Duration headers(boolean streaming) {
        return headers != null ? headers : streaming ? STREAM_HEADERS : attempt;
    }
}
