package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * An assistant as it was declared: what {@code POST /api/v1/agents} takes, and {@code assistants:} in the configuration.
 *
 * @param description what it is good for, for people and for assistants that have it as a tool
 * @param icon a URL or a data URL, or null
 * @param model the model that it works with
 * @param instructions its system prompt
 * @param parameters what its model is asked with, as in OpenAI's requests: temperature, reasoning_effort …
 * @param tools what it may call: objects with a {@code type}, as in {@code docs/assistants.md}
 * @param limits how far a run of it may go
 * @param visibility {@code private} for its owner, {@code tenant} for those with the permission {@code agent.{class}.{name}}
 */
record AgentDefinition(
        String description,
        String icon,
        String model,
        String instructions,
        JsonObject parameters,
        List<JsonObject> tools,
        RunLimits limits,
        String visibility) {

    private static final Pattern AMOUNT = Pattern.compile("[0-9]{1,12}(\\.[0-9]{1,9})?");

    static final String PRIVATE = "private";
    static final String TENANT = "tenant";

    /** What counts where a new one says nothing; it has no model yet. */
    static final AgentDefinition EMPTY =
            new AgentDefinition("", null, "", "", new JsonObject(), List.of(), RunLimits.USUAL, PRIVATE);

    /** As it is stored, and shown to those who may change it. */
    JsonObject json() {
        return new JsonObject()
                .put("description", description)
                .put("icon", icon)
                .put("model", model)
                .put("instructions", instructions)
                .put("parameters", parameters)
                .put("tools", new JsonArray(List.copyOf(tools)))
                .put("limits", json(limits))
                .put("visibility", visibility);
    }

    private static JsonObject json(RunLimits limits) {
        return new JsonObject()
                .put("steps", limits.steps())
                .put("depth", limits.depth())
                .put("seconds", limits.time().toSeconds())
                .put("tokens", limits.tokens())
                .put("cost", limits.cost() == null ? null : limits.cost().toPlainString())
                .put("attempts", limits.attempts());
    }

    /** The same as {@link #json} said. */
    static AgentDefinition of(JsonObject json) {
        return EMPTY.with(json);
    }

    /**
     * The same, but for what is said here; of {@code limits}, too, only what is said changes.
     *
     * @throws Failure 400 if a limit is none; the rest is checked by {@link DefinitionRules}
     */
    AgentDefinition with(JsonObject change) {
        return new AgentDefinition(
                change.getString("description", description),
                change.getString("icon", icon),
                change.getString("model", model),
                change.getString("instructions", instructions),
                change.getJsonObject("parameters", parameters),
                change.containsKey("tools") ? objects(change.getJsonArray("tools")) : tools,
                change.containsKey("limits") ? limits(limits, change.getJsonObject("limits")) : limits,
                change.getString("visibility", visibility));
    }

    private static List<JsonObject> objects(JsonArray array) {
        // What came from a client or the database has maps in it, what was made here has objects.
        return array.stream().map(AgentDefinition::object).toList();
    }

    @SuppressWarnings("unchecked")
    private static JsonObject object(Object value) {
        return value instanceof Map<?, ?> map ? new JsonObject((Map<String, Object>) map) : (JsonObject) value;
    }

    private static RunLimits limits(RunLimits before, JsonObject change) {
        try {
            return new RunLimits(
                    change.getInteger("steps", before.steps()),
                    change.getInteger("depth", before.depth()),
                    Duration.ofSeconds(change.getLong("seconds", before.time().toSeconds())),
                    change.getLong("tokens", before.tokens()),
                    change.containsKey("cost") ? cost(change.getString("cost")) : before.cost(),
                    change.getInteger("attempts", before.attempts()));
        } catch (IllegalArgumentException e) {
            throw Failure.invalid("limits", "'limits' is not valid: " + e.getMessage() + ".");
        }
    }

    private static BigDecimal cost(String text) {
        if (text == null) {
            return null;
        }
        if (!AMOUNT.matcher(text).matches()) {
            throw new IllegalArgumentException("cost must be an amount such as 0.50");
        }
        return new BigDecimal(text);
    }
}
