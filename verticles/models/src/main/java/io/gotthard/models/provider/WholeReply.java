package io.gotthard.models.provider;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;

/** A reply as one chat completion. */
final class WholeReply implements Reply {

    private static final class Choice {
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder reasoning = new StringBuilder();
        private final JsonObject further = new JsonObject();
        private final Map<Integer, JsonObject> calls = new TreeMap<>();
        private boolean spoken;
        private String reason;
        private String stopped;
    }

    private final String model;
    private final Map<Integer, Choice> choices = new TreeMap<>();
    private String id;
    private Spent spent;

    WholeReply(Question question) {
        this.model = question.model();
        this.id = "chatcmpl-" + question.call().id();
    }

    private Choice choice(int index) {
        return choices.computeIfAbsent(index, created -> new Choice());
    }

    @Override
    public void id(String given) {
        if (given != null && !given.isEmpty()) {
            id = given;
        }
    }

    @Override
    public void text(int choice, String piece) {
        choice(choice).spoken |= !piece.isEmpty();
        choice(choice).text.append(piece);
    }

    @Override
    public void reasoning(int choice, String piece) {
        choice(choice).reasoning.append(piece);
    }

    @Override
    public void further(int choice, String name, Object value) {
        var further = choice(choice).further;
        further.put(name, further.getJsonArray(name, new JsonArray()).addAll((JsonArray) value));
    }

    @Override
    public void call(int choice, int index, String callId, String name, JsonObject further) {
        var call = new JsonObject()
                .put("id", callId == null || callId.isEmpty() ? Reply.callId(id, choice, index) : callId)
                .put("type", "function")
                .put("function", new JsonObject().put("name", name).put("arguments", ""));
        choice(choice).calls.put(index, further == null ? call : call.mergeIn(further));
    }

    @Override
    public void arguments(int choice, int index, String piece) {
        var function = choice(choice).calls.get(index).getJsonObject("function");
        function.put("arguments", function.getString("arguments") + piece);
    }

    @Override
    public void finish(int choice, String reason, String stopped) {
        if (!isFinished(choice)) {
            choice(choice).reason = reason;
            choice(choice).stopped = stopped;
        }
    }

    @Override
    public boolean isFinished(int choice) {
        return choice(choice).reason != null;
    }

    @Override
    public void usage(Spent all) {
        spent = all;
    }

    /** @throws io.gotthard.contracts.Failure if there is no choice, or one is not complete */
    Buffer toBuffer() {
        var rendered = new JsonArray();
        choices.forEach((index, choice) -> rendered.add(rendered(index, choice)));
        if (rendered.isEmpty()) {
            throw UpstreamFailure.malformed();
        }
        var answer = new JsonObject()
                .put("id", id)
                .put("object", "chat.completion")
                .put("created", System.currentTimeMillis() / 1000)
                .put("model", model)
                .put("choices", rendered);
        return Buffer.buffer((spent == null ? answer : answer.put("usage", spent.json())).encode());
    }

    private static JsonObject rendered(int index, Choice choice) {
        if (choice.reason == null) {
            throw UpstreamFailure.malformed();
        }
        boolean text = choice.spoken || choice.calls.isEmpty();
        var message = new JsonObject()
                .put("role", "assistant")
                .put("content", text ? choice.text.toString() : null)
                .putNull("refusal");
        if (!choice.reasoning.isEmpty()) {
            message.put("reasoning_content", choice.reasoning.toString());
        }
        message.mergeIn(choice.further);
        if (!choice.calls.isEmpty()) {
            var calls = new JsonArray();
            choice.calls.values().forEach(calls::add);
            message.put("tool_calls", calls);
        }
        var rendered = new JsonObject()
                .put("index", index)
                .put("message", message)
                .putNull("logprobs")
                .put("finish_reason", choice.reason);
        return choice.stopped == null ? rendered : rendered.put("stop_reason", choice.stopped);
    }
}
