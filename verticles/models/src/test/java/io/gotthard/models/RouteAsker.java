package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Meter;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Settings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Asks the models verticle over a real bus; its upstreams are real HTTP servers, each of which does what a test says. */
final class RouteAsker implements AutoCloseable {

    static final Caller ANYBODY = new Caller("key", "account", "tenant", Permissions.ALL, null);

    /** The sections of the configuration that this module has records for. */
    record Sections(Map<String, Upstream> upstreams, Map<String, Model> models) {}

    /** A server, what it does, and the models it was asked for. */
    static final class Server {

        private final int port;
        private volatile Handler<HttpServerRequest> play = Plays.good("?");
        private final BlockingQueue<JsonObject> asked = new LinkedBlockingQueue<>();

        private Server(Vertx vertx) {
            port = vertx.createHttpServer()
                    .requestHandler(request -> request.body().onSuccess(body -> {
                        asked.add(body.toJsonObject());
                        play.handle(request);
                    }))
                    .listen(0, "127.0.0.1")
                    .await()
                    .actualPort();
        }

        void plays(Handler<HttpServerRequest> played) {
            play = played;
        }

        /** How often it was asked. */
        int count() {
            return asked.size();
        }

        /** The next request that it is or was asked. */
        JsonObject asked() throws InterruptedException {
            return asked.poll(20, TimeUnit.SECONDS);
        }
    }

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Vertx vertx = Vertx.vertx();
    private final Context asking = vertx.getOrCreateContext();
    private final Map<String, Server> servers = new LinkedHashMap<>();
    private final Bus bus;

    /**
     * With some servers.
     *
     * @param names of the servers, which are the names of the upstreams
     * @param models the configuration's section, as YAML
     */
    RouteAsker(Meter meter, List<String> names, String models) {
        var upstreams = new StringBuilder("upstreams:\n");
        for (var name : names) {
            var server = new Server(vertx);
            server.plays(Plays.good(name));
            servers.put(name, server);
            upstreams.append("  %s: {protocol: openai, url: 'http://127.0.0.1:%d/v1', key: sk-secret}%n"
                    .formatted(name, server.port));
        }
        // Nobody listens on port 1.
        upstreams.append("  nowhere: {protocol: openai, url: 'http://127.0.0.1:1/v1'}\n");
        var read = Settings.read(Sections.class, upstreams + "models:\n" + models.indent(2), "test.yaml", n -> null);
        var settings = new ModelsSettings(
                read.upstreams(),
                read.models(),
                new ExternalSettings(null, "swissai"),
                new DemoSettings(true),
                Duration.ZERO);
        vertx.deployVerticle(new ModelsVerticle(settings, meter, registry)).await();
        bus = on(() -> Future.succeededFuture(new Bus(vertx))).join();
    }

    RouteAsker(List<String> names, String models) {
        this(Meter.OFF, names, models);
    }

    Server server(String name) {
        return servers.get(name);
    }

    private <T> CompletableFuture<T> on(Supplier<Future<T>> work) {
        var promise = Promise.<T>promise();
        asking.runOnContext(go -> work.get().onComplete(promise));
        return promise.future().toCompletionStage().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS);
    }

    static JsonObject chat(String model, boolean streaming) {
        var message = new JsonObject().put("role", "user").put("content", "Hello.");
        return new JsonObject()
                .put("model", model)
                .put("messages", List.of(message))
                .put("stream", streaming);
    }

    Dialogue ask(Caller caller, JsonObject request) {
        return bus.ask(
                "models.createChatCompletion",
                new Call(bus.nextId(), "request-7", caller, Map.of(), JsonBody.parse(request.toBuffer())));
    }

    Dialogue ask(JsonObject request) {
        return ask(ANYBODY, request);
    }

    CompletableFuture<Answer> next(Dialogue dialogue) {
        return on(dialogue::next);
    }

    void cancel(Dialogue dialogue) {
        on(() -> {
                    dialogue.cancel();
                    return Future.succeededFuture();
                })
                .join();
    }

    /** All answers to a request, of which the last has no more. */
    List<Answer> answers(JsonObject request) {
        var dialogue = ask(request);
        var answers = new ArrayList<Answer>();
        do {
            answers.add(next(dialogue).join());
        } while (answers.getLast().more());
        return answers;
    }

    /** Who answered, by the head of the answer. */
    String target(JsonObject request) {
        return answers(request).getFirst().headers().get("x-gotthard-target");
    }

    Failure failure(JsonObject request) {
        return failure(next(ask(request)));
    }

    static Failure failure(CompletableFuture<Answer> answer) {
        try {
            throw new AssertionError("expected a failure, but got " + answer.join());
        } catch (CompletionException e) {
            return (Failure) e.getCause();
        }
    }

    /** The bytes of all answers. */
    static String text(List<Answer> answers) {
        var text = Buffer.buffer();
        answers.forEach(answer -> text.appendBuffer(answer.body()));
        return text.toString();
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}
