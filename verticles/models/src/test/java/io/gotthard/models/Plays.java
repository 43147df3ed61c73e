package io.gotthard.models;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.atomic.AtomicInteger;

/** What an upstream may do with a request. Where it does so late, the request asked for a stream. */
final class Plays {

    static final String ROLE =
            event("{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}");
    static final String FINISH = event("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}");
    static final String USAGE = event("{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}");
    static final String DONE = "data: [DONE]\n\n";

    private Plays() {}

    static String event(String json) {
        return "data: " + json + "\n\n";
    }

    static String word(String word) {
        return event("{\"model\":\"theirs\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + word + "\"}}]}");
    }

    static boolean streams(HttpServerRequest request) {
        return request.getHeader("accept").contains("event-stream");
    }

    /** Answers, with its name. */
    static Handler<HttpServerRequest> good(String name) {
        return request -> {
            if (streams(request)) {
                opened(request).end(ROLE + word(name) + FINISH + USAGE + DONE);
            } else {
                whole(request)
                        .end(
                                "{\"model\":\"theirs\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"" + name
                                        + "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}");
            }
        };
    }

    static Handler<HttpServerRequest> status(int status) {
        return request ->
                request.response().setStatusCode(status).end("{\"error\":{\"message\":\"sk-secret says no\"}}");
    }

    static Handler<HttpServerRequest> retryAfter(int status, int millis) {
        return request -> request.response()
                .setStatusCode(status)
                .putHeader("retry-after-ms", Integer.toString(millis))
                .end();
    }

    static Handler<HttpServerRequest> tooLong() {
        return request -> request.response()
                .setStatusCode(400)
                .end("{\"error\":{\"message\":\"This model's maximum context length is 10 tokens.\","
                        + "\"code\":\"context_length_exceeded\"}}");
    }

    static Handler<HttpServerRequest> reset() {
        return request -> request.connection().close();
    }

    static Handler<HttpServerRequest> silence() {
        return request -> {};
    }

    /** Begins, says this and then nothing more; a whole answer begins, too. */
    static Handler<HttpServerRequest> stall(String events) {
        return request -> begun(request, events);
    }

    /** Begins, says this and breaks off. */
    static Handler<HttpServerRequest> cut(String events) {
        return request ->
                begun(request, events).onSuccess(written -> request.connection().close());
    }

    /** Says this, which is all. */
    static Handler<HttpServerRequest> says(String events) {
        return request -> {
            if (streams(request)) {
                opened(request).end(events);
            } else {
                whole(request).end("{\"choices\":[{");
            }
        };
    }

    /** One after the other, the last one for ever. */
    @SafeVarargs
    static Handler<HttpServerRequest> inTurn(Handler<HttpServerRequest>... plays) {
        var turn = new AtomicInteger();
        return request -> plays[Math.min(plays.length - 1, turn.getAndIncrement())].handle(request);
    }

    private static io.vertx.core.Future<Void> begun(HttpServerRequest request, String events) {
        return streams(request)
                ? opened(request).write(events)
                : whole(request).putHeader("content-length", "1000").write("{\"choices\":[");
    }

    private static HttpServerResponse opened(HttpServerRequest request) {
        return request.response().setChunked(true).putHeader("content-type", "text/event-stream");
    }

    private static HttpServerResponse whole(HttpServerRequest request) {
        return request.response().putHeader("content-type", "application/json");
    }
}
