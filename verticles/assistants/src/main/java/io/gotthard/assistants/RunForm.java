package io.gotthard.assistants;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Fields;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a body says of a run that is to begin, beyond what the contract's schema could check.
 *
 * @param body the fields
 */
record RunForm(Fields body) {

    private static final int MOST_MESSAGES = 100;
    private static final int MOST_FUNCTIONS = 128;
    private static final int LARGEST = 1 << 20;
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

    /** What a run decides itself. */
    private static final Set<String> OURS = Set.of(
            "model", "messages", "tools", "stream", "stream_options", "n", "functions", "function_call", "metadata");

    static RunForm of(Call call) {
        return new RunForm(new Fields(call.body().fields()));
    }

    /** The id of who is to work. */
    String agent() {
        return body.text("agent");
    }

    /** What is said to it; empty if the thread says all. */
    List<JsonObject> messages() {
        var messages = new ThreadForm(body).messages();
        if (messages.size() > MOST_MESSAGES) {
            throw Failure.invalid("messages", "'messages' has at most " + MOST_MESSAGES + " entries.");
        }
        return messages.stream()
                .map(message -> new JsonObject().put("role", message.role()).put("content", message.content()))
                .toList();
    }

    /** What else it gets, or null. */
    JsonObject input() {
        return object("input");
    }

    /** What takes the place of the agent's parameters. */
    JsonObject parameters() {
        var parameters = object("parameters");
        if (parameters == null) {
            return new JsonObject();
        }
        for (var name : parameters.fieldNames()) {
            if (OURS.contains(name)) {
                throw Failure.invalid("parameters." + name, "'" + name + "' can't be one of the parameters of a run.");
            }
        }
        return parameters;
    }

    private JsonObject object(String field) {
        if (!(body.values().get(field) instanceof Map<?, ?> given)) {
            return null;
        }
        // A copy of what is JSON for certain, and has no character that the database can't store.
        var text = Json.encode(given);
        if (text.length() > LARGEST) {
            throw Failure.invalid(field, "'" + field + "' has at most " + LARGEST + " characters as JSON.");
        }
        if (text.contains("\\u0000")) {
            throw Failure.invalid(field, "'" + field + "' has a character that can't be stored.");
        }
        return new JsonObject(text);
    }

    /** The caller's own functions, as OpenAI's {@code tools}. */
    List<JsonObject> functions() {
        if (!(body.values().get("tools") instanceof List<?> given)) {
            return List.of();
        }
        if (given.size() > MOST_FUNCTIONS) {
            throw Failure.invalid("tools", "'tools' has at most " + MOST_FUNCTIONS + " entries.");
        }
        var names = new HashSet<String>();
        var tools = new JsonArray(new JsonArray(given).encode());
        for (int i = 0; i < tools.size(); i++) {
            var param = "tools[" + i + "]";
            var tool = tools.getJsonObject(i);
            if (!"function".equals(tool.getValue("type"))
                    || !(tool.getValue("function") instanceof JsonObject function)
                    || !(function.getValue("name") instanceof String name)
                    || !NAME.matcher(name).matches()) {
                throw Failure.invalid(param, "'" + param + "' must be a function with a name.");
            }
            if (!names.add(name)) {
                throw Failure.invalid(param + ".function.name", "There are two functions '" + name + "'.");
            }
        }
        if (tools.encode().contains("\\u0000")) {
            throw Failure.invalid("tools", "'tools' has a character that can't be stored.");
        }
        return tools.stream().map(JsonObject.class::cast).toList();
    }
}
