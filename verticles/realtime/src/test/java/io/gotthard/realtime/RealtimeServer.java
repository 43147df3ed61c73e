package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Credential;
import io.gotthard.kit.Lobby;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The doors behind a bare HTTP server, over a {@link ScriptedLog}. */
final class RealtimeServer implements AutoCloseable {

    static final RealtimeSettings USUAL = settings(16 * 1024, 20_000, 500);

    final Vertx vertx = Vertx.vertx();
    /** That of all clients: Vert.x shuts down one that nobody holds any more, and takes half a minute for it. */
    final WebSocketClient webSockets = vertx.createWebSocketClient(new WebSocketClientOptions()
            .setMaxConnections(1_000)
            .setClosingTimeout(1)
            .setMaxFrameSize(1 << 20));

    final ScriptedLog log = new ScriptedLog();
    final MeterRegistry registry = new SimpleMeterRegistry();
    private final List<Runnable> stopping = new ArrayList<>();
    private int port;

    RealtimeServer(RealtimeSettings settings) {
        await(vertx.deployVerticle(log));
        await(vertx.deployVerticle(new Http(settings)));
    }

    static RealtimeSettings settings(int queue, int idleMillis, int authenticationMillis) {
        return new RealtimeSettings(
                List.of("https://friend.example"),
                Duration.ofMillis(authenticationMillis),
                Duration.ofMillis(idleMillis / 3),
                Duration.ofMillis(idleMillis),
                Duration.ofMinutes(5),
                new io.gotthard.kit.Size(64 * 1024),
                new io.gotthard.kit.Size(queue),
                8,
                20,
                5,
                100,
                null,
                null);
    }

    static <T> T await(Future<T> future) {
        try {
            return future.await(30, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private final class Http extends VerticleBase implements Lobby {

        private final RealtimeSettings settings;

        Http(RealtimeSettings settings) {
            this.settings = settings;
        }

        @Override
        public Future<?> start() {
            var router = Router.router(vertx);
            new RealtimeDoors(settings, registry).mount(vertx, router, this);
            router.route()
                    .failureHandler(context -> context.response()
                            .setStatusCode(Failure.of(context.failure()).status())
                            .end(String.valueOf(context.failure())));
            HttpServer server = vertx.createHttpServer(new HttpServerOptions()
                    .addWebSocketSubProtocol("gotthard.v1")
                    .setWebSocketClosingTimeout(2)
                    .setMaxWebSocketFrameSize(256 * 1024));
            return server.requestHandler(router).listen(0, "127.0.0.1").onSuccess(up -> port = up.actualPort());
        }

        @Override
        public Credential credential(HttpServerRequest request) {
            var header = request.getHeader("authorization");
            return header == null ? null : Credential.of(header.substring(7));
        }

        @Override
        public void check(String operationId, Caller caller, Map<String, String> parameters) {
            if (caller.account().equals("mallory") || !caller.administrator()) {
                throw Failure.forbidden("Not you.");
            }
        }

        @Override
        public Future<Answer> ask(String operationId, Call call) {
            if (operationId.equals("getRun")) {
                return log.run(call);
            }
            return call.parameters().containsValue("nothing")
                    ? Future.failedFuture(Failure.refused(404, "not_found", "There is no such thing."))
                    : Future.succeededFuture(Answer.json(new JsonObject()
                            .put("operation", operationId)
                            .put("by", call.caller().account())
                            .put(
                                    "body",
                                    call.body() == null ? null : call.body().fields())
                            .toBuffer()));
        }

        @Override
        public String origin(HttpServerRequest request) {
            return "http://127.0.0.1:" + port;
        }

        @Override
        public void beforeStop(Runnable action) {
            stopping.add(action);
        }
    }

    int port() {
        return port;
    }

    /** Says that the node stops. */
    void stop() {
        vertx.runOnContext(go -> stopping.forEach(Runnable::run));
    }

    @Override
    public void close() {
        await(vertx.close());
    }
}
