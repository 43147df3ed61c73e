package io.gotthard.models;

import io.gotthard.contracts.Failure;
import io.gotthard.models.provider.Node;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The tools of a request in Anthropic's words, as those of a chat. Those that Anthropic itself would run are refused. */
final class MessagesTools {

    private MessagesTools() {}

    /** Puts {@code tools} and what was said of calling them, if there are any. */
    static void put(Node request, JsonObject chat) {
        var given = request.get("tools").items();
        if (given.isEmpty()) {
            // Without any, nothing may be said of calling them.
            return;
        }
        var tools = new JsonArray();
        for (int i = 0; i < given.size(); i++) {
            tools.add(tool("tools[" + i + "]", given.get(i)));
        }
        chat.put("tools", tools);
        var choice = request.get("tool_choice");
        if (choice.there()) {
            chat.put("tool_choice", choice(choice));
            if (choice.get("disable_parallel_tool_use").isTrue()) {
                chat.put("parallel_tool_calls", false);
            }
        }
    }

    private static JsonObject tool(String param, Node tool) {
        var type = tool.get("type").text();
        if (type != null && !"custom".equals(type)) {
            throw MessagesRequest.unsupported(param + ".type");
        }
        if (!tool.get("input_schema").there()) {
            throw Failure.invalid(param + ".input_schema", "Missing required parameter: '" + param + ".input_schema'.");
        }
        var function = new JsonObject().put("name", tool.get("name").text());
        if (tool.get("description").text() != null) {
            function.put("description", tool.get("description").text());
        }
        function.put("parameters", tool.get("input_schema").json());
        if (tool.get("strict").isTrue()) {
            function.put("strict", true);
        }
        return new JsonObject().put("type", "function").put("function", function);
    }

    private static Object choice(Node choice) {
        return switch (choice.get("type").words()) {
            case "any" -> "required";
            case "none" -> "none";
            case "tool" ->
                new JsonObject()
                        .put("type", "function")
                        .put(
                                "function",
                                new JsonObject().put("name", choice.get("name").words()));
            default -> "auto";
        };
    }
}
