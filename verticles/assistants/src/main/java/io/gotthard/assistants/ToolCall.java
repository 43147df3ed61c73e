package io.gotthard.assistants;

import io.vertx.core.json.JsonObject;

/**
 * What a model wants to be called, and what came of it so far: as the run's log tells.
 *
 * @param id the same in every attempt, and unique among all runs
 * @param name the function
 * @param arguments as the model wrote them, which may be no JSON
 * @param begun {@code tool.called} is in the log: its effect may have happened
 * @param task what was asked of somebody because of it, or null
 * @param answer what they said, or null
 * @param child the run of another assistant that works on it, or null
 * @param result what the model is told, or null as long as nothing is known
 */
record ToolCall(
        String id,
        String name,
        String arguments,
        boolean begun,
        String task,
        JsonObject answer,
        String child,
        Tool.Result result) {

    static ToolCall of(JsonObject call) {
        var function = call.getJsonObject("function");
        return new ToolCall(
                call.getString("id"),
                function.getString("name"),
                function.getString("arguments", "{}"),
                false,
                null,
                null,
                null,
                null);
    }

    ToolCall asBegun() {
        return new ToolCall(id, name, arguments, true, task, answer, child, result);
    }

    ToolCall asked(String newTask) {
        return new ToolCall(id, name, arguments, begun, newTask, answer, child, result);
    }

    ToolCall answered(JsonObject newAnswer) {
        return new ToolCall(id, name, arguments, begun, task, newAnswer, child, result);
    }

    ToolCall given(String newChild) {
        return new ToolCall(id, name, arguments, begun, task, answer, newChild, result);
    }

    ToolCall with(Tool.Result newResult) {
        return new ToolCall(id, name, arguments, begun, task, answer, child, newResult);
    }

    /** Whether nothing is known of what came of it. */
    boolean isOpen() {
        return result == null;
    }

    /** The message that tells the model. */
    JsonObject message() {
        return new JsonObject().put("role", "tool").put("tool_call_id", id).put("content", result.content());
    }
}
