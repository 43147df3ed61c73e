package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import java.util.Map;

/** What a run that ended badly is to a client of a chat: the words are the run's, the status is what the code means in HTTP. */
final class RunFailures {

    private static final Map<String, String> NO_RETRY = Map.of("x-should-retry", "false");

    /** What the same words mean when a model says them. A model's client asks again at 429 and from 500 on, and rightly so. */
    private static final Map<String, Integer> STATUS = Map.ofEntries(
            Map.entry("context_length_exceeded", 400),
            Map.entry("content_filter", 400),
            Map.entry("invalid_value", 400),
            Map.entry("permission_denied", 403),
            Map.entry("region_not_allowed", 403),
            Map.entry("model_not_found", 404),
            Map.entry("rate_limit_exceeded", 429),
            Map.entry("insufficient_quota", 429),
            Map.entry("service_unavailable", 503),
            Map.entry("timeout", 504));

    private RunFailures() {}

    /** Of {@code run.failed}. */
    static Failure of(String code, String message) {
        int status = STATUS.getOrDefault(code, 500);
        var type = switch (status) {
            case 429 -> "insufficient_quota".equals(code) ? code : "rate_limit_error";
            case 500, 503, 504 -> "server_error";
            default -> "invalid_request_error";
        };
        var failure = new Failure(status, type, code, null, message, -1);
        // The same once more would end the same, and cost it once more.
        return status == 503 || "rate_limit_exceeded".equals(code) ? failure : failure.with(NO_RETRY);
    }

    /** Somebody else ended it. */
    static Failure cancelled() {
        return new Failure(409, "invalid_request_error", "run_cancelled", null, "The run was cancelled.", -1)
                .with(NO_RETRY);
    }

    /** The thread was deleted. */
    static Failure gone() {
        return Failure.refused(404, "thread_deleted", "The thread was deleted.").with(NO_RETRY);
    }
}
