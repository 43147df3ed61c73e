package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.regex.Pattern;

/** What has to hold for a definition besides what the contract says of its fields: how large it may be, and what fits together. */
final class DefinitionRules {

    /** A name is one segment of a permission and of a model's id. */
    static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

    private static final int LONGEST_DESCRIPTION = 2_000;
    private static final int LONGEST_ICON = 100_000;
    private static final int LONGEST_MODEL = 256;
    private static final int LONGEST_INSTRUCTIONS = 200_000;
    private static final int LARGEST_PARAMETERS = 20_000;
    private static final int LARGEST_TOOLS = 2_000_000;
    private static final Pattern ICON = Pattern.compile("(?:https://|data:image/)\\S+");
    private static final List<String> NOT_PARAMETERS = List.of(
            "model", "messages", "tools", "functions", "function_call", "stream", "stream_options", "n", "metadata");

    private DefinitionRules() {}

    /**
     * Checks a definition.
     *
     * @return the same
     * @throws Failure 400 that names the field
     */
    static AgentDefinition checked(AgentDefinition definition) {
        atMost("description", definition.description(), LONGEST_DESCRIPTION);
        atMost("icon", definition.icon(), LONGEST_ICON);
        if (definition.icon() != null && !ICON.matcher(definition.icon()).matches()) {
            throw Failure.invalid("icon", "'icon' must begin with https:// or data:image/.");
        }
        atMost("instructions", definition.instructions(), LONGEST_INSTRUCTIONS);
        checkModel(definition.model());
        Storable.check("parameters", definition.parameters().encode(), LARGEST_PARAMETERS);
        for (var name : NOT_PARAMETERS) {
            if (definition.parameters().containsKey(name)) {
                throw Failure.invalid(
                        "parameters." + name, "'" + name + "' can't be one of an assistant's parameters.");
            }
        }
        checkTools(definition);
        if (!List.of(AgentDefinition.PRIVATE, AgentDefinition.TENANT).contains(definition.visibility())) {
            throw Failure.invalid("visibility", "'visibility' must be private or tenant.");
        }
        return definition;
    }

    private static void checkModel(String model) {
        if (model == null || model.isBlank()) {
            throw Failure.invalid("model", "Missing required parameter: 'model'.");
        }
        atMost("model", model, LONGEST_MODEL);
        // It would be asked as a model, and so could be asking itself without end.
        if (model.startsWith(Agent.DECLARED + "/")) {
            throw Failure.invalid(
                    "model", "An assistant works with a model. Another assistant can be one of its 'tools'.");
        }
    }

    private static void checkTools(AgentDefinition definition) {
        ToolDefinitions.check(definition.tools());
        Storable.check("tools", new JsonArray(List.copyOf(definition.tools())).encode(), LARGEST_TOOLS);
    }

    private static void atMost(String field, String text, int most) {
        if (text != null && text.length() > most) {
            throw Failure.invalid(field, "'" + field + "' is longer than " + most + " characters.");
        }
        // PostgreSQL stores no such character, and nobody means it.
        if (text != null && text.indexOf('\0') >= 0) {
            throw Failure.invalid(field, "'" + field + "' has a character that can't be stored.");
        }
    }
}
