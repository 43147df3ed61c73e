package io.gotthard.router;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

/** Failures in OpenAI's shape, where all four keys are always there. */
final class Errors {

    private Errors() {}

    static Buffer body(Failure failure) {
        return json(failure).toBuffer();
    }

    /** The same as an event, for a stream that has already begun; it is the last one, and no {@code [DONE]} follows. */
    static Buffer event(Failure failure) {
        return Buffer.buffer("data: ").appendBuffer(body(failure)).appendString("\n\n");
    }

    private static JsonObject json(Failure failure) {
        return new JsonObject()
                .put(
                        "error",
                        new JsonObject()
                                .put("message", failure.getMessage())
                                .put("type", failure.type())
                                .put("param", failure.param())
                                .put("code", failure.code()));
    }

    /** Sends a failure as the whole response. */
    static void send(HttpServerResponse response, Failure failure) {
        response.setStatusCode(failure.status()).putHeader(HttpHeaders.CONTENT_TYPE, Answer.JSON);
        if (failure.status() == 401) {
            response.putHeader("www-authenticate", "Bearer");
        }
        if (failure.retryAfterMillis() >= 0) {
            response.putHeader("retry-after-ms", Long.toString(failure.retryAfterMillis()))
                    .putHeader("retry-after", Long.toString((failure.retryAfterMillis() + 999) / 1000));
        }
        failure.headers().forEach(response::putHeader);
        response.end(body(failure));
    }
}
