package io.gotthard.router;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Map;

/** How a client is told what the router itself has to say: of failures, of limits, and that a silent stream still lives. */
interface Dialect {

    /** Whatever a client sends who speaks Messages; its library sends it always. */
    String VERSION = "anthropic-version";

    /** The one in which this request has to be answered, be it for a path that is not there or a credential that is wrong. */
    static Dialect of(HttpServerRequest request) {
        var path = request.path();
        boolean messages = path != null
                && path.startsWith("/v1/")
                && (path.equals("/v1/messages")
                        || path.startsWith("/v1/messages/")
                        || request.headers().contains(VERSION));
        if (messages) {
            return AnthropicDialect.INSTANCE;
        }
        return "/v1/responses".equals(path) ? new ResponsesDialect() : OpenAiDialect.INSTANCE;
    }

    /** A header that has the API key where there is no {@code Authorization}, or null. */
    String keyHeader();

    /** Puts what is in the head of every answer, besides {@code x-request-id}. */
    void begin(HttpServerResponse response, String requestId);

    /** Puts headers of an answer. */
    void head(HttpServerResponse response, Map<String, String> headers);

    /** The status of a failure. */
    int status(Failure failure);

    /** Something of a stream was sent. */
    default void sent(Buffer events) {}

    /** The body of a failure. */
    Buffer body(Failure failure, String requestId);

    /** The same as an event, for a stream that has already begun; it is the last one. */
    Buffer event(Failure failure, String requestId);

    /**
     * Keeps a stream alive.
     *
     * @param begun whether an event was sent before
     */
    Buffer ping(boolean begun);

    /** Sends a failure as the whole response. */
    default void send(HttpServerResponse response, Failure failure, String requestId) {
        response.setStatusCode(status(failure)).putHeader(HttpHeaders.CONTENT_TYPE, Answer.JSON);
        if (failure.status() == 401) {
            response.putHeader("www-authenticate", "Bearer");
        }
        if (failure.retryAfterMillis() >= 0) {
            response.putHeader("retry-after-ms", Long.toString(failure.retryAfterMillis()))
                    .putHeader("retry-after", Long.toString((failure.retryAfterMillis() + 999) / 1000));
        }
        head(response, failure.headers());
        response.end(body(failure, requestId));
    }
}
