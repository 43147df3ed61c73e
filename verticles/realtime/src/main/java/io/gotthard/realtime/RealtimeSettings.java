package io.gotthard.realtime;

import io.gotthard.kit.Absent;
import io.gotthard.kit.Default;
import io.gotthard.kit.Size;
import java.time.Duration;
import java.util.List;

/**
 * What the configuration says of sockets; section {@code realtime}. Numbers are those of one event loop.
 *
 * @param origins the sites whose pages may open sockets besides our own, as in {@code https://app.example.org}
 * @param authentication how long a new socket may take to say who it is
 * @param ping after which silence a socket is asked whether it is still there
 * @param idle after which silence it is closed
 * @param stalled how long a client may take nothing of what it is sent
 * @param frame bytes of a frame from a client
 * @param queue bytes that wait for a client before it counts as slow, of which the log then keeps what follows
 * @param subscriptions how many a socket may have
 * @param rate how many frames a second a client may send; four times as many at once
 * @param strangers how many sockets may be open that have not said who they are
 * @param sockets how many sockets may be open
 * @param sockjsLibrary where the client library is for SockJS's transports in frames of old browsers; null if there are none
 * @param tcpBridge host and port at which workers may speak the TCP event-bus bridge's frames, or null if they may not; it is not encrypted
 */
public record RealtimeSettings(
        @Default("[]") List<String> origins,
        @Default("10s") Duration authentication,
        @Default("25s") Duration ping,
        @Default("75s") Duration idle,
        @Default("10m") Duration stalled,
        @Default("64KB") Size frame,
        @Default("64KB") Size queue,
        @Default("32") int subscriptions,
        @Default("50") int rate,
        @Default("500") int strangers,
        @Default("20000") int sockets,
        @Absent String sockjsLibrary,
        @Absent String tcpBridge) {

    /** Checks what no type says. */
    public RealtimeSettings {
        origins = List.copyOf(origins);
        for (var origin : origins) {
            if (!origin.matches("https?://[a-z0-9.-]+(:[0-9]{1,5})?")) {
                throw new IllegalArgumentException("origins are like https://app.example.org, without a path");
            }
        }
        if (tcpBridge != null && !tcpBridge.matches("[^\\s]+:[0-9]{1,5}")) {
            throw new IllegalArgumentException("tcp_bridge is like 127.0.0.1:7000");
        }
        if (rate < 1 || subscriptions < 1 || sockets < 1 || strangers < 1) {
            throw new IllegalArgumentException("rate, subscriptions, sockets and strangers are at least 1");
        }
        if (ping.toMillis() < 1 || idle.compareTo(ping) <= 0) {
            throw new IllegalArgumentException("idle must be longer than ping, and ping than nothing");
        }
    }
}
