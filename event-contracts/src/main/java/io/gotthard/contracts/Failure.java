package io.gotthard.contracts;

import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/**
 * The only exception whose text reaches a client. Everything else is a bug: it is logged with the request id and answered
 * as an internal error. The router renders it in the shape of the surface that was called.
 *
 * <p>{@code type} and {@code code} are OpenAI's words where OpenAI has one.
 */
public final class Failure extends ReplyException {

    private static final long serialVersionUID = 1L;

    private static final String INVALID_REQUEST = "invalid_request_error";
    private static final String SERVER_ERROR = "server_error";

    private final String type;
    private final String code;
    private final String param;
    private final long retryAfterMillis;
    private final transient Map<String, String> headers;

    /**
     * @param status the HTTP status, 400 to 599
     * @param type OpenAI's error type
     * @param code a stable word for programs, or null
     * @param param the part of the request that is at fault, such as {@code messages[0].role}, or null
     * @param message a sentence for people; contains no secret and no internals
     * @param retryAfterMillis when to try again, or -1 if nothing is known of that
     */
    public Failure(int status, String type, String code, String param, String message, long retryAfterMillis) {
        this(status, type, code, param, message, retryAfterMillis, Map.of());
    }

    Failure(
            int status,
            String type,
            String code,
            String param,
            String message,
            long retryAfterMillis,
            Map<String, String> headers) {
        super(ReplyFailure.RECIPIENT_FAILURE, status, message);
        this.type = type;
        this.code = code;
        this.param = param;
        this.retryAfterMillis = retryAfterMillis;
        this.headers = headers;
    }

    private Failure(int status, String type, String code, String param, String message) {
        this(status, type, code, param, message, -1);
    }

    /** 400: the request is malformed or has an invalid value. */
    public static Failure invalid(String param, String message) {
        return new Failure(400, INVALID_REQUEST, null, param, message);
    }

    /** 400 and its kin (404, 405, 408, 413, 415, 431): the request itself is at fault, with a word for programs. */
    public static Failure refused(int status, String code, String message) {
        return new Failure(status, INVALID_REQUEST, code, null, message);
    }

    /** 401: the credentials are missing or wrong. */
    public static Failure unauthorized(String message) {
        return new Failure(401, INVALID_REQUEST, "invalid_api_key", null, message);
    }

    /** 403: known, but not allowed. */
    public static Failure forbidden(String message) {
        return new Failure(403, INVALID_REQUEST, "permission_denied", null, message);
    }

    /** 404: also for what the caller may not know of, so that the two can't be told apart. */
    public static Failure modelNotFound(String model) {
        var shown = model.length() > 100 ? model.substring(0, 100) + "…" : model;
        return new Failure(
                404,
                INVALID_REQUEST,
                "model_not_found",
                "model",
                "The model '" + shown + "' does not exist or you do not have access to it.");
    }

    /**
     * 429: there is not enough money for it, and waiting does not help. The clients' libraries would ask again, if they were not told
     * not to.
     */
    public static Failure insufficientQuota(String message) {
        return new Failure(429, "insufficient_quota", "insufficient_quota", null, message)
                .with(Map.of("x-should-retry", "false"));
    }

    /** 502: an upstream answered with something that can't be used. */
    public static Failure upstream(String code, String message) {
        return new Failure(502, SERVER_ERROR, code, null, message);
    }

    /** 503: out of service for now. */
    public static Failure unavailable(String message) {
        return new Failure(503, SERVER_ERROR, "service_unavailable", null, message);
    }

    /** 504: no answer in time. */
    public static Failure timeout(String message) {
        return new Failure(504, SERVER_ERROR, "timeout", null, message);
    }

    /** 500, without detail. */
    public static Failure internal() {
        return new Failure(
                500, SERVER_ERROR, "internal_error", null, "The server had an error while processing your request.");
    }

    /** 499: who asked went away. Nobody sees it but the logs. */
    public static Failure cancelled() {
        return new Failure(499, INVALID_REQUEST, "client_closed_request", null, "The client closed the request.");
    }

    /** What became of a question on the bus, in terms of HTTP: nobody serves it is 503, no reply in time 504. */
    public static Failure of(Throwable cause) {
        return switch (cause) {
            case Failure failure -> failure;
            case ReplyException reply
            when reply.failureType() == ReplyFailure.NO_HANDLERS ->
                unavailable("This part of the service is not running at the moment.");
            case ReplyException reply
            when reply.failureType() == ReplyFailure.TIMEOUT -> timeout("The service did not answer in time.");
            case TimeoutException timeout -> timeout("The service did not answer in time.");
            default -> internal();
        };
    }

    /** Whether a throwable is expected in operation, rather than a bug that needs a stack trace in the log. */
    static boolean isExpected(Throwable cause) {
        return cause instanceof ReplyException || cause instanceof TimeoutException;
    }

    /** The HTTP status. */
    public int status() {
        return failureCode();
    }

    /** OpenAI's error type. */
    public String type() {
        return type;
    }

    /** A stable word for programs, or null. */
    public String code() {
        return code;
    }

    /** The part of the request that is at fault, or null. */
    public String param() {
        return param;
    }

    /** The same with further headers of the response, such as {@code x-should-retry}. */
    public Failure with(Map<String, String> further) {
        return new Failure(status(), type, code, param, getMessage(), retryAfterMillis, further);
    }

    /** Further headers of the response. */
    public Map<String, String> headers() {
        return headers;
    }

    /** Milliseconds until a new attempt makes sense, or -1. */
    public long retryAfterMillis() {
        return retryAfterMillis;
    }
}
