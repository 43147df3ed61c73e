package io.gotthard.bench;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The least that a fan-out to WebSockets can be with Vert.x: who connects to {@code /<group>} is sent what is posted there. Without rights,
 * log, places or slow readers. Prints {@code port=<n>}.
 */
public final class BareSockets extends VerticleBase {

    private static final int LOOPS = 2;
    private final Map<String, Set<ServerWebSocket>> groups = new HashMap<>();

    /** See the class. */
    public static void main(String[] args) {
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(LOOPS).setPreferNativeTransport(true));
        vertx.deployVerticle(BareSockets::new, new DeploymentOptions().setInstances(LOOPS))
                .onFailure(cause -> {
                    System.err.println("bare sockets: " + cause);
                    System.exit(1);
                });
    }

    @Override
    public Future<?> start() {
        vertx.eventBus()
                .<String>consumer("all", message -> send(message.headers().get("group"), message.body()));
        var options = new HttpServerOptions()
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setAcceptBacklog(4096);
        return vertx.createHttpServer(options)
                .requestHandler(this::handle)
                .listen(-1, "127.0.0.1")
                .onSuccess(server -> System.out.println("port=" + server.actualPort()));
    }

    private void handle(HttpServerRequest request) {
        var group = request.path();
        if (request.method() == HttpMethod.POST) {
            request.body().onSuccess(body -> {
                var options = new DeliveryOptions().addHeader("group", group);
                vertx.eventBus().publish("all", body.toString(), options);
                request.response().end();
            });
            return;
        }
        request.toWebSocket().onSuccess(socket -> {
            var sockets = groups.computeIfAbsent(group, name -> new HashSet<>());
            sockets.add(socket);
            socket.closeHandler(gone -> sockets.remove(socket));
        });
    }

    private void send(String group, String text) {
        groups.getOrDefault(group, Set.of()).forEach(socket -> socket.writeTextMessage(text));
    }
}
