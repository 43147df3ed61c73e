package io.gotthard.assistants;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What happened in a run as its model sees it: OpenAI's messages. It is made of control events alone, one after the other, and the same
 * events make the same messages, be they just written or read by another node.
 */
final class Story {

    private final List<JsonObject> before;
    private final List<JsonObject> messages = new ArrayList<>();
    private final Map<String, ToolCall> calls = new LinkedHashMap<>();
    private final Map<String, String> callOfTask = new LinkedHashMap<>();
    private List<String> last = List.of();
    private String finishReason;
    private int steps;
    private int attempts;

    /** @param before what was said in the thread before the run began */
    Story(List<JsonObject> before) {
        this.before = before;
    }

    /** Goes on with what happened next in the run. */
    void add(String type, JsonObject data) {
        switch (type) {
            case "run.started" -> attempts = Math.max(attempts, data.getInteger("attempt"));
            case "message.created" -> said(data);
            case "tool.called" -> calls.computeIfPresent(data.getString("call_id"), (id, call) -> call.asBegun());
            case "tool.returned", "agent.returned" -> returned(data.getString("call_id"), data);
            case "agent.called" ->
                calls.computeIfPresent(
                        data.getString("call_id"), (id, call) -> call.given(data.getString("child_run_id")));
            case "input.requested" -> asked(data);
            case "input.answered" -> answered(data);
            default -> {
                // Of no meaning for what the model sees.
            }
        }
    }

    private void said(JsonObject data) {
        var message = message(data);
        messages.add(message);
        if (!"assistant".equals(data.getString("role")) || data.getString("tool_call_id") != null) {
            return;
        }
        if (isByAgent(data)) {
            steps++;
            // What was written before this was noted ended well, as far as anybody knows.
            finishReason = data.getString("finish_reason", "stop");
            var wanted = data.getJsonArray("tool_calls", new JsonArray());
            last = wanted.stream()
                    .map(call -> ToolCall.of((JsonObject) call))
                    .peek(call -> calls.put(call.id(), call))
                    .map(ToolCall::id)
                    .toList();
        }
    }

    /** A user may begin a run with words of an assistant; those of the run's own have ids that say so. */
    private static boolean isByAgent(JsonObject data) {
        return ModelTurn.isItsMessage(data.getString("message_id"));
    }

    /** OpenAI's message of a {@code message.created}. */
    static JsonObject message(JsonObject data) {
        var message = new JsonObject().put("role", data.getString("role")).put("content", data.getValue("content"));
        if (data.containsKey("tool_calls")) {
            message.put("tool_calls", data.getJsonArray("tool_calls"));
        }
        if (data.containsKey("tool_call_id")) {
            message.put("tool_call_id", data.getString("tool_call_id"));
        }
        return message;
    }

    private void returned(String callId, JsonObject data) {
        calls.computeIfPresent(
                callId, (id, call) -> call.with(new Tool.Result(data.getBoolean("ok"), data.getString("content", ""))));
    }

    private void asked(JsonObject data) {
        var callId = data.getString("call_id");
        if (callId != null) {
            callOfTask.put(data.getString("task_id"), callId);
            calls.computeIfPresent(callId, (id, call) -> call.asked(data.getString("task_id")));
        }
    }

    private void answered(JsonObject data) {
        var callId = callOfTask.get(data.getString("task_id"));
        if (callId != null) {
            calls.computeIfPresent(
                    callId, (id, call) -> call.answered(new JsonObject().put("answer", data.getValue("answer"))));
        }
    }

    /** What the model is asked with: each message, and behind those with calls what came of these. */
    List<JsonObject> messages() {
        var all = new ArrayList<>(before);
        for (var message : messages) {
            all.add(message);
            for (var call : message.getJsonArray("tool_calls", new JsonArray())) {
                var known = calls.get(((JsonObject) call).getString("id"));
                if (known != null && !known.isOpen()) {
                    all.add(known.message());
                }
            }
        }
        return all;
    }

    /** What the model's last message wants to be called. */
    List<ToolCall> wanted() {
        return last.stream().map(calls::get).toList();
    }

    /** The calls of these that nothing came of yet. */
    List<ToolCall> open() {
        return wanted().stream().filter(ToolCall::isOpen).toList();
    }

    /** How often the model has answered. */
    int steps() {
        return steps;
    }

    /** Whether the model has said all: its last message wants nothing to be called. */
    boolean isAnswered() {
        return steps > 0 && last.isEmpty();
    }

    /** Why the model ended that answered last, in OpenAI's words. */
    String finishReason() {
        return finishReason;
    }

    /** The last message. */
    JsonObject answer() {
        return messages.getLast();
    }

    /** The last attempt that began. */
    int attempts() {
        return attempts;
    }
}
