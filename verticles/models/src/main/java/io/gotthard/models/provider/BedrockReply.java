package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/** What Converse answers, whole or message by message. */
final class BedrockReply {

    /** A block of the answer while it comes. */
    private static final class Block {
        private int call = -1;
        private boolean said;
        private boolean thought;
        private final StringBuilder thinking = new StringBuilder();
        private String signature = "";
    }

    private final Question question;
    private final Reply reply;
    private final Map<Integer, Block> blocks = new HashMap<>();
    private int calls;

    BedrockReply(Question question, Reply reply) {
        this.question = question;
        this.reply = reply;
    }

    void whole(Node answer) {
        var content = answer.get("output").get("message").get("content").items();
        for (int i = 0; i < content.size(); i++) {
            var block = content.get(i);
            var call = block.get("toolUse");
            if (call.there()) {
                begin(i, call);
                arguments(block(i), call.get("input").object().encode());
            }
            reply.text(0, block.get("text").words());
            var thought = block.get("reasoningContent");
            think(block(i), thought.get("reasoningText"));
            redacted(thought);
            end(i);
        }
        finish(answer.get("stopReason").words());
        usage(answer.get("usage"));
    }

    /** Takes a message of a stream, and says whether it was the last one. */
    boolean message(Map<String, String> headers, Buffer payload) {
        var type = headers.getOrDefault(":message-type", "");
        if ("exception".equals(type)) {
            throw failure(headers.get(":exception-type"), Node.parse(payload).object());
        } else if ("error".equals(type)) {
            throw failure(headers.get(":error-code"), new JsonObject());
        }
        var event = Node.parse(payload);
        int index = event.get("contentBlockIndex").number(0);
        switch (headers.getOrDefault(":event-type", "")) {
            case "contentBlockStart" -> {
                if (event.get("start").get("toolUse").there()) {
                    begin(index, event.get("start").get("toolUse"));
                }
            }
            case "contentBlockDelta" -> delta(block(index), event.get("delta"));
            case "contentBlockStop" -> end(index);
            case "messageStop" -> finish(event.get("stopReason").words());
            case "metadata" -> {
                if (!reply.isFinished(0)) {
                    throw UpstreamFailure.malformed();
                }
                usage(event.get("usage"));
                return true;
            }
            default -> {
                // The role, or something that is newer than we are.
            }
        }
        return false;
    }

    private Failure failure(String type, JsonObject error) {
        return Bedrock.failure(question, 0, type == null ? "" : type, -1, error);
    }

    /** A block of text begins without saying so. */
    private Block block(int index) {
        return blocks.computeIfAbsent(index, begun -> new Block());
    }

    private void begin(int index, Node call) {
        var block = block(index);
        block.call = calls++;
        reply.call(0, block.call, call.get("toolUseId").text(), call.get("name").text(), null);
    }

    private void delta(Block block, Node delta) {
        reply.text(0, delta.get("text").words());
        if (block.call >= 0) {
            arguments(block, delta.get("toolUse").get("input").words());
        }
        think(block, delta.get("reasoningContent"));
        redacted(delta.get("reasoningContent"));
    }

    private void think(Block block, Node thought) {
        var text = thought.get("text").words();
        block.thought |= !text.isEmpty() || thought.get("signature").there();
        block.thinking.append(text);
        block.signature += thought.get("signature").words();
        reply.reasoning(0, text);
    }

    private void redacted(Node thought) {
        var data = thought.get("redactedContent");
        if (data.there()) {
            further(new JsonObject().put("type", "redacted_thinking").put("data", data.text()));
        }
    }

    private void arguments(Block block, String piece) {
        block.said |= !piece.isEmpty();
        reply.arguments(0, block.call, piece);
    }

    private void end(int index) {
        var block = block(index);
        if (block.call >= 0 && !block.said) {
            arguments(block, "{}");
        }
        if (block.thought) {
            further(new JsonObject()
                    .put("type", "thinking")
                    .put("thinking", block.thinking.toString())
                    .put("signature", block.signature));
        }
    }

    private void further(JsonObject thought) {
        reply.further(0, "thinking_blocks", new JsonArray().add(thought));
    }

    private void finish(String reason) {
        reply.finish(
                0,
                switch (reason) {
                    case "end_turn", "stop_sequence" -> "stop";
                    case "tool_use" -> "tool_calls";
                    case "max_tokens", "model_context_window_exceeded" -> "length";
                    case "guardrail_intervened", "content_filtered" -> "content_filter";
                    // What the model said was malformed, and is not there.
                    default -> throw failure("", new JsonObject());
                });
    }

    private void usage(Node usage) {
        if (usage.get("inputTokens").there()) {
            long cached = usage.get("cacheReadInputTokens").count();
            long written = usage.get("cacheWriteInputTokens").count();
            reply.usage(new Reply.Spent(
                    usage.get("inputTokens").count() + written + cached,
                    usage.get("outputTokens").count(),
                    cached,
                    0,
                    written));
        }
    }
}
