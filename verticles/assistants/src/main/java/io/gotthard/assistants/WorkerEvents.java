package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** What workers may say of their runs. */
final class WorkerEvents {

    private static final Set<String> ALLOWED = Set.of(
            "chunk.added",
            "thought.added",
            "message.created",
            "message.dropped",
            "tool.called",
            "tool.returned",
            "input.requested",
            "usage.recorded",
            "error.occurred",
            "title.suggested",
            "follow_ups.suggested",
            "custom.reported",
            "run.stopped",
            "run.failed");

    private static final Set<String> KINDS = Set.of("input", "confirmation", "choice");
    private static final int LARGEST = 256 * 1024;
    private static final int LONGEST_ID = 128;

    private WorkerEvents() {}

    /**
     * Reads an event of a run.
     *
     * @throws Failure 400 that says what is wrong with it
     */
    static EventData read(String run, JsonObject event) {
        if (!(event.getValue("type") instanceof String type) || !ALLOWED.contains(type)) {
            throw Failure.invalid(
                    "event.type",
                    "'event.type' must be one of "
                            + String.join(", ", ALLOWED.stream().sorted().toList()) + ".");
        }
        if (!(event.getValue("data", new JsonObject()) instanceof JsonObject data)) {
            throw Failure.invalid("event.data", "'event.data' must be an object.");
        }
        // Not data.toBuffer(): it counts twelve bytes for a character that takes four.
        if (data.encode().getBytes(StandardCharsets.UTF_8).length > LARGEST) {
            throw Failure.invalid("event.data", "'event.data' has more than 256 KB.");
        }
        EventData read;
        try {
            read = EventData.of(type, data);
        } catch (IllegalArgumentException e) {
            throw Failure.invalid("event.data", "'event.data' is not valid: " + e.getMessage() + ".");
        }
        check(run, read);
        return read;
    }

    private static void check(String run, EventData data) {
        switch (data) {
            case EventData.MessageCreated message -> message(run, message);
            case EventData.ChunkAdded chunk -> {
                own(run, "message_id", chunk.messageId());
                present("text", chunk.text());
            }
            case EventData.ThoughtAdded thought -> {
                own(run, "message_id", thought.messageId());
                present("text", thought.text());
            }
            case EventData.MessageDropped dropped -> own(run, "message_id", dropped.messageId());
            case EventData.ToolCalled called -> {
                own(run, "call_id", called.callId());
                present("tool", called.tool());
                present("arguments", called.arguments());
            }
            case EventData.ToolReturned returned -> {
                own(run, "call_id", returned.callId());
                present("content", returned.content());
            }
            case EventData.InputRequested asked -> question(run, asked);
            case EventData.UsageRecorded usage -> usage(usage);
            case EventData.RunFailed failed -> {
                present("code", failed.code());
                present("message", failed.message());
            }
            case EventData.ErrorOccurred error -> present("message", error.message());
            case EventData.TitleSuggested title -> present("title", title.title());
            case EventData.FollowUpsSuggested followUps -> present("texts", followUps.texts());
            case EventData.CustomReported custom -> present("name", custom.name());
            default -> {
                // A run's end may say nothing.
            }
        }
    }

    private static void message(String run, EventData.MessageCreated message) {
        own(run, "message_id", message.messageId());
        if (!"assistant".equals(message.role())) {
            throw refused("role", "must be 'assistant': an agent speaks for itself only");
        }
        if (!(message.content() instanceof String) && !(message.content() instanceof JsonArray)) {
            throw refused("content", "must be a text or OpenAI's parts");
        }
        if (message.toolCalls() != null || message.toolCallId() != null) {
            throw refused("tool_calls", "must be absent: what a worker calls is said by tool.called");
        }
    }

    private static void question(String run, EventData.InputRequested asked) {
        own(run, "call_id", asked.callId());
        present("prompt", asked.prompt());
        if (asked.taskId() != null) {
            throw refused("task_id", "must be absent: the platform chooses it");
        }
        if (!KINDS.contains(asked.kind())) {
            throw refused("kind", "must be input, confirmation or choice");
        }
        boolean choices = asked.options() != null
                && !asked.options().isEmpty()
                && asked.options().stream().allMatch(String.class::isInstance);
        if (asked.kind().equals("choice") && !choices) {
            throw refused("options", "must be at least one text");
        }
        if (asked.schema() != null) {
            InputSchema.check(asked.schema());
        }
    }

    private static void usage(EventData.UsageRecorded usage) {
        present("model", usage.model());
        if (usage.promptTokens() < 0
                || usage.completionTokens() < 0
                || usage.cachedTokens() < 0
                || usage.reasoningTokens() < 0) {
            throw refused("prompt_tokens", "must not be below zero, nor any other count");
        }
        if (usage.receipt() != null) {
            throw refused("receipt", "must be absent: what a worker consumes by itself has none");
        }
    }

    /** Ids are the run's own, so that no worker says anything of what others said. */
    private static void own(String run, String member, String id) {
        if (id == null || !id.startsWith(run + "_") || id.length() > LONGEST_ID) {
            throw refused(
                    member, "must begin with the run's id and '_', and have at most " + LONGEST_ID + " characters");
        }
    }

    private static void present(String member, Object value) {
        if (value == null) {
            throw refused(member, "is missing");
        }
    }

    private static Failure refused(String member, String why) {
        return Failure.invalid("event.data." + member, "'event.data." + member + "' " + why + ".");
    }
}
