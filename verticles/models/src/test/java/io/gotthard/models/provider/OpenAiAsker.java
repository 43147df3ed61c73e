package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Meter;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Size;
import io.gotthard.models.Breaker;
import io.gotthard.models.ExternalSettings;
import io.gotthard.models.Kind;
import io.gotthard.models.Model;
import io.gotthard.models.ModelsSettings;
import io.gotthard.models.ModelsVerticle;
import io.gotthard.models.Retries;
import io.gotthard.models.Upstream;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/** Asks the models verticle over a real bus, with a real HTTP server as its upstream that answers as a test says. */
final class OpenAiAsker implements AutoCloseable {

    static final String KEY = "sk-upstream-secret";
    static final String UPSTREAM_MODEL = "vendor/Model:7B";

    /** What the upstream was asked. */
    record Received(String uri, Map<String, String> headers, Buffer body) {}

    private static final List<Kind> KINDS = List.of(
            Kind.CHAT, Kind.COMPLETION, Kind.EMBEDDING, Kind.IMAGE, Kind.SPEECH, Kind.TRANSCRIPTION, Kind.MODERATION);

    private final Vertx vertx = Vertx.vertx();
    private final Context asking = vertx.getOrCreateContext();
    private final HttpServer server;
    private final Bus bus;
    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private volatile Handler<HttpServerRequest> play = request -> {};

    OpenAiAsker() {
        this(10, Duration.ofSeconds(30), "1MB");
    }

    /** With a meter. */
    OpenAiAsker(Meter meter) {
        this(null, 10, Duration.ofSeconds(30), "1MB", meter);
    }

    /** With an upstream at another place than our own server's. */
    static OpenAiAsker at(String url) {
        return new OpenAiAsker(url, 10, Duration.ofSeconds(30), "1MB", Meter.OFF);
    }

    OpenAiAsker(int connections, Duration idle, String answerLimit) {
        this(null, connections, idle, answerLimit, Meter.OFF);
    }

    private OpenAiAsker(String url, int connections, Duration idle, String answerLimit, Meter meter) {
        this(
                own -> new Upstream(
                        Upstream.Protocol.OPENAI,
                        url == null ? own + "/base/v1/" : url,
                        KEY,
                        new Upstream.Pool(connections, 1_000),
                        Duration.ofSeconds(5),
                        idle,
                        Size.parse(answerLimit)),
                meter);
    }

    /**
     * With an upstream of any protocol.
     *
     * @param described gets the URL of our own server
     */
    OpenAiAsker(Function<String, Upstream> described, Meter meter) {
        server = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> answer(request, body)))
                .listen(0, "127.0.0.1")
                .await();
        var upstream = described.apply("http://127.0.0.1:" + server.actualPort());
        var models = new LinkedHashMap<String, Model>();
        for (var kind : KINDS) {
            models.put("public/" + kind.name().toLowerCase(Locale.ROOT), model(kind));
        }
        var external = new ExternalSettings(null, "swissai");
        var settings = new ModelsSettings(Map.of("up", upstream), models, external, Duration.ZERO);
        vertx.deployVerticle(new ModelsVerticle(settings, meter)).await();
        bus = on(() -> Future.succeededFuture(new Bus(vertx))).join();
    }

    private static Model model(Kind kind) {
        var usual = new Model(kind, List.of(new Model.Target("up", UPSTREAM_MODEL)));
        // What a provider makes of one request, each time.
        return usual.asked(
                new Retries(1, Duration.ZERO, Duration.ZERO),
                new Breaker(0, Duration.ofSeconds(1), Duration.ofSeconds(1)),
                usual.deadlines());
    }

    private void answer(HttpServerRequest request, Buffer body) {
        var headers = new LinkedHashMap<String, String>();
        request.headers().forEach(header -> headers.put(header.getKey().toLowerCase(Locale.ROOT), header.getValue()));
        received.add(new Received(request.uri(), headers, body));
        play.handle(request);
    }

    private <T> CompletableFuture<T> on(Supplier<Future<T>> work) {
        var promise = Promise.<T>promise();
        asking.runOnContext(go -> work.get().onComplete(promise));
        return promise.future().toCompletionStage().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS);
    }

    /** What the upstream does from now on with each request, whose body was read. */
    void upstream(Handler<HttpServerRequest> answer) {
        play = answer;
    }

    /** The upstream answers with this from now on. */
    void upstream(int status, String contentType, Buffer body) {
        upstream(request -> request.response()
                .setStatusCode(status)
                .putHeader("content-type", contentType)
                .end(body));
    }

    /** What the upstream was asked because of the last {@link #ask}. */
    Received received() throws InterruptedException {
        return received.poll(20, TimeUnit.SECONDS);
    }

    Dialogue ask(String request) {
        var body = JsonBody.parse(Buffer.buffer(request));
        var operation = switch (body.fields()) {
            case Map<String, Object> f when f.containsKey("messages") -> "createChatCompletion";
            case Map<String, Object> f when "public/image".equals(f.get("model")) -> "createImage";
            case Map<String, Object> f when "public/moderation".equals(f.get("model")) -> "createModeration";
            case Map<String, Object> f when "public/chat".equals(f.get("model")) -> "createResponse";
            case Map<String, Object> f when f.containsKey("prompt") -> "createCompletion";
            default -> "createEmbedding";
        };
        return ask(operation, body);
    }

    Dialogue ask(String operation, JsonBody body) {
        received.clear();
        var caller = new Caller("key", "account", "tenant", Permissions.ALL, null);
        var call = new Call(bus.nextId(), "request-7", caller, "", Map.of(), body);
        return bus.ask("models." + operation, call);
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
    List<Answer> answers(String request) {
        return answers(ask(request));
    }

    List<Answer> answers(Dialogue dialogue) {
        var answers = new ArrayList<Answer>();
        do {
            answers.add(next(dialogue).join());
        } while (answers.getLast().more());
        return answers;
    }

    /** What a request fails with. */
    Failure failure(String request) {
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
