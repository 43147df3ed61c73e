package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/** What Anthropic's Messages answer, whole or event by event. What was thought goes along for those who have to send it back. */
final class AnthropicReply {

    /** A block of the answer while it comes; what it thinks is only complete at its end. */
    private static final class Block {
        private final String type;
        private final int call;
        private final StringBuilder thinking = new StringBuilder();
        private String signature = "";
        private boolean said;

        Block(String type, int call) {
            this.type = type;
            this.call = call;
        }
    }

    private final Question question;
    private final Reply reply;
    private final Map<Integer, Block> blocks = new HashMap<>();
    private final JsonObject usage = new JsonObject();
    private int calls;

    AnthropicReply(Question question, Reply reply) {
        this.question = question;
        this.reply = reply;
    }

    void whole(Node message) {
        if ("error".equals(message.get("type").text())) {
            throw error(message.get("error"));
        }
        reply.id(message.get("id").text());
        var content = message.get("content").items();
        for (int i = 0; i < content.size(); i++) {
            begin(i, content.get(i));
            end(i);
        }
        finish(message, message.get("usage"));
    }

    /** Takes an event, and says whether it was the last one. */
    boolean event(Node event) {
        int index = event.get("index").number(-1);
        switch (event.get("type").words()) {
            case "message_start" -> {
                reply.id(event.get("message").get("id").text());
                usage.mergeIn(event.get("message").get("usage").object());
            }
            case "content_block_start" -> begin(index, event.get("content_block"));
            case "content_block_delta" -> delta(index, event.get("delta"));
            case "content_block_stop" -> end(index);
            case "message_delta" -> finish(event.get("delta"), event.get("usage"));
            case "message_stop" -> {
                if (!reply.isFinished(0)) {
                    throw UpstreamFailure.malformed();
                }
                return true;
            }
            case "error" -> throw error(event.get("error"));
            default -> {
                // A ping, or something that is newer than we are.
            }
        }
        return false;
    }

    private void begin(int index, Node content) {
        var type = content.get("type").words();
        boolean call = "tool_use".equals(type);
        var block = new Block(type, call ? calls++ : -1);
        blocks.put(index, block);
        switch (type) {
            case "text" -> reply.text(0, content.get("text").words());
            case "thinking" ->
                think(
                        block,
                        content.get("thinking").words(),
                        content.get("signature").words());
            case "redacted_thinking" -> reply.further(0, "thinking_blocks", new JsonArray().add(content.object()));
            case "tool_use" -> {
                reply.call(
                        0,
                        block.call,
                        content.get("id").text(),
                        content.get("name").text(),
                        null);
                var input = content.get("input").object();
                if (!input.isEmpty()) {
                    arguments(block, input.encode());
                }
            }
            default -> {
                // What the upstream's own tools did; its text says what came of it.
            }
        }
    }

    private void delta(int index, Node delta) {
        var block = blocks.get(index);
        if (block == null) {
            throw UpstreamFailure.malformed();
        }
        switch (delta.get("type").words()) {
            case "text_delta" -> reply.text(0, delta.get("text").words());
            case "input_json_delta" -> {
                if (block.call >= 0) {
                    arguments(block, delta.get("partial_json").words());
                }
            }
            case "thinking_delta" -> think(block, delta.get("thinking").words(), "");
            case "signature_delta" -> think(block, "", delta.get("signature").words());
            default -> {
                // Citations, for which OpenAI's chat has no words.
            }
        }
    }

    private void think(Block block, String thought, String signature) {
        reply.reasoning(0, thought);
        block.thinking.append(thought);
        block.signature += signature;
    }

    private void arguments(Block block, String piece) {
        block.said |= !piece.isEmpty();
        reply.arguments(0, block.call, piece);
    }

    private void end(int index) {
        var block = blocks.get(index);
        if (block == null) {
            throw UpstreamFailure.malformed();
        }
        if (block.call >= 0 && !block.said) {
            arguments(block, "{}");
        }
        if ("thinking".equals(block.type)) {
            var thought = new JsonObject()
                    .put("type", "thinking")
                    .put("thinking", block.thinking.toString())
                    .put("signature", block.signature);
            reply.further(0, "thinking_blocks", new JsonArray().add(thought));
        }
    }

    private void finish(Node end, Node consumed) {
        // The end may repeat what the beginning said, and knows better.
        consumed.object().forEach(count -> {
            if (count.getValue() != null) {
                usage.put(count.getKey(), count.getValue());
            }
        });
        var reason = end.get("stop_reason").text();
        if (reason != null) {
            reply.finish(
                    0,
                    switch (reason) {
                        case "max_tokens", "model_context_window_exceeded" -> "length";
                        case "tool_use" -> "tool_calls";
                        case "refusal" -> "content_filter";
                        default -> "stop";
                    },
                    end.get("stop_sequence").text());
        }
        if (!usage.isEmpty()) {
            var counts = new Node(usage);
            long cached = counts.get("cache_read_input_tokens").count();
            long written = counts.get("cache_creation_input_tokens").count();
            long prompt = counts.get("input_tokens").count() + written + cached;
            // How much of the output was thinking is not said.
            reply.usage(new Reply.Spent(prompt, counts.get("output_tokens").count(), cached, 0, written));
        }
    }

    private Failure error(Node error) {
        int status = switch (error.get("type").words()) {
            case "invalid_request_error" -> 400;
            case "authentication_error" -> 401;
            case "permission_error" -> 403;
            case "not_found_error" -> 404;
            case "request_too_large" -> 413;
            case "rate_limit_error" -> 429;
            case "timeout_error" -> 504;
            case "overloaded_error" -> 529;
            default -> 500;
        };
        return Anthropic.failure(question, status, -1, error.object());
    }
}
