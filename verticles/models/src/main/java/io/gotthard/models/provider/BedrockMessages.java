package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The messages of a chat as Converse has them: system prompts apart, and the two sides in turns. As for {@link Anthropic}, a message may
 * have {@code thinking_blocks}, and a part of it {@code cache_control}.
 */
final class BedrockMessages {

    private final JsonArray system = new JsonArray();
    private final Turns turns = new Turns("content");
    private boolean called;

    private BedrockMessages() {}

    /** Puts {@code messages}, and {@code system} if there is a system prompt; says whether there are calls of tools. */
    static boolean put(List<ChatMessage> chat, JsonObject body) {
        var all = new BedrockMessages();
        chat.forEach(all::add);
        if (!all.system.isEmpty()) {
            body.put("system", all.system);
        }
        body.put("messages", all.turns.json());
        return all.called;
    }

    private void add(ChatMessage message) {
        switch (message.role()) {
            case SYSTEM -> system.addAll(blocks(message));
            case USER -> {
                if (message.parts().isEmpty()) {
                    throw Failure.invalid(message.param() + ".content", "A message to this model must not be empty.");
                }
                turns.of("user").addAll(blocks(message));
            }
            case ASSISTANT -> {
                var blocks = new JsonArray();
                message.json().get("thinking_blocks").items().forEach(block -> blocks.add(thought(block)));
                blocks.addAll(blocks(message));
                message.calls().forEach(call -> blocks.add(toolUse(call)));
                called |= !message.calls().isEmpty();
                if (!blocks.isEmpty()) {
                    turns.of("assistant").addAll(blocks);
                }
            }
            case TOOL -> {
                called = true;
                turns.of("user")
                        .add(new JsonObject()
                                .put(
                                        "toolResult",
                                        new JsonObject()
                                                .put("toolUseId", message.toolCallId())
                                                .put("content", blocks(message))));
            }
        }
    }

    private static JsonArray blocks(ChatMessage message) {
        var blocks = new JsonArray();
        for (var part : message.parts()) {
            blocks.add(
                    switch (part) {
                        case ChatMessage.Text text -> new JsonObject().put("text", text.text());
                        case ChatMessage.Image image ->
                            new JsonObject()
                                    .put(
                                            "image",
                                            new JsonObject()
                                                    .put("format", format(image))
                                                    .put("source", new JsonObject().put("bytes", image.dataOnly())));
                    });
            if (part.json().get("cache_control").there()) {
                blocks.add(new JsonObject().put("cachePoint", new JsonObject().put("type", "default")));
            }
        }
        return blocks;
    }

    private static String format(ChatMessage.Image image) {
        // First of all, because one that is elsewhere has no type.
        image.dataOnly();
        var format = image.mediaType().substring("image/".length());
        return "jpg".equals(format) ? "jpeg" : format;
    }

    private static JsonObject thought(Node block) {
        var content = "redacted_thinking".equals(block.get("type").text())
                ? new JsonObject().put("redactedContent", block.get("data").text())
                : new JsonObject()
                        .put(
                                "reasoningText",
                                new JsonObject()
                                        .put("text", block.get("thinking").text())
                                        .put("signature", block.get("signature").text()));
        return new JsonObject().put("reasoningContent", content);
    }

    private static JsonObject toolUse(ChatMessage.ToolCall call) {
        return new JsonObject()
                .put(
                        "toolUse",
                        new JsonObject()
                                .put("toolUseId", call.id())
                                .put("name", call.name())
                                .put("input", call.arguments()));
    }
}
