package io.gotthard.realtime;

import io.gotthard.contracts.Bus;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * A door for workers that can't speak WebSocket: the frames of Vert.x' TCP event-bus bridge, with one address, {@value TcpSocket#ADDRESS},
 * which reaches no bus but is the same as a worker's WebSocket. Ours and not the library's, which takes frames of any length from anybody.
 */
public final class TcpDoor extends VerticleBase {

    private static final long TICK_MILLIS = 500;

    private final RealtimeSettings settings;
    private final IntConsumer onListening;
    private final Set<TcpSocket> open = new LinkedHashSet<>();
    private Bus bus;
    private Identification identification;
    private NetServer server;

    /**
     * A door at the address that the settings name.
     *
     * @param onListening gets the port once it is listened at
     */
    public TcpDoor(RealtimeSettings settings, IntConsumer onListening) {
        this.settings = settings;
        this.onListening = onListening;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        identification = new Identification(vertx, bus);
        identification.onChange(id -> List.copyOf(open).forEach(socket -> socket.changed(id)));
        vertx.setPeriodic(TICK_MILLIS, tick -> {
            var now = Instant.now();
            List.copyOf(open).forEach(socket -> socket.tick(now));
        });
        server = vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true))
                .connectHandler(this::accept);
        int colon = settings.tcpBridge().lastIndexOf(':');
        int port = Integer.parseInt(settings.tcpBridge().substring(colon + 1));
        return server.listen(port, settings.tcpBridge().substring(0, colon))
                .onSuccess(up -> onListening.accept(up.actualPort()))
                .recover(cause -> Future.failedFuture(
                        new IOException("can't listen at " + settings.tcpBridge() + ": " + cause.getMessage(), cause)));
    }

    private void accept(NetSocket socket) {
        if (open.size() >= settings.strangers()) {
            socket.close();
            return;
        }
        var opened = new TcpSocket(bus, identification, settings, socket, open::remove);
        open.add(opened);
    }

    @Override
    public Future<?> stop() {
        List.copyOf(open).forEach(TcpSocket::close);
        return server.close().eventually(() -> bus.close(0));
    }
}
