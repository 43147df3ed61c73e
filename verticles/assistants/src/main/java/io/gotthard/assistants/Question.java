package io.gotthard.assistants;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * What a run wants to know of somebody.
 *
 * @param callId the call that it is for
 * @param kind {@code input}, {@code confirmation}, {@code choice}, {@code approval}, or {@code function} for one of the caller's own
 * @param request what they are told: {@code prompt}, {@code options}, {@code schema}; {@code tool} and {@code arguments} of a call
 * @param expires how long it can be answered, or null for as long as it takes
 */
record Question(String callId, String kind, JsonObject request, Duration expires) {

    static final String INPUT = "input";
    static final String CONFIRMATION = "confirmation";
    static final String CHOICE = "choice";
    static final String APPROVAL = "approval";
    static final String FUNCTION = "function";

    /** What a model wants to ask a person; null if it can't be asked like that. */
    static Question ofModel(String callId, JsonObject arguments, JsonObject definition) {
        if (!(arguments.getValue("question") instanceof String prompt)
                || !(arguments.getValue("kind", INPUT) instanceof String kind)) {
            return null;
        }
        var request = new JsonObject().put("prompt", prompt);
        switch (kind) {
            case INPUT, CONFIRMATION -> {
                // All is said.
            }
            case CHOICE -> {
                if (!(arguments.getValue("options") instanceof JsonArray options)
                        || options.isEmpty()
                        || !options.stream().allMatch(String.class::isInstance)) {
                    return null;
                }
                request.put("options", options);
            }
            default -> {
                return null;
            }
        }
        if (kind.equals(INPUT) && definition.getValue("schema") instanceof JsonObject schema) {
            request.put("schema", schema);
        }
        var seconds = definition.getLong("expires_seconds");
        return new Question(callId, kind, request, seconds == null ? null : Duration.ofSeconds(seconds));
    }

    /** Whether a call may be made. */
    static Question ofApproval(ToolCall call, JsonObject arguments) {
        return new Question(
                call.id(),
                APPROVAL,
                new JsonObject()
                        .put("prompt", "May " + call.name() + " be called?")
                        .put("tool", call.name())
                        .put("arguments", arguments),
                null);
    }

    /** A function of the caller's own. */
    static Question ofFunction(ToolCall call) {
        return new Question(
                call.id(),
                FUNCTION,
                new JsonObject().put("tool", call.name()).put("arguments", call.arguments()),
                null);
    }
}
