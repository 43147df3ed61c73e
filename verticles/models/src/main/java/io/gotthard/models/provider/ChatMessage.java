package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A message of a chat request.
 *
 * @param param its name for those who have to be told that something is wrong with it
 * @param parts what it says; empty texts are left out
 * @param calls the tools that an assistant called
 * @param toolCallId which of them a tool's message answers
 * @param json all of it
 */
record ChatMessage(String param, Role role, List<Part> parts, List<ToolCall> calls, String toolCallId, Node json) {

    /** Who says it. */
    enum Role {
        SYSTEM,
        USER,
        ASSISTANT,
        TOOL
    }

    /** A part of what is said. */
    sealed interface Part {

        /** All of it. */
        Node json();
    }

    /** Words; of an assistant also words that refuse. */
    record Text(String text, Node json) implements Part {}

    /**
     * An image.
     *
     * @param mediaType such as {@code image/png}; null for one that is elsewhere
     * @param data its bytes in base64, or null
     * @param url where it is, or null
     */
    record Image(String param, String mediaType, String data, String url, Node json) implements Part {

        /**
         * Its bytes in base64, for protocols that fetch nothing.
         *
         * @throws Failure 400 if it is elsewhere
         */
        String dataOnly() {
            if (data == null) {
                throw Failure.invalid(param, "The model's upstream takes images as data URLs only.");
            }
            return data;
        }
    }

    /**
     * A tool that was called.
     *
     * @param arguments an object
     */
    record ToolCall(String id, String name, JsonObject arguments, Node json) {}

    static ChatMessage of(ChatRequest request, String param, Node json) {
        var role = switch (json.get("role").text()) {
            case "system", "developer" -> Role.SYSTEM;
            case "user" -> Role.USER;
            case "assistant" -> Role.ASSISTANT;
            case "tool" -> Role.TOOL;
            // The contract knows one more: "function", which went with the field 'functions'.
            default -> throw ChatRequest.refused(param + ".role");
        };
        if (json.get("function_call").there()) {
            throw ChatRequest.refused(param + ".function_call");
        }
        if (role == Role.TOOL && json.get("tool_call_id").text() == null) {
            throw Failure.invalid(param + ".tool_call_id", "A tool's message must say which call it answers.");
        }
        return new ChatMessage(
                param,
                role,
                parts(request, param + ".content", role, json),
                calls(param + ".tool_calls", json.get("tool_calls").items()),
                json.get("tool_call_id").text(),
                json);
    }

    private static List<Part> parts(ChatRequest request, String param, Role role, Node message) {
        var parts = new ArrayList<Part>();
        var content = message.get("content");
        addText(content.words(), content, parts);
        var given = content.items();
        for (int i = 0; i < given.size(); i++) {
            addPart(request, param + "[" + i + "]", role, given.get(i), parts);
        }
        addText(message.get("refusal").words(), message.get("refusal"), parts);
        return parts;
    }

    private static void addPart(ChatRequest request, String param, Role role, Node part, List<Part> parts) {
        var type = part.get("type").words();
        if ("text".equals(type) || "refusal".equals(type)) {
            addText(part.get(type).words(), part, parts);
        } else if ("image_url".equals(type) && (role == Role.USER || role == Role.TOOL)) {
            var image = part.get("image_url");
            parts.add(image(
                    param + ".image_url",
                    image.text() != null ? image.text() : image.get("url").words(),
                    part));
        } else {
            request.unsupported(param + ".type");
        }
    }

    private static void addText(String text, Node json, List<Part> parts) {
        if (!text.isEmpty()) {
            parts.add(new Text(text, json));
        }
    }

    private static Image image(String param, String url, Node json) {
        if (!url.regionMatches(true, 0, "data:", 0, 5)) {
            return new Image(param, null, null, url, json);
        }
        int comma = url.indexOf(',');
        var head = comma < 0 ? "" : url.substring(5, comma).toLowerCase(Locale.ROOT);
        if (!head.startsWith("image/") || !head.endsWith(";base64")) {
            throw Failure.invalid(param, "A data URL must be like data:image/png;base64,….");
        }
        return new Image(param, head.substring(0, head.indexOf(';')), url.substring(comma + 1), null, json);
    }

    private static List<ToolCall> calls(String param, List<Node> given) {
        var calls = new ArrayList<ToolCall>();
        for (int i = 0; i < given.size(); i++) {
            var function = given.get(i).get("function");
            var type = given.get(i).get("type").text();
            if (!function.there() || (type != null && !"function".equals(type))) {
                throw ChatRequest.refused(param + "[" + i + "].type");
            }
            calls.add(new ToolCall(
                    given.get(i).get("id").words(),
                    function.get("name").words(),
                    arguments(
                            param + "[" + i + "].function.arguments",
                            function.get("arguments").words()),
                    given.get(i)));
        }
        return calls;
    }

    private static JsonObject arguments(String param, String text) {
        try {
            if (text.isBlank()) {
                return new JsonObject();
            } else if (Json.decodeValue(text) instanceof JsonObject object) {
                return object;
            }
        } catch (DecodeException e) {
            throw Failure.invalid(param, "The arguments of a call must be a JSON object.");
        }
        throw Failure.invalid(param, "The arguments of a call must be a JSON object.");
    }

    /** All it says in words. */
    String text() {
        return parts.stream()
                .filter(Text.class::isInstance)
                .map(part -> ((Text) part).text())
                .collect(Collectors.joining("\n"));
    }
}
