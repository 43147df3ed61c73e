package io.gotthard.models;

import io.gotthard.models.provider.Node;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * A message in Anthropic's words, as those of a chat that say the same. Results of tools become messages of their own, of which one can
 * only say words: images in them follow in the user's.
 */
final class MessagesTurn {

    /**
     * Where something of the chat is in the client's request.
     *
     * @param message the message
     * @param parts the parts of its content
     */
    record Places(String message, List<String> parts) {

        String of(int part) {
            return part >= 0 && part < parts.size() ? parts.get(part) : message;
        }
    }

    private static final String LINE = "\n";
    private static final String USER = "user";
    private static final String ASSISTANT = "assistant";

    private final String param;
    private final JsonArray results = new JsonArray();
    private final JsonArray parts = new JsonArray();
    private final List<String> places = new ArrayList<>();
    private final JsonArray calls = new JsonArray();
    private final String role;
    /** Whether it says no more than what tools did. */
    private boolean resultsOnly = true;

    private MessagesTurn(String param, String role) {
        this.param = param;
        this.role = role;
    }

    static MessagesTurn of(int index, Node message) {
        var turn =
                new MessagesTurn("messages[" + index + "]", message.get("role").words());
        var content = message.get("content");
        if (content.text() != null) {
            turn.text(turn.param + ".content", content.text());
        }
        var blocks = content.items();
        for (int i = 0; i < blocks.size(); i++) {
            turn.add(turn.param + ".content[" + i + "]", blocks.get(i));
        }
        return turn;
    }

    /** All that blocks say in words. */
    static String texts(List<Node> blocks) {
        var texts = new ArrayList<String>();
        for (var block : blocks) {
            if (!block.get("text").words().isEmpty()) {
                texts.add(block.get("text").words());
            }
        }
        return String.join(LINE, texts);
    }

    void addTo(JsonArray messages, List<Places> all) {
        for (var result : results) {
            messages.add(result);
            all.add(new Places(param, List.of()));
        }
        if (results.isEmpty() || !resultsOnly) {
            messages.add(
                    role.equals(USER) ? new JsonObject().put("role", role).put("content", content()) : wordsAndCalls());
            all.add(new Places(param, places));
        }
    }

    private JsonObject wordsAndCalls() {
        var texts = new ArrayList<String>();
        for (int i = 0; i < parts.size(); i++) {
            texts.add(parts.getJsonObject(i).getString("text"));
        }
        var said = String.join(LINE, texts);
        var message =
                new JsonObject().put("role", role).put("content", said.isEmpty() && !calls.isEmpty() ? null : said);
        return calls.isEmpty() ? message : message.put("tool_calls", calls);
    }

    /** A single text as such, because there are upstreams that know no parts. */
    private Object content() {
        if (parts.isEmpty()) {
            return "";
        }
        var only = parts.getJsonObject(0);
        return parts.size() == 1 && "text".equals(only.getString("type")) ? only.getString("text") : parts;
    }

    private void add(String place, Node block) {
        switch (block.get("type").words()) {
            case "text" -> text(place, block.get("text").words());
            case "image" -> image(place, block);
            case "document" -> document(place, block);
            case "tool_result" -> result(place, block);
            case "tool_use" -> call(place, block);
            case "thinking", "redacted_thinking" -> {
                // Only who thought it can use it: an upstream of Anthropic's gets the original.
            }
            default -> throw MessagesRequest.unsupported(place + ".type");
        }
    }

    private void text(String place, String text) {
        if (!text.isEmpty()) {
            part(place, new JsonObject().put("type", "text").put("text", text));
        }
    }

    private void part(String place, JsonObject part) {
        parts.add(part);
        places.add(place);
        resultsOnly = false;
    }

    private void image(String place, Node block) {
        allowOnly(USER, place);
        var source = block.get("source");
        var url = switch (source.get("type").words()) {
            case "base64" ->
                dataUrl(source.get("media_type").words(), source.get("data").words());
            case "url" -> source.get("url").words();
            default -> throw MessagesRequest.unsupported(place + ".source.type");
        };
        part(place, new JsonObject().put("type", "image_url").put("image_url", new JsonObject().put("url", url)));
    }

    private static String dataUrl(String type, String data) {
        return "data:" + type + ";base64," + data;
    }

    private void document(String place, Node block) {
        var source = block.get("source");
        var title = block.get("title").words();
        allowOnly(USER, place);
        switch (source.get("type").words()) {
            case "text" -> text(place, document(block) + source.get("data").words());
            case "content" -> {
                text(place, document(block) + source.get("content").words());
                var blocks = source.get("content").items();
                for (int i = 0; i < blocks.size(); i++) {
                    shown(place + ".source.content[" + i + "]", blocks.get(i));
                }
            }
            case "base64" -> {
                var file = new JsonObject()
                        .put("filename", title.isEmpty() ? "document.pdf" : title)
                        .put(
                                "file_data",
                                dataUrl(
                                        source.get("media_type").words(),
                                        source.get("data").words()));
                part(place, new JsonObject().put("type", "file").put("file", file));
            }
            default -> throw MessagesRequest.unsupported(place + ".source.type");
        }
    }

    /** What stands above a document. */
    private static String document(Node block) {
        var head = new StringBuilder();
        for (var name : List.of("title", "context")) {
            var value = block.get(name).words();
            head.append(value).append(value.isEmpty() ? "" : LINE);
        }
        return head.toString();
    }

    private void call(String place, Node block) {
        allowOnly(ASSISTANT, place);
        var function = new JsonObject()
                .put("name", block.get("name").words())
                .put("arguments", block.get("input").object().encode());
        calls.add(new JsonObject()
                .put("id", block.get("id").words())
                .put("type", "function")
                .put("function", function));
    }

    private void result(String place, Node block) {
        allowOnly(USER, place);
        var id = block.get("tool_use_id").words();
        var said = new ArrayList<String>();
        var content = block.get("content");
        if (content.text() != null) {
            said.add(content.text());
        }
        var blocks = content.items();
        boolean shown = false;
        for (int i = 0; i < blocks.size(); i++) {
            var inner = blocks.get(i);
            if ("text".equals(inner.get("type").text())) {
                said.add(inner.get("text").words());
            } else {
                if (!shown) {
                    text(place, "From the result of the tool call " + id + ":");
                    shown = true;
                }
                shown(place + ".content[" + i + "]", inner);
            }
        }
        var text = String.join(LINE, said);
        results.add(new JsonObject()
                .put("role", "tool")
                .put("tool_call_id", id)
                .put("content", block.get("is_error").isTrue() ? "Error: " + text : text));
    }

    private void allowOnly(String allowed, String place) {
        if (!role.equals(allowed)) {
            throw MessagesRequest.unsupported(place + ".type");
        }
    }

    /** What a result or a document shows. */
    private void shown(String place, Node block) {
        switch (block.get("type").words()) {
            case "text" -> text(place, block.get("text").words());
            case "image" -> image(place, block);
            case "document" -> document(place, block);
            default -> throw MessagesRequest.unsupported(place + ".type");
        }
    }
}
