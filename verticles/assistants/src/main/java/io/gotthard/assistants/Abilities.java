package io.gotthard.assistants;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a model may call in a run, by name: tools, other assistants, people, and the functions of who began the run. */
final class Abilities {

    private static final String ASKS =
            "Asks a person and waits for the answer, which may take long. Only ask what you can't find out otherwise.";

    private final Map<String, Tool> tools = new LinkedHashMap<>();
    private final Map<String, JsonObject> assistants = new LinkedHashMap<>();
    private final Map<String, JsonObject> people = new LinkedHashMap<>();
    private final Map<String, JsonObject> functions = new LinkedHashMap<>();

    /** @param own the functions of who began the run */
    Abilities(Agent agent, List<Tool> opened, List<JsonObject> own) {
        opened.forEach(tool -> tools.put(tool.function().getString("name"), tool));
        for (var definition : agent.definition().tools()) {
            switch (definition.getString("type", "")) {
                case "assistant" -> assistants.put(ToolDefinitions.name(definition), definition);
                case "human" -> people.put(ToolDefinitions.name(definition), definition);
                case "function" -> addFunction(definition);
                default -> {
                    // Opened with the others.
                }
            }
        }
        own.forEach(this::addFunction);
    }

    private void addFunction(JsonObject function) {
        functions.put(function.getJsonObject("function").getString("name"), function);
    }

    /** As OpenAI's {@code tools}; empty if there are none. */
    JsonArray described() {
        var all = new JsonArray();
        tools.values().forEach(tool -> all.add(function(tool.function())));
        assistants.forEach((name, definition) -> all.add(function(new JsonObject()
                .put("name", name)
                .put("description", definition.getString("description", "Asks the assistant " + name + "."))
                .put(
                        "parameters",
                        object(new JsonObject().put("message", text("What it is to do, with all it has to know.")))
                                .put("required", new JsonArray().add("message"))))));
        people.forEach((name, definition) -> all.add(function(new JsonObject()
                .put("name", name)
                .put("description", definition.getString("description", ASKS))
                .put("parameters", question()))));
        functions.values().forEach(all::add);
        return all;
    }

    private static JsonObject question() {
        var kinds = text("input for free text, confirmation for yes or no, choice for one of the options")
                .put("enum", new JsonArray().add("input").add("confirmation").add("choice"));
        var options = new JsonObject().put("type", "array").put("items", new JsonObject().put("type", "string"));
        return object(new JsonObject()
                        .put("question", text("What to ask."))
                        .put("kind", kinds)
                        .put("options", options))
                .put("required", new JsonArray().add("question").add("kind"));
    }

    private static JsonObject object(JsonObject properties) {
        return new JsonObject().put("type", "object").put("properties", properties);
    }

    private static JsonObject text(String description) {
        return new JsonObject().put("type", "string").put("description", description);
    }

    private static JsonObject function(JsonObject described) {
        return new JsonObject().put("type", "function").put("function", described);
    }

    /** The tool of this name, or null. */
    Tool tool(String name) {
        return tools.get(name);
    }

    /** The definition of the assistant of this name, or null. */
    JsonObject assistant(String name) {
        return assistants.get(name);
    }

    /** The definition of who is asked by this name, or null. */
    JsonObject people(String name) {
        return people.get(name);
    }

    /** Whether it is a function of who began the run. */
    boolean isFunction(String name) {
        return functions.containsKey(name);
    }
}
