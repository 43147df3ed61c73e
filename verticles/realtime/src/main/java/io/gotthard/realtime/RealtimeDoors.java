package io.gotthard.realtime;

import io.gotthard.contracts.Bus;
import io.gotthard.kit.Lobby;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;

/**
 * The doors for live events: WebSockets at {@code /api/v1/ws}, and Vert.x's event-bus bridge at {@code /eventbus}. Each event loop has its
 * own, and reads a thread once for all of its sockets.
 */
public final class RealtimeDoors {

    private final RealtimeSettings settings;
    private final MeterRegistry registry;

    /** Doors whose sockets are counted by a registry. */
    public RealtimeDoors(RealtimeSettings settings, MeterRegistry registry) {
        this.settings = settings;
        this.registry = registry;
    }

    /** Adds the routes of an event loop; to be called on it. */
    public void mount(Vertx vertx, Router router, Lobby lobby) {
        var bus = new Bus(vertx);
        var fanout = new Fanout(vertx, bus, lobby);
        var identification = new Identification(vertx, bus);
        var sockets =
                new Sockets(vertx, bus, lobby, settings, fanout, identification, peer -> new WorkerSocket(bus, peer));
        var bridge = new Bridge(vertx, bus, lobby, settings, fanout, identification);
        router.get(Sockets.PATH).handler(sockets::accept);
        bridge.mount(router);
        new FramesPage(vertx).mount(router);
        lobby.beforeStop(() -> {
            sockets.close();
            bridge.close();
        });
        var loop = Thread.currentThread().getName();
        Gauge.builder("gotthard.sockets", sockets, Sockets::count)
                .description("Open WebSockets")
                .tag("loop", loop)
                .register(registry);
        Gauge.builder("gotthard.followed", fanout, Fanout::threads)
                .description("Threads that sockets follow")
                .tag("loop", loop)
                .register(registry);
    }
}
