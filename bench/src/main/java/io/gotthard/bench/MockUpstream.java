package io.gotthard.bench;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * An OpenAI-compatible upstream without a model in it, cheap enough not to be what a benchmark measures.
 *
 * <p>{@code POST /v1/chat/completions} answers at once with a fixed completion, or {@value #DELAY_MILLIS} ms later if the model's name
 * begins with {@value #DELAYED}. With {@code "stream": true} it sends
 * server-sent events, every one a write of its own, at the pace of the model that was named: {@code bench} says 100
 * chunks, one every 5 ms, any model in {@link #PACES} another number; the last chunk has a finish reason, then come a
 * usage chunk if {@code stream_options.include_usage} asks for it, and {@code [DONE]}. {@code GET /counts} answers with
 * the number of requests and of events sent so far, as two words of text.
 */
public final class MockUpstream extends VerticleBase {

    /** How a model talks: the number of chunks, and the milliseconds between two of them. */
    record Pace(int chunks, long interval) {}

    /**
     * {@code bench-slow} is for holding streams open: it says a word every ten seconds and ends after two minutes. {@code bench-quick}
     * is for those who only want to see an answer.
     */
    static final Map<String, Pace> PACES =
            Map.of("bench", new Pace(100, 5), "bench-slow", new Pace(12, 10_000), "bench-quick", new Pace(5, 2));

    static final String DELAYED = "bench-delayed";
    static final long DELAY_MILLIS = 20;

    private static final Pace UNKNOWN_MODEL = new Pace(100, 5);
    private static final long LIFETIME_MINUTES = 15;
    private static final List<String> WORDS = List.of(
            " the",
            " pass",
            " road",
            " climbs",
            " from",
            " Göschenen",
            " through",
            " the",
            " gorge",
            ",",
            " over",
            " a",
            " bridge",
            " that",
            " travellers",
            " once",
            " blamed",
            " on",
            " the",
            " devil",
            ".");

    private static final Buffer COMPLETION = completion();
    private static final List<Buffer> TOKENS = WORDS.stream()
            .map(word -> chunk(new JsonObject().put("content", word), null))
            .toList();
    private static final Buffer FIRST =
            chunk(new JsonObject().put("role", "assistant").put("content", "Up"), null);
    private static final Buffer LAST = chunk(new JsonObject(), "stop");
    private static final Buffer USAGE =
            event(head("chat.completion.chunk").put("choices", List.of()).put("usage", usage()));
    private static final Buffer DONE = Buffer.buffer("data: [DONE]\n\n");

    private long requests;
    private long events;
    private int port;

    /** The port it listens on at 127.0.0.1, once deployed. */
    int port() {
        return port;
    }

    /** Starts on a free port and prints {@code port=<number>}; ends by itself after a quarter of an hour. */
    public static void main(String[] args) {
        // One event loop: the proxy under test and the load generator need the rest of the machine.
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        var mock = new MockUpstream();
        vertx.deployVerticle(mock)
                .onSuccess(deployed -> System.out.println("port=" + mock.port()))
                .onFailure(failure -> {
                    System.err.println("the mock upstream did not start: " + failure);
                    System.exit(1);
                });
        vertx.setTimer(TimeUnit.MINUTES.toMillis(LIFETIME_MINUTES), late -> System.exit(0));
    }

    @Override
    public Future<?> start() {
        var options = new HttpServerOptions().setHost("127.0.0.1").setPort(0).setAcceptBacklog(4096);
        return vertx.createHttpServer(options)
                .requestHandler(this::route)
                .listen()
                .onSuccess(server -> port = server.actualPort());
    }

    private void route(HttpServerRequest request) {
        if (request.method() == HttpMethod.POST && request.path().equals("/v1/chat/completions")) {
            request.body().onSuccess(body -> answer(request.response(), body));
        } else if (request.path().equals("/counts")) {
            request.response().end(requests + " " + events + "\n");
        } else {
            request.response().setStatusCode(404).end();
        }
    }

    private void answer(HttpServerResponse response, Buffer body) {
        JsonObject asked;
        try {
            asked = body.toJsonObject();
        } catch (DecodeException notJson) {
            response.setStatusCode(400).end(notJson.getMessage());
            return;
        }
        requests++;
        if (asked.getBoolean("stream", false)) {
            var pace = PACES.getOrDefault(asked.getString("model", ""), UNKNOWN_MODEL);
            stream(response, pace, asked.getJsonObject("stream_options", new JsonObject()));
        } else {
            response.putHeader("content-type", "application/json");
            if (asked.getString("model", "").startsWith(DELAYED)) {
                vertx.setTimer(DELAY_MILLIS, late -> response.end(COMPLETION));
            } else {
                response.end(COMPLETION);
            }
        }
    }

    private void stream(HttpServerResponse response, Pace pace, JsonObject options) {
        response.putHeader("content-type", "text/event-stream; charset=utf-8")
                .putHeader("cache-control", "no-cache")
                .setChunked(true);
        send(response, FIRST);
        var said = new int[] {1};
        // A random phase, or all streams of a test would speak at the same instant and a proxy could read them in one
        // go.
        var phase = 1 + ThreadLocalRandom.current().nextLong(pace.interval());
        var timer = vertx.setPeriodic(phase, pace.interval(), tick -> {
            said[0]++;
            if (said[0] < pace.chunks()) {
                send(response, TOKENS.get(said[0] % TOKENS.size()));
                return;
            }
            vertx.cancelTimer(tick);
            send(response, LAST);
            if (options.getBoolean("include_usage", false)) {
                send(response, USAGE);
            }
            events++;
            response.end(DONE);
        });
        response.closeHandler(gone -> vertx.cancelTimer(timer));
    }

    private void send(HttpServerResponse response, Buffer event) {
        events++;
        response.write(event);
    }

    private static Buffer completion() {
        var text = "Up" + String.join("", WORDS) + String.join("", WORDS);
        var message = new JsonObject()
                .put("role", "assistant")
                .put("content", text)
                .putNull("refusal")
                .put("annotations", List.of());
        var choice = new JsonObject()
                .put("index", 0)
                .put("message", message)
                .putNull("logprobs")
                .put("finish_reason", "stop");
        return head("chat.completion")
                .put("choices", List.of(choice))
                .put("usage", usage())
                .toBuffer();
    }

    private static Buffer chunk(JsonObject delta, String finishReason) {
        var choice = new JsonObject()
                .put("index", 0)
                .put("delta", delta)
                .putNull("logprobs")
                .put("finish_reason", finishReason);
        return event(head("chat.completion.chunk").put("choices", List.of(choice)));
    }

    private static Buffer event(JsonObject data) {
        return Buffer.buffer("data: ").appendBuffer(data.toBuffer()).appendString("\n\n");
    }

    private static JsonObject head(String object) {
        return new JsonObject()
                .put("id", "chatcmpl-Bn7vQe2kXwPz4RtYh8LmC1dGs9UjA")
                .put("object", object)
                .put("created", 1_760_000_000)
                .put("model", "bench")
                .put("system_fingerprint", "fp_b3nch00000");
    }

    private static JsonObject usage() {
        return new JsonObject()
                .put("prompt_tokens", 87)
                .put("completion_tokens", 100)
                .put("total_tokens", 187)
                .put("prompt_tokens_details", new JsonObject().put("cached_tokens", 0))
                .put("completion_tokens_details", new JsonObject().put("reasoning_tokens", 0));
    }
}
