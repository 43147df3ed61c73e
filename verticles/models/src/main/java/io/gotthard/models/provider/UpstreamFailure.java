package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * What an upstream's failure means for the client. Faults of the request are told in the upstream's words, because only they
 * say what to change; faults of the upstream, or of our credentials there, in ours, which give nothing away.
 */
final class UpstreamFailure {

    /** Bytes of an error's body that are read; more of it is no error message. */
    static final long BODY_LIMIT = 64 * 1024;

    private UpstreamFailure() {}

    /** No response came. */
    static Failure of(Throwable cause) {
        return switch (cause) {
            case Failure failure -> failure;
            case TimeoutException timeout -> Failure.timeout("The model's upstream did not answer in time.");
            case ConnectionPoolTooBusyException full ->
                new Failure(
                        503,
                        "server_error",
                        "upstream_queue_full",
                        null,
                        "Too many requests wait for the model's upstream.",
                        -1);
            case SSLException untrusted ->
                Failure.upstream("upstream_not_trusted", "The model's upstream can't be reached safely.");
            default -> Failure.upstream("upstream_unreachable", "The model's upstream can't be reached.");
        };
    }

    /** The response broke off. */
    static Failure cut(Throwable cause) {
        return cause instanceof TimeoutException
                ? Failure.timeout("The model's upstream fell silent.")
                : Failure.upstream("upstream_cut", "The model's upstream broke off its answer.");
    }

    /** The response is not what the protocol says. */
    static Failure malformed() {
        return Failure.upstream("upstream_invalid_response", "The model's upstream gave an answer that can't be read.");
    }

    /** The response is larger than we take. */
    static Failure tooLarge() {
        return Failure.upstream("upstream_answer_too_large", "The model's upstream gave an answer that is too large.");
    }

    /** The response has a status other than 200. */
    static Failure of(Question question, HttpClientResponse response, Buffer body) {
        return of(question, response.statusCode(), retryAfter(response), error(body));
    }

    /**
     * The response has this status, or says in a stream what would have it.
     *
     * @param retryAfter milliseconds after which to ask again, or -1
     * @param error may have a {@code message}, a {@code code} and a {@code param}
     */
    static Failure of(Question question, int status, long retryAfter, JsonObject error) {
        return switch (status) {
            case 400, 409, 413, 415, 422 -> fault(question, status, error);
            case 401 ->
                Failure.upstream("upstream_authentication_failed", "The model's upstream refused our credentials.");
            case 403 -> Failure.upstream("upstream_permission_denied", "The model's upstream refused to let us in.");
            case 404 -> Failure.upstream("upstream_model_not_found", "The model's upstream does not know this model.");
            case 408, 504 -> Failure.timeout("The model's upstream did not answer in time.");
            case 429 ->
                new Failure(
                        429,
                        "rate_limit_error",
                        "rate_limit_exceeded",
                        null,
                        "The model's upstream has reached its rate limit.",
                        retryAfter);
            case 503, 529 ->
                new Failure(
                        503,
                        "server_error",
                        "upstream_overloaded",
                        null,
                        "The model's upstream is overloaded.",
                        retryAfter);
            default -> Failure.upstream("upstream_error", "The model's upstream had an error.");
        };
    }

    /** The response is an error in spite of its status, or a stream's event is one. */
    static Failure inBand(Question question, JsonBody json) throws IOException {
        var error = json.object("error");
        int status = error.get("code") instanceof Number n ? n.intValue() : 0;
        return status == 400 || status == 422 || "context_length_exceeded".equals(error.get("code"))
                ? fault(question, status == 0 ? 400 : status, new JsonObject(error))
                : Failure.upstream("upstream_error", "The model's upstream had an error.");
    }

    private static Failure fault(Question question, int status, JsonObject error) {
        var message =
                error.getValue("message") instanceof String text ? text : "The model's upstream refused the request.";
        return new Failure(
                status,
                "invalid_request_error",
                error.getValue("code") instanceof String code ? code : null,
                error.getValue("param") instanceof String param ? param : null,
                message.replace(question.upstreamModel(), question.model()),
                -1);
    }

    /** The error object in the shapes that are seen: OpenAI's, a bare text, FastAPI's detail, an old vLLM's flat one. */
    static JsonObject error(Buffer body) {
        try {
            var value = Json.decodeValue(body);
            if (value instanceof JsonArray array && !array.isEmpty()) {
                // Google's, where it was about to answer in pieces.
                value = array.getValue(0);
            }
            if (!(value instanceof JsonObject json)) {
                return new JsonObject();
            }
            return switch (json.getValue("error")) {
                case JsonObject error -> error;
                case String message -> new JsonObject().put("message", message);
                case null, default ->
                    json.getValue("detail") == null ? json : new JsonObject(Map.of("message", detail(json)));
            };
        } catch (DecodeException e) {
            return new JsonObject();
        }
    }

    private static String detail(JsonObject json) {
        return json.getValue("detail") instanceof String text ? text : Json.encode(json.getValue("detail"));
    }

    static long retryAfter(HttpClientResponse response) {
        long millis = number(response.getHeader("retry-after-ms"));
        long seconds = number(response.getHeader("retry-after"));
        return millis >= 0 ? millis : seconds >= 0 ? seconds * 1000 : untilDate(response.getHeader("retry-after"));
    }

    private static long untilDate(String header) {
        if (header == null) {
            return -1;
        }
        try {
            var date = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(header));
            return Math.max(0, Duration.between(Instant.now(), date).toMillis());
        } catch (DateTimeException e) {
            return -1;
        }
    }

    private static long number(String header) {
        // Up to nine digits: more is no waiting time.
        return header != null && header.matches("[0-9]{1,9}") ? Long.parseLong(header) : -1;
    }
}
