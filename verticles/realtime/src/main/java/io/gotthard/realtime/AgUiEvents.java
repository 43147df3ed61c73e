package io.gotthard.realtime;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Says what a run's events say in the words of AG-UI, in which front ends of agents listen. What AG-UI has no word for is {@code CUSTOM}, with
 * the event's type as name and its data as value.
 */
final class AgUiEvents {

    private final String threadId;
    private final String runId;
    private final String run;
    /** The messages that were begun and are not ended. */
    private final Set<String> open = new LinkedHashSet<>();

    private boolean over;

    /**
     * Of a run.
     *
     * @param threadId how the client calls the thread
     * @param runId how the client calls the run
     * @param run how we call it
     */
    AgUiEvents(String threadId, String runId, String run) {
        this.threadId = threadId;
        this.runId = runId;
        this.run = run;
    }

    /** Whether there is no more to say. */
    boolean isOver() {
        return over;
    }

    /** What is said first. */
    List<JsonObject> begin(String thread) {
        return List.of(
                ids("RUN_STARTED"),
                custom("gotthard.run", new JsonObject().put("thread_id", thread).put("run_id", run)));
    }

    /** What an event of the log is. */
    List<JsonObject> of(JsonObject event) {
        var said = new ArrayList<JsonObject>();
        // What runs do that this one began is theirs to tell.
        if (!over && run.equals(event.getString("run_id"))) {
            translate(event.getString("type"), event.getJsonObject("data", new JsonObject()), said);
        }
        return said;
    }

    private void translate(String type, JsonObject data, List<JsonObject> said) {
        switch (type) {
            case "chunk.added" -> text(data.getString("message_id"), data.getString("text"), said);
            case "message.created" -> message(data, said);
            case "message.dropped" -> {
                end(data.getString("message_id"), said);
                said.add(custom(type, data));
            }
            case "tool.called" -> {
                var call = data.getString("call_id");
                said.add(say("TOOL_CALL_START").put("toolCallId", call).put("toolCallName", data.getString("tool")));
                var arguments =
                        data.getJsonObject("arguments", new JsonObject()).encode();
                said.add(say("TOOL_CALL_ARGS").put("toolCallId", call).put("delta", arguments));
                said.add(say("TOOL_CALL_END").put("toolCallId", call));
            }
            case "tool.returned" ->
                said.add(say("TOOL_CALL_RESULT")
                        .put("messageId", data.getString("call_id"))
                        .put("toolCallId", data.getString("call_id"))
                        .put("role", "tool")
                        .put("content", data.getString("content", "")));
            case "run.stopped" -> {
                endAll(said);
                said.add(ids("RUN_FINISHED").put("result", data.getValue("output")));
                over = true;
            }
            case "run.waiting" -> {
                said.add(custom(type, data));
                // It is the front end's turn; what it answers is a run of AG-UI of its own.
                if (!"agents".equals(data.getString("reason"))) {
                    endAll(said);
                    said.add(ids("RUN_FINISHED").put("result", new JsonObject().put("status", "requires_action")));
                    over = true;
                }
            }
            case "run.failed" -> fail(data.getString("message", "The run failed."), data.getString("code"), said);
            case "run.cancelled" -> fail("The run was cancelled.", "cancelled", said);
            case "run.created", "run.started" -> {
                // The client knows that it began.
            }
            default -> said.add(custom(type, data));
        }
    }

    private void message(JsonObject data, List<JsonObject> said) {
        var id = data.getString("message_id");
        if ("assistant".equals(data.getString("role"))) {
            if (!open.contains(id) && data.getValue("content") instanceof String whole && !whole.isEmpty()) {
                text(id, whole, said);
            }
            end(id, said);
        }
    }

    private void text(String id, String delta, List<JsonObject> said) {
        if (delta == null || delta.isEmpty()) {
            return;
        }
        if (open.add(id)) {
            said.add(say("TEXT_MESSAGE_START").put("messageId", id).put("role", "assistant"));
        }
        said.add(say("TEXT_MESSAGE_CONTENT").put("messageId", id).put("delta", delta));
    }

    private void end(String id, List<JsonObject> said) {
        if (open.remove(id)) {
            said.add(say("TEXT_MESSAGE_END").put("messageId", id));
        }
    }

    private void endAll(List<JsonObject> said) {
        List.copyOf(open).forEach(id -> end(id, said));
    }

    private void fail(String message, String code, List<JsonObject> said) {
        endAll(said);
        said.add(say("RUN_ERROR").put("message", message).put("code", code));
        over = true;
    }

    private JsonObject ids(String type) {
        return say(type).put("threadId", threadId).put("runId", runId);
    }

    private static JsonObject custom(String name, JsonObject value) {
        return say("CUSTOM").put("name", name).put("value", value);
    }

    private static JsonObject say(String type) {
        return new JsonObject().put("type", type);
    }

    /** The functions of a front end, as OpenAI has them. */
    static JsonArray functions(JsonArray tools) {
        var functions = new JsonArray();
        for (var tool : tools) {
            if (tool instanceof JsonObject given) {
                functions.add(new JsonObject()
                        .put("type", "function")
                        .put(
                                "function",
                                new JsonObject()
                                        .put("name", given.getString("name"))
                                        .put("description", given.getString("description"))
                                        .put("parameters", given.getValue("parameters"))));
            }
        }
        return functions;
    }
}
