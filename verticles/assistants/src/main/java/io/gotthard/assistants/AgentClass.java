package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A class of agents, as a worker announced it.
 *
 * @param tenant whose it is; empty for one that is there for all
 * @param name what it is called
 * @param names the agents of the class
 * @param description what they are good for
 * @param icon a URL, or null
 * @param input the JSON Schema of what a run is begun with
 * @param conversational whether it is a model that chat completions can ask
 * @param version what its workers call what they run
 */
record AgentClass(
        String tenant,
        String name,
        List<String> names,
        String description,
        String icon,
        JsonObject input,
        boolean conversational,
        String version) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");
    private static final int MOST_NAMES = 100;
    private static final int LONGEST_TEXT = 2_000;
    private static final int LARGEST_SCHEMA = 32 * 1024;

    /** Keeps the names from being changed. */
    AgentClass {
        names = List.copyOf(names);
    }

    /**
     * Reads an announcement. Whether its schema can be used is for {@link InputSchema#check} to say.
     *
     * @throws Failure 400 that names the member that is wrong
     */
    static AgentClass of(String tenant, JsonObject json) {
        var name = text(json, "class", "", NAME);
        if (name.equals(Agent.DECLARED)) {
            throw Failure.invalid("class", "The class 'Assistant' is that of declared assistants.");
        }
        var input = json.getValue("input_schema", new JsonObject().put("type", "object"));
        if (!(input instanceof JsonObject schema) || schema.encode().length() > LARGEST_SCHEMA) {
            throw Failure.invalid("input_schema", "'input_schema' must be a JSON Schema of at most 32 KB.");
        }
        if (!(json.getValue("conversational", false) instanceof Boolean conversational)) {
            throw Failure.invalid("conversational", "'conversational' must be true or false.");
        }
        return new AgentClass(
                tenant,
                name,
                names(json),
                text(json, "description", "", null),
                text(json, "icon", null, null),
                schema,
                conversational,
                text(json, "version", "1", null));
    }

    private static List<String> names(JsonObject json) {
        if (!(json.getValue("names", new JsonArray().add("default")) instanceof JsonArray array)
                || array.isEmpty()
                || array.size() > MOST_NAMES) {
            throw Failure.invalid("names", "'names' must be 1 to " + MOST_NAMES + " names of agents.");
        }
        var names = new ArrayList<String>();
        for (var one : array) {
            if (!(one instanceof String name) || !NAME.matcher(name).matches() || names.contains(name)) {
                throw Failure.invalid("names", "'names' must be different names of letters, digits, '_' and '-'.");
            }
            names.add(name);
        }
        return names;
    }

    private static String text(JsonObject json, String member, String otherwise, Pattern pattern) {
        var value = json.getValue(member, otherwise);
        if (value == null && otherwise == null) {
            return null;
        }
        if (!(value instanceof String text) || text.length() > LONGEST_TEXT) {
            throw Failure.invalid(
                    member, "'" + member + "' must be a text of at most " + LONGEST_TEXT + " characters.");
        }
        if (pattern != null && !pattern.matcher(text).matches()) {
            throw Failure.invalid(
                    member, "'" + member + "' must be 1 to 64 letters, digits, '_' and '-', the first no sign.");
        }
        return text;
    }

    /** As it is stored: the same as was announced. */
    JsonObject json() {
        return new JsonObject()
                .put("class", name)
                .put("names", new JsonArray(names))
                .put("description", description)
                .put("icon", icon)
                .put("input_schema", input)
                .put("conversational", conversational)
                .put("version", version);
    }

    /** What permissions call all of it: who administers that may announce it. */
    String resource() {
        return "agent." + name + ".>";
    }

    /** One of its agents. */
    Agent agent(String agent) {
        var definition = new AgentDefinition(
                description, icon, "", "", new JsonObject(), List.of(), RunLimits.USUAL, AgentDefinition.TENANT);
        return new Agent(/* agentClass= */ name, /* name= */ agent, tenant, "", 1, definition);
    }
}
