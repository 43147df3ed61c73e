package io.gotthard.models.provider;

import io.gotthard.kit.SseReader;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/** A reply as chunks: one for each piece, with the role in the first one of each choice, and usage in one of its own at the end. */
final class StreamedReply implements Reply {

    private final SseReader.Events events;
    private final String model;
    private final boolean wantsUsage;
    private final long created = System.currentTimeMillis() / 1000;
    private final BitSet begun = new BitSet();
    private final BitSet finished = new BitSet();
    private String id;
    private Spent spent;

    StreamedReply(Question question, SseReader.Events events) {
        this.events = events;
        this.model = question.model();
        this.wantsUsage = question.wantsUsage();
        this.id = "chatcmpl-" + question.call().id();
    }

    @Override
    public void id(String given) {
        if (given != null && !given.isEmpty() && begun.isEmpty()) {
            id = given;
        }
    }

    @Override
    public void text(int choice, String piece) {
        if (!piece.isEmpty()) {
            delta(choice, new JsonObject().put("content", piece));
        }
    }

    @Override
    public void reasoning(int choice, String piece) {
        if (!piece.isEmpty()) {
            delta(choice, new JsonObject().put("reasoning_content", piece));
        }
    }

    @Override
    public void further(int choice, String name, Object value) {
        delta(choice, new JsonObject().put(name, value));
    }

    @Override
    public void call(int choice, int index, String callId, String name, JsonObject further) {
        var call = new JsonObject()
                .put("index", index)
                .put("id", callId == null || callId.isEmpty() ? Reply.callId(id, choice, index) : callId)
                .put("type", "function")
                .put("function", new JsonObject().put("name", name).put("arguments", ""));
        call(choice, further == null ? call : call.mergeIn(further));
    }

    @Override
    public void arguments(int choice, int index, String piece) {
        if (!piece.isEmpty()) {
            call(
                    choice,
                    new JsonObject().put("index", index).put("function", new JsonObject().put("arguments", piece)));
        }
    }

    private void call(int choice, JsonObject call) {
        delta(choice, new JsonObject().put("tool_calls", new JsonArray().add(call)));
    }

    @Override
    public void finish(int choice, String reason, String stopped) {
        if (!finished.get(choice)) {
            begin(choice);
            finished.set(choice);
            var end = part(choice, new JsonObject(), reason);
            send(stopped == null ? end : end.put("stop_reason", stopped));
        }
    }

    @Override
    public boolean isFinished(int choice) {
        return finished.get(choice);
    }

    @Override
    public void usage(Spent all) {
        spent = all;
    }

    /** The upstream said that this was all: so it is, if it said so of every choice. */
    void done() {
        if (spent != null) {
            var chunk = frame(new JsonArray());
            send(chunk.put("usage", spent.json()).encode());
        }
        send("[DONE]");
    }

    /** What comes behind the end of a choice is not part of it. */
    private void delta(int choice, JsonObject delta) {
        if (!finished.get(choice)) {
            begin(choice);
            send(part(choice, delta, null));
        }
    }

    private void begin(int choice) {
        if (!begun.get(choice)) {
            begun.set(choice);
            send(part(choice, new JsonObject().put("role", "assistant").put("content", ""), null));
        }
    }

    private static JsonObject part(int choice, JsonObject delta, String reason) {
        return new JsonObject()
                .put("index", choice)
                .put("delta", delta)
                .putNull("logprobs")
                .put("finish_reason", reason);
    }

    private void send(JsonObject choice) {
        var chunk = frame(new JsonArray().add(choice));
        send((wantsUsage ? chunk.putNull("usage") : chunk).encode());
    }

    private JsonObject frame(JsonArray choices) {
        return new JsonObject()
                .put("id", id)
                .put("object", "chat.completion.chunk")
                .put("created", created)
                .put("model", model)
                .put("choices", choices);
    }

    private void send(String data) {
        var bytes = data.getBytes(StandardCharsets.UTF_8);
        events.data(bytes, 0, bytes.length);
    }
}
