package io.gotthard.realtime;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Says what a run's events say in the words of AG-UI, in which front ends of agents listen. What AG-UI has no word for is {@code CUSTOM}, with
 * the event's type as name and its data as value. It is told the run from its begin; what the front end knows by then is not said again.
 */
final class AgUiEvents {

    private final String threadId;
    private final String runId;
    private final String run;
    private final long known;
    private final Set<String> given = new HashSet<>();
    /** The messages that were begun and are not ended, and the thoughts of those. */
    private final Set<String> open = new LinkedHashSet<>();

    private final Set<String> thinking = new LinkedHashSet<>();
    /** The calls that the front end knows of, and those of them that nothing came of. */
    private final Set<String> told = new HashSet<>();

    private final Set<String> called = new LinkedHashSet<>();
    /** What people are asked: AG-UI's interrupts, by their ids. */
    private final Map<String, JsonObject> asked = new LinkedHashMap<>();

    private boolean rests;
    private boolean over;

    /**
     * Of a run.
     *
     * @param threadId how the client calls the thread
     * @param runId how the client calls the run
     * @param run how we call it
     * @param known the place of the last event that the client knows of
     */
    AgUiEvents(String threadId, String runId, String run, long known) {
        this.threadId = threadId;
        this.runId = runId;
        this.run = run;
        this.known = known;
    }

    /**
     * The client itself has just given what came of these calls, so it is not told.
     *
     * @param enough whether the run goes on; if not, all is said when these are in the log
     */
    AgUiEvents given(Set<String> calls, boolean enough) {
        given.addAll(calls);
        rests = !enough;
        return this;
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
        if (over || !run.equals(event.getString("run_id"))) {
            return said;
        }
        translate(event.getString("type"), event.getJsonObject("data", new JsonObject()), said);
        if (event.getLong("seq", Long.MAX_VALUE) <= known) {
            said.clear();
            open.clear();
            thinking.clear();
            over = false;
        }
        return said;
    }

    private void translate(String type, JsonObject data, List<JsonObject> said) {
        switch (type) {
            case "chunk.added" -> text(data.getString("message_id"), data.getString("text"), said);
            case "thought.added" -> thought(data.getString("message_id") + "_thought", data.getString("text"), said);
            case "message.created" -> message(data, said);
            case "message.dropped" -> {
                endAll(said);
                said.add(custom(type, data));
            }
            case "tool.called" -> {
                called.add(data.getString("call_id"));
                var arguments = data.getJsonObject("arguments", new JsonObject());
                call(data.getString("call_id"), data.getString("tool"), arguments.encode(), null, said);
            }
            case "tool.returned", "agent.returned" -> returned(data, said);
            case "input.requested" -> {
                asked.put(data.getString("task_id"), interrupt(data));
                said.add(custom(type, data));
            }
            case "input.answered" -> {
                asked.remove(data.getString("task_id"));
                said.add(custom(type, data));
            }
            case "run.stopped" -> finish(new JsonObject().put("type", "success"), data.getValue("output"), said);
            case "run.waiting" -> {
                said.add(custom(type, data));
                // It is the front end's turn; what it answers is a run of AG-UI of its own.
                if (!"agents".equals(data.getString("reason"))) {
                    rest(said);
                }
            }
            case "run.failed" -> fail(data.getString("message", "The run failed."), data.getString("code"), said);
            case "run.cancelled" -> finish(new JsonObject().put("type", "cancelled"), null, said);
            case "run.created", "run.started" -> {
                // The client knows that it began.
            }
            default -> said.add(custom(type, data));
        }
    }

    private void message(JsonObject data, List<JsonObject> said) {
        var id = data.getString("message_id");
        if (!"assistant".equals(data.getString("role"))) {
            return;
        }
        if (!open.contains(id) && data.getValue("content") instanceof String whole) {
            text(id, whole, said);
        }
        endAll(said);
        for (var one : data.getJsonArray("tool_calls", new JsonArray())) {
            var call = (JsonObject) one;
            var function = call.getJsonObject("function");
            call(call.getString("id"), function.getString("name"), function.getString("arguments", ""), id, said);
        }
    }

