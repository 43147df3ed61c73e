package io.gotthard.assistants;

import io.gotthard.contracts.Caller;
import io.gotthard.kit.Size;
import io.gotthard.kit.Whereabouts;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Uses tools as a run does, on a virtual thread, with a real HTTP server that answers as a test says. */
final class ToolUser implements AutoCloseable {

    static final String SECRET = "sk-very-secret-1234";

    /** What the server was asked. */
    record Received(String method, String uri, Map<String, String> headers, String body) {}

    final Vertx vertx = Vertx.vertx();
    final Context context;
    final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private final HttpServer server;
    private Tools tools;
    private Toolbox box;
    private Duration timeLeft = Duration.ofSeconds(20);
    volatile Handler<HttpServerRequest> play = request -> request.response().end("hello");

    ToolUser() {
        var seat = new VerticleBase() {
            Context own() {
                return context;
            }
        };
        await(vertx.deployVerticle(seat, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
        context = seat.own();
        server = await(vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    received.add(new Received(
                            request.method().name(), request.uri(), Map.copyOf(headers(request)), body.toString()));
                    play.handle(request);
                }))
                .listen(0, "127.0.0.1"));
        with(settings(List.of("private"), Duration.ofSeconds(20)));
    }

    private static Map<String, String> headers(HttpServerRequest request) {
        var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        request.headers().forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
        return headers;
    }

    ToolsSettings settings(List<String> networks, Duration timeout) {
        return new ToolsSettings(
                networks,
                Map.of(
                        "OURS", new ToolSecret(SECRET, List.of(url("")), List.of()),
                        "NAMED", new ToolSecret(SECRET, List.of("http://tools.example:" + port()), List.of()),
                        "THEIRS", new ToolSecret("sk-their-secret-77", List.of("api.example.org"), List.of()),
                        "TENANTS", new ToolSecret(SECRET, List.of(url("")), List.of("other-tenant"))),
                timeout,
                Size.parse("2KB"),
                Size.parse("1MB"));
    }

    /** From now on with other settings. */
    ToolUser with(ToolsSettings settings) {
        return with(settings, Whereabouts.USUAL);
    }

    ToolUser with(ToolsSettings settings, Whereabouts.Names names) {
        if (tools != null) {
            await(tools.close());
        }
        tools = new Tools(vertx, settings, names, InstantSource.fixed(Instant.parse("2026-11-20T17:00:00Z")));
        return this;
    }

    Tools tools() {
        return tools;
    }

    /** From now on calls have that much time. */
    void timeLeft(Duration left) {
        timeLeft = left;
    }

    int port() {
        return server.actualPort();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    /** Answers everything with this. */
    void says(int status, String type, String body) {
        play = request -> request.response()
                .setStatusCode(status)
                .putHeader("content-type", type)
                .end(Buffer.buffer(body));
    }

    Toolbox open(JsonObject... definitions) {
        var definition = new AgentDefinition(
                "", null, "m", "", new JsonObject(), List.of(definitions), RunLimits.USUAL, "private");
        var agent = new Agent(Agent.DECLARED, "a", "tenant", "owner", 1, definition);
        box = onContext(() -> tools.open(agent, Caller.NOBODY));
        return box;
    }

    Toolbox box() {
        return box;
    }

    Tool tool(String name) {
        return box.tools().stream()
                .filter(tool -> tool.function().getString("name").equals(name))
                .findFirst()
                .orElseThrow();
    }

    List<String> names() {
        return box.tools().stream()
                .map(tool -> tool.function().getString("name"))
                .toList();
    }

    Tool.Result call(String name, JsonObject arguments) {
        var tool = tool(name);
        return onContext(
                () -> tool.call(new Tool.Invocation("run_1", "call_1", arguments, Caller.NOBODY, "req_1", timeLeft)));
    }

    <T> T onContext(Supplier<Future<T>> work) {
        var promise = Promise.<T>promise();
        context.runOnContext(go -> work.get().onComplete(promise));
        return await(promise.future());
    }

    Received next() {
        try {
            return received.poll(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Knows one name. */
    static Whereabouts.Names names(String... addresses) {
        return host -> List.of(addresses).stream().map(InetAddress::ofLiteral).toList();
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** Writes this again and again, as fast as it is read, until nobody is there. */
    void endless(HttpServerResponse response, String chunk) {
        response.setChunked(true).exceptionHandler(gone -> {});
        long timer = vertx.setPeriodic(1, tick -> {
            // Not in one go: whether somebody has left is only heard in between.
            for (int i = 0; i < 200 && !response.closed() && !response.writeQueueFull(); i++) {
                response.write(chunk);
            }
        });
        response.closeHandler(gone -> vertx.cancelTimer(timer));
    }

    @Override
    public void close() {
        if (box != null) {
            onContext(box::close);
        }
        await(tools.close());
        await(vertx.close());
    }
}
