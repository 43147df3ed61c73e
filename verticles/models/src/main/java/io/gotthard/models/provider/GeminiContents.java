package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The messages of a chat as Gemini has them: system prompts apart, and the two sides in turns. A tool call may carry a signature of the
 * thought behind it in {@code extra_content.google.thought_signature}, as an answer had it.
 */
final class GeminiContents {

    /** Google's own word for a call whose signature was lost; Gemini 3 refuses calls without any. */
    private static final String UNSIGNED = "skip_thought_signature_validator";

    private final boolean signed;
    private final JsonArray system = new JsonArray();
    private final Turns turns = new Turns("parts");
    private final Map<String, String> names = new HashMap<>();

    private GeminiContents(boolean signed) {
        this.signed = signed;
    }

    /** Puts {@code contents}, and {@code systemInstruction} if there is a system prompt. */
    static void put(List<ChatMessage> chat, String model, JsonObject body) {
        var all = new GeminiContents(model.contains("gemini-3"));
        chat.forEach(all::add);
        if (!all.system.isEmpty()) {
            body.put("systemInstruction", new JsonObject().put("parts", all.system));
        }
        body.put("contents", all.turns.json());
    }

    /** A content that is only a text. */
    static JsonObject text(String text) {
        return new JsonObject().put("parts", new JsonArray().add(new JsonObject().put("text", text)));
    }

    private void add(ChatMessage message) {
        switch (message.role()) {
            case SYSTEM -> system.addAll(parts(message));
            case USER -> turns.of("user").addAll(parts(message));
            case ASSISTANT -> {
                var parts = parts(message);
                for (int i = 0; i < message.calls().size(); i++) {
                    parts.add(call(message.calls().get(i), i == 0));
                }
                if (!parts.isEmpty()) {
                    turns.of("model").addAll(parts);
                }
            }
            case TOOL -> {
                var answers = turns.of("user").add(answer(message));
                parts(message).stream()
                        .filter(part -> ((JsonObject) part).containsKey("inlineData"))
                        .forEach(answers::add);
            }
        }
    }

    private static JsonArray parts(ChatMessage message) {
        var parts = new JsonArray();
        for (var part : message.parts()) {
            parts.add(
                    switch (part) {
                        case ChatMessage.Text text -> new JsonObject().put("text", text.text());
                        case ChatMessage.Image image ->
                            new JsonObject()
                                    .put(
                                            "inlineData",
                                            new JsonObject()
                                                    .put("data", image.dataOnly())
                                                    .put("mimeType", image.mediaType()));
                    });
        }
        return parts;
    }

    private JsonObject call(ChatMessage.ToolCall call, boolean first) {
        names.put(call.id(), call.name());
        var part = new JsonObject()
                .put(
                        "functionCall",
                        new JsonObject()
                                .put("id", call.id())
                                .put("name", call.name())
                                .put("args", call.arguments()));
        var signature = call.json().get("extra_content").get("google").get("thought_signature");
        if (signature.text() != null) {
            part.put("thoughtSignature", signature.text());
        } else if (signed && first) {
            part.put("thoughtSignature", UNSIGNED);
        }
        return part;
    }

    private JsonObject answer(ChatMessage message) {
        var name = names.get(message.toolCallId());
        if (name == null) {
            throw Failure.invalid(message.param() + ".tool_call_id", "There is no such call in the messages before.");
        }
        return new JsonObject()
                .put(
                        "functionResponse",
                        new JsonObject()
                                .put("id", message.toolCallId())
                                .put("name", name)
                                .put("response", object(message.text())));
    }

    /** What a tool said must be an object here. */
    private static JsonObject object(String text) {
        try {
            if (Json.decodeValue(text) instanceof JsonObject object) {
                return object;
            }
        } catch (DecodeException e) {
            return new JsonObject().put("output", text);
        }
        return new JsonObject().put("output", text);
    }
}