    private void text(String id, String delta, List<JsonObject> said) {
        if (delta == null || delta.isEmpty()) {
            return;
        }
        endThoughts(said);
        if (open.add(id)) {
            said.add(say("TEXT_MESSAGE_START").put("messageId", id).put("role", "assistant"));
        }
        said.add(say("TEXT_MESSAGE_CONTENT").put("messageId", id).put("delta", delta));
    }

    private void thought(String id, String delta, List<JsonObject> said) {
        if (delta == null || delta.isEmpty()) {
            return;
        }
        if (thinking.add(id)) {
            said.add(say("REASONING_START").put("messageId", id));
            said.add(say("REASONING_MESSAGE_START").put("messageId", id).put("role", "reasoning"));
        }
        said.add(say("REASONING_MESSAGE_CONTENT").put("messageId", id).put("delta", delta));
    }

    /** A call is told once, be it that a model wants it, or that it is made. */
    private void call(String id, String name, String arguments, String message, List<JsonObject> said) {
        if (told.add(id)) {
            var start = say("TOOL_CALL_START").put("toolCallId", id).put("toolCallName", name);
            said.add(message == null ? start : start.put("parentMessageId", message));
            said.add(say("TOOL_CALL_ARGS").put("toolCallId", id).put("delta", arguments));
            said.add(say("TOOL_CALL_END").put("toolCallId", id));
        }
    }

    private void returned(JsonObject data, List<JsonObject> said) {
        var id = data.getString("call_id");
        called.remove(id);
        // A question whose time is over ends like that.
        asked.values().removeIf(interrupt -> id.equals(interrupt.getString("toolCallId")));
        if (!given.remove(id)) {
            said.add(say("TOOL_CALL_RESULT")
                    .put("messageId", id + "_result")
                    .put("toolCallId", id)
                    .put("role", "tool")
                    .put("content", data.getString("content", "")));
        } else if (given.isEmpty() && rests) {
            rest(said);
        }
    }

    /** What a person is asked, with what an answer has to be. */
    private JsonObject interrupt(JsonObject data) {
        var interrupt = new JsonObject()
                .put("id", data.getString("task_id"))
                .put("reason", data.getString("kind"))
                .put("message", data.getString("prompt"))
                .put("responseSchema", answer(data));
        var call = data.getString("call_id");
        return told.contains(call) ? interrupt.put("toolCallId", call) : interrupt;
    }

    private static JsonObject answer(JsonObject data) {
        return switch (data.getString("kind")) {
            case "confirmation", "approval" -> new JsonObject().put("type", "boolean");
            case "choice" -> new JsonObject().put("type", "string").put("enum", data.getJsonArray("options"));
            default -> data.getJsonObject("schema", new JsonObject().put("type", "string"));
        };
    }

    /** The run waits for the front end, or for who sits in front of it. */
    private void rest(List<JsonObject> said) {
        if (asked.isEmpty()) {
            var calls = new JsonArray(List.copyOf(called));
            finish(new JsonObject().put("type", "success").put("pendingToolCallIds", calls), null, said);
        } else {
            var interrupts = new JsonArray(List.copyOf(asked.values()));
            finish(new JsonObject().put("type", "interrupt").put("interrupts", interrupts), null, said);
        }
    }

    private void endThoughts(List<JsonObject> said) {
        thinking.forEach(id -> {
            said.add(say("REASONING_MESSAGE_END").put("messageId", id));
            said.add(say("REASONING_END").put("messageId", id));
        });
        thinking.clear();
    }

    private void endAll(List<JsonObject> said) {
        endThoughts(said);
        open.forEach(id -> said.add(say("TEXT_MESSAGE_END").put("messageId", id)));
        open.clear();
    }

    private void finish(JsonObject outcome, Object result, List<JsonObject> said) {
        endAll(said);
        var finished = ids("RUN_FINISHED").put("outcome", outcome);
        said.add(result == null ? finished : finished.put("result", result));
        over = true;
    }

    private void fail(String message, String code, List<JsonObject> said) {
        endAll(said);
        var failed = say("RUN_ERROR").put("message", message);
        said.add(code == null ? failed : failed.put("code", code));
        over = true;
    }

    /** The last word where the run's own is not heard. */
    List<JsonObject> broken(String message, String code) {
        var said = new ArrayList<JsonObject>();
        if (!over) {
            fail(message, code, said);
        }
        return said;
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
}
