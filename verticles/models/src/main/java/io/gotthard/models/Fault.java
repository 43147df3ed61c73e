package io.gotthard.models;

import io.gotthard.contracts.Failure;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a failed attempt means for the next one. */
enum Fault {
    /** The client left. Nobody is asked any more. */
    CANCELLED(false, false),
    /** The request itself is at fault, or its answer too large: it would fail everywhere. */
    REQUEST(false, false),
    /** The request is too long for this model. */
    TOO_LONG(false, false),
    /** The upstream does not know our key. It is asked no more until it does. */
    CREDENTIALS(true, false),
    /** The upstream does not have the model, or not for us. */
    MISSING(true, false),
    /** The upstream's protocol has no such operation; it was not asked. */
    UNABLE(true, false),
    /** The upstream has enough for now. */
    BUSY(true, true),
    /** A deadline passed: another one may be quicker, but this one is not asked again for the same request. */
    SILENT(true, false),
    /** It could not be reached, broke off, or gave an error or something that can't be read. */
    BROKEN(true, true);

    private static final String UNSUPPORTED = "unsupported_operation";
    private static final int MOST_LOOKED_AT = 500;
    private static final Pattern LENGTH = Pattern.compile(
            "context.?(length|window)|maximum context|(prompt|input) is too long|too many (input )?tokens"
                    + "|exceeds? the (maximum|model's|limit of) .*tokens");

    private final boolean elsewhere;
    private final boolean again;

    Fault(boolean elsewhere, boolean again) {
        this.elsewhere = elsewhere;
        this.again = again;
    }

    /** Whether another target may do better. */
    boolean elsewhere() {
        return elsewhere;
    }

    /** Whether the same target may do better in a moment. */
    boolean again() {
        return again;
    }

    /** What a provider's failure means. */
    static Fault of(Failure failure) {
        return switch (failure.status()) {
            case 499 -> CANCELLED;
            case 429 -> BUSY;
            case 400, 413, 422 -> UNSUPPORTED.equals(failure.code()) ? UNABLE : isLength(failure) ? TOO_LONG : REQUEST;
            case 502 -> ofUpstream(failure.code());
            // It is our queue in front of it that is full.
            case 503 -> "upstream_queue_full".equals(failure.code()) ? BUSY : BROKEN;
            default -> failure.status() < 500 ? REQUEST : BROKEN;
        };
    }

    private static Fault ofUpstream(String code) {
        return switch (code) {
            case "upstream_authentication_failed" -> CREDENTIALS;
            case "upstream_permission_denied", "upstream_model_not_found" -> MISSING;
            case "upstream_answer_too_large" -> REQUEST;
            case null, default -> BROKEN;
        };
    }

    private static boolean isLength(Failure failure) {
        // An upstream's message may be long, and a search in it takes the square of that.
        var message = failure.getMessage();
        var begin = message.substring(0, Math.min(message.length(), MOST_LOOKED_AT));
        return "context_length_exceeded".equals(failure.code())
                || LENGTH.matcher(begin.toLowerCase(Locale.ROOT)).find();
    }
}
