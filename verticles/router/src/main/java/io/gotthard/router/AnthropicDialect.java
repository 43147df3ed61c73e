package io.gotthard.router;

import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The words of Anthropic's Messages, as openapi/messages.yaml has them. */
final class AnthropicDialect implements Dialect {

    static final Dialect INSTANCE = new AnthropicDialect();

    private static final Buffer COMMENT = Buffer.buffer(": ping\n\n");
    private static final Buffer PING = Buffer.buffer("event: ping\ndata: {\"type\":\"ping\"}\n\n");

    /** What is the same under another name; the times at which limits are refilled are not. */
    private static final Map<String, String> NAMES = names();

    private AnthropicDialect() {}

    private static Map<String, String> names() {
        var names = new HashMap<String, String>();
        for (var what : new String[] {"requests", "tokens"}) {
            for (var kind : new String[] {"limit", "remaining", "reset"}) {
                names.put("x-ratelimit-" + kind + "-" + what, "anthropic-ratelimit-" + what + "-" + kind);
            }
        }
        return Map.copyOf(names);
    }

    @Override
    public String keyHeader() {
        return "x-api-key";
    }

    @Override
    public void begin(HttpServerResponse response, String requestId) {
        response.putHeader("request-id", requestId);
    }

    @Override
    public void head(HttpServerResponse response, Map<String, String> headers) {
        headers.forEach((name, value) -> {
            var translated = NAMES.get(name);
            if (translated == null) {
                response.putHeader(name, value);
            } else {
                response.putHeader(translated, translated.endsWith("-reset") ? time(value, Instant.now()) : value);
            }
        });
    }

    /** When it is in such a while, as in {@code 20ms} or {@code 6m0s}; to the next second, as others tell it. */
    static String time(String duration, Instant now) {
        var length = duration.endsWith("ms")
                ? Duration.ofMillis(Long.parseLong(duration.substring(0, duration.length() - 2)))
                : Duration.parse("PT" + duration.toUpperCase(Locale.ROOT));
        return now.plus(length).plusMillis(999).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    @Override
    public int status(Failure failure) {
        return switch (failure.status()) {
            case 429 -> isOfMoney(failure) ? 402 : 429;
            case 503 -> 529;
            default -> failure.status();
        };
    }

    private static boolean isOfMoney(Failure failure) {
        return "insufficient_quota".equals(failure.code());
    }

    private String type(Failure failure) {
        return switch (status(failure)) {
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 408, 504 -> "timeout_error";
            case 409 -> "conflict_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 529 -> "overloaded_error";
            default -> failure.status() < 500 ? "invalid_request_error" : "api_error";
        };
    }

    @Override
    public Buffer body(Failure failure, String requestId) {
        return new JsonObject()
                .put("type", "error")
                .put("error", new JsonObject().put("type", type(failure)).put("message", failure.getMessage()))
                .put("request_id", requestId)
                .toBuffer();
    }

    /** No {@code message_stop} follows. */
    @Override
    public Buffer event(Failure failure, String requestId) {
        return Buffer.buffer("event: error\ndata: ")
                .appendBuffer(body(failure, requestId))
                .appendString("\n\n");
    }

    /** Clients expect their first event to be another one. */
    @Override
    public Buffer ping(boolean begun) {
        return begun ? PING.copy() : COMMENT.copy();
    }
}
