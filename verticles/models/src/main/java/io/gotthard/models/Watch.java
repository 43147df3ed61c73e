package io.gotthard.models;

import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Looks at all requests of one event loop that are under way, again and again, whether their time is up. One timer for all: what
 * arrives costs nothing but a note that it did.
 */
final class Watch {

    /** How often it looks, and so by how much a deadline may be missed. */
    static final long EVERY_MILLIS = 100;

    private final Vertx vertx;
    private final RouteMetrics metrics;
    private final Set<Attempts> open = new HashSet<>();

    /** To be made on the context of the verticle that asks. */
    Watch(Vertx vertx, RouteMetrics metrics) {
        this.vertx = vertx;
        this.metrics = metrics;
        vertx.setPeriodic(EVERY_MILLIS, timer -> look());
    }

    private void look() {
        if (!open.isEmpty()) {
            long now = System.nanoTime();
            List.copyOf(open).forEach(attempts -> attempts.check(now));
        }
    }

    void begin(Attempts attempts) {
        open.add(attempts);
    }

    void end(Attempts attempts) {
        open.remove(attempts);
    }

    Vertx vertx() {
        return vertx;
    }

    RouteMetrics metrics() {
        return metrics;
    }
}
