package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** The messages of a chat as Anthropic has them: system prompts apart, and the two sides in turns. */
final class AnthropicMessages {

    private final JsonArray system = new JsonArray();
    private final Turns turns = new Turns("content");

    private AnthropicMessages() {}

    /** Puts {@code messages}, and {@code system} if there is a system prompt. */
    static void put(List<ChatMessage> chat, JsonObject body) {
        var all = new AnthropicMessages();
        chat.forEach(all::add);
        if (!all.system.isEmpty()) {
            body.put("system", all.system);
        }
        body.put("messages", all.turns.json());
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
                message.json().get("thinking_blocks").items().forEach(block -> blocks.add(block.json()));
                blocks.addAll(blocks(message));
                message.calls().forEach(call -> blocks.add(toolUse(call)));
                if (!blocks.isEmpty()) {
                    turns.of("assistant").addAll(blocks);
                }
            }
            case TOOL ->
                turns.of("user")
                        .add(new JsonObject()
                                .put("type", "tool_result")
                                .put("tool_use_id", message.toolCallId())
                                .put("content", blocks(message)));
        }
    }

    private static JsonArray blocks(ChatMessage message) {
        var blocks = new JsonArray();
        for (var part : message.parts()) {
            var block = switch (part) {
                case ChatMessage.Text text ->
                    new JsonObject().put("type", "text").put("text", text.text());
                case ChatMessage.Image image ->
                    new JsonObject().put("type", "image").put("source", source(image));
            };
            var cache = part.json().get("cache_control");
            blocks.add(cache.there() ? block.put("cache_control", cache.json()) : block);
        }
        return blocks;
    }

    private static JsonObject source(ChatMessage.Image image) {
        return image.url() != null
                ? new JsonObject().put("type", "url").put("url", image.url())
                : new JsonObject()
                        .put("type", "base64")
                        .put("media_type", image.mediaType())
                        .put("data", image.data());
    }

    private static JsonObject toolUse(ChatMessage.ToolCall call) {
        return new JsonObject()
                .put("type", "tool_use")
                .put("id", call.id())
                .put("name", call.name())
                .put("input", call.arguments());
    }
}
