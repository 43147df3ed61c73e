package io.gotthard.router;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The connections of one event loop, and what each is doing. A client that drips its headers or its body keeps no connection:
 * idle timers do not see it, because it is never idle, so what counts here is when a phase began.
 *
 * <p>One sweep looks at all of them, so that a request costs no timer.
 */
final class Connections {

    private enum Phase {
        HEADERS,
        BODY,
        ANSWER
    }

    private static final class Watched {
        Phase phase = Phase.HEADERS;
        long since = System.nanoTime();
        Runnable late;
    }

    private final RouterSettings settings;
    private final Map<HttpConnection, Watched> open = new HashMap<>();

    Connections(Vertx vertx, RouterSettings settings) {
        this.settings = settings;
        long shortest = Math.min(
                settings.headerTimeout().toMillis(), settings.bodyTimeout().toMillis());
        vertx.setPeriodic(Math.clamp(shortest / 4, 10, 1_000), timer -> sweep());
    }

    /** Takes a new connection, or closes it if there are too many. */
    void accept(HttpConnection connection) {
        if (open.size() >= settings.connections()) {
            connection.close();
            return;
        }
        open.put(connection, new Watched());
        // The connection itself hears no more of it once another protocol is spoken on it.
        ((ConnectionBase) connection).channel().closeFuture().addListener(closed -> open.remove(connection));
    }

    int count() {
        return open.size();
    }

    /** A request's body is awaited; {@code late} is called if it takes too long. */
    void reading(HttpConnection connection, Runnable late) {
        enter(connection, Phase.BODY, late);
    }

    /** The request is complete, and answering it takes what it takes. */
    void answering(HttpConnection connection) {
        enter(connection, Phase.ANSWER, null);
    }

    /** The response is complete; the next request may come, when the rest of this one did. */
    void answered(HttpServerRequest request) {
        enter(request.connection(), Phase.HEADERS, null);
        if (!request.isEnded()) {
            discard(request);
        }
    }

    /**
     * Who was refused before all of the body came may still be sending. So much is read that a usual client gets to read its
     * answer, and who goes on is cut off.
     */
    private void discard(HttpServerRequest request) {
        var rest = new Object() {
            long bytes = settings.bodyLimit().bytes();
        };
        request.handler(data -> {
            rest.bytes -= data.length();
            if (rest.bytes < 0) {
                request.connection().close();
            }
        });
        request.resume();
    }

    private void enter(HttpConnection connection, Phase phase, Runnable late) {
        var watched = open.get(connection);
        if (watched != null) {
            watched.phase = phase;
            watched.since = System.nanoTime();
            watched.late = late;
        }
    }

    private void sweep() {
        long now = System.nanoTime();
        for (var entry : new ArrayList<>(open.entrySet())) {
            var watched = entry.getValue();
            long millis = TimeUnit.NANOSECONDS.toMillis(now - watched.since);
            if (watched.phase == Phase.HEADERS
                    && millis > settings.headerTimeout().toMillis()) {
                entry.getKey().close();
            } else if (watched.phase == Phase.BODY
                    && millis > settings.bodyTimeout().toMillis()) {
                watched.late.run();
            }
        }
    }
}
