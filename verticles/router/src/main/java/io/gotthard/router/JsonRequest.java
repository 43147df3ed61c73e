package io.gotthard.router;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Form;
import io.gotthard.contracts.JsonBody;
import io.vertx.core.Completable;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;

/** Reads the body of a request, which is JSON or a form with files, as far as it is worth reading. */
final class JsonRequest {

    private static final long RETRY_MILLIS = 1_000;

    private final HttpServerRequest request;
    private final Exchange exchange;
    private final long limit;
    private final boolean form;
    private final Completable<JsonBody> result;
    private Buffer body;
    private boolean over;

    private JsonRequest(
            HttpServerRequest request, Exchange exchange, long limit, boolean form, Completable<JsonBody> result) {
        this.request = request;
        this.exchange = exchange;
        this.limit = limit;
        this.form = form;
        this.result = result;
    }

    /**
     * Reads and parses the body.
     *
     * @param form whether it is to be a form
     * @param result gets the body or a {@link Failure}: 400 if it is no JSON object or no form, 408 if it takes too long, 413 if it is
     *     larger than the limit, 415 if it says that it is something else, 503 if there is no room for it now
     */
    static void read(
            HttpServerRequest request,
            Exchange exchange,
            long limit,
            boolean form,
            Connections connections,
            Completable<JsonBody> result) {
        new JsonRequest(request, exchange, limit, form, result).read(connections);
    }

    private void read(Connections connections) {
        var type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        var length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (form ? type == null || !Form.is(type) : type != null && !isJson(type)) {
            var wanted = form ? "multipart/form-data" : Answer.JSON;
            fail(Failure.refused(415, "unsupported_media_type", "The body must be sent as " + wanted + "."));
            return;
        }
        if (request.headers().contains(HttpHeaders.CONTENT_ENCODING)) {
            fail(Failure.refused(415, "unsupported_media_type", "The body must be sent without Content-Encoding."));
            return;
        }
        if (length != null && Long.parseLong(length) > limit) {
            fail(tooLarge());
            return;
        }
        if (request.headers().contains(HttpHeaders.EXPECT, HttpHeaders.CONTINUE, true)) {
            request.response().writeContinue();
        }
        connections.reading(
                request.connection(),
                () -> fail(Failure.refused(408, "request_timeout", "The body took too long to arrive.")));
        request.handler(this::append);
        request.exceptionHandler(cause -> fail(Failure.cancelled()));
        request.endHandler(end -> {
            connections.answering(request.connection());
            parse();
        });
    }

    private static boolean isJson(String type) {
        if (type.equals(Answer.JSON)) {
            return true;
        }
        int semicolon = type.indexOf(';');
        var media =
                (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
        return media.equals(Answer.JSON) || (media.startsWith("application/") && media.endsWith("+json"));
    }

    private void append(Buffer data) {
        if (over) {
            return;
        }
        // Most bodies come in one piece, which is then taken as it is.
        body = body == null ? data : body.appendBuffer(data);
        if (body.length() > limit) {
            fail(tooLarge());
        } else if (!exchange.holds(body.length())) {
            fail(noRoom());
        }
    }

    private void parse() {
        if (over) {
            return;
        }
        over = true;
        JsonBody parsed;
        try {
            var all = body == null ? Buffer.buffer() : body;
            parsed = form
                    ? JsonBody.of(Form.parse(request.getHeader(HttpHeaders.CONTENT_TYPE), all))
                    : JsonBody.parse(all);
        } catch (Failure failure) {
            result.fail(failure);
            return;
        }
        result.succeed(parsed);
    }

    private static Failure noRoom() {
        return new Failure(
                503, "server_error", "overloaded", null, "There is no room for a body of this size now.", RETRY_MILLIS);
    }

    private Failure tooLarge() {
        return Failure.refused(413, "request_too_large", "The body is larger than the limit of " + limit + " bytes.");
    }

    private void fail(Failure failure) {
        if (!over) {
            over = true;
            body = null;
            result.fail(failure);
        }
    }
}
