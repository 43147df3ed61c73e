package io.gotthard.router;

import io.gotthard.kit.Absent;
import io.gotthard.kit.Default;
import io.gotthard.kit.Size;
import java.time.Duration;

/**
 * How the HTTP door behaves; section {@code http} of the configuration.
 *
 * @param host the address to listen at
 * @param port the port; 0 takes a free one
 * @param bodyLimit bytes of a request's body at most, beyond which the answer is 413
 * @param headerLimit bytes of a request's headers at most, beyond which the answer is 431
 * @param headerTimeout how long a connection may be idle or take to send a request's headers, after which it is closed
 * @param bodyTimeout how long a request's body may take to arrive, after which the answer is 408
 * @param ping how long a stream may be silent before a comment keeps it alive
 * @param stalled how long a client may read nothing of an answer before it is disconnected
 * @param drain how long running requests may go on when the platform stops
 * @param connections how many connections each event loop accepts
 * @param publicUrl scheme, host and port under which browsers know the platform, such as {@code https://hub.example.org}; null if
 *     browsers only log in on this machine
 */
public record RouterSettings(
        @Default("127.0.0.1") String host,
        @Default("8080") int port,
        @Default("32MB") Size bodyLimit,
        @Default("32KB") Size headerLimit,
        @Default("75s") Duration headerTimeout,
        @Default("60s") Duration bodyTimeout,
        @Default("15s") Duration ping,
        @Default("10m") Duration stalled,
        @Default("20s") Duration drain,
        @Default("20000") int connections,
        @Absent String publicUrl) {

    /** Checks what no type says. */
    public RouterSettings {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port must be from 0 to 65535");
        }
        if (publicUrl != null && !publicUrl.matches("https?://[a-z0-9.-]+(:[0-9]{1,5})?")) {
            throw new IllegalArgumentException("public_url is like https://hub.example.org, without a path");
        }
        if (ping.isZero() || ping.isNegative()) {
            throw new IllegalArgumentException("ping must be longer than nothing");
        }
    }

    /** The same, at another address. */
    public RouterSettings at(String otherHost, int otherPort) {
        return new RouterSettings(
                otherHost,
                otherPort,
                bodyLimit,
                headerLimit,
                headerTimeout,
                bodyTimeout,
                ping,
                stalled,
                drain,
                connections,
                publicUrl);
    }
}
