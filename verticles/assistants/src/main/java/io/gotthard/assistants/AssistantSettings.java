package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Absent;
import io.gotthard.kit.Default;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/**
 * An assistant in the configuration. It is there for all tenants, for those with the permission {@code agent.Assistant.{name}}.
 *
 * @param description what it is good for
 * @param icon a URL or a data URL, or null
 * @param model the model that it works with
 * @param instructions its system prompt
 * @param parameters what its model is asked with, as in OpenAI's requests
 * @param tools what it may call, as in {@code docs/assistants.md}
 * @param limits how far a run of it may go
 */
public record AssistantSettings(
        @Default("") String description,
        @Absent String icon,
        String model,
        @Default("") String instructions,
        @Default("{}") Map<String, Object> parameters,
        @Default("[]") List<Map<String, Object>> tools,
        @Default("{}") RunLimits limits) {

    /** Checks what no type says. */
    public AssistantSettings {
        try {
            DefinitionRules.checked(definition(description, icon, model, instructions, parameters, tools, limits));
        } catch (Failure refused) {
            throw new IllegalArgumentException(refused.getMessage(), refused);
        }
    }

    /** Checks the names of assistants. */
    public static void check(Map<String, AssistantSettings> assistants) {
        for (var name : assistants.keySet()) {
            if (!DefinitionRules.NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("assistants." + name
                        + ": a name is 1 to 64 of A to Z, a to z, 0 to 9, _ and -, and begins with a letter or digit");
            }
        }
    }

    AgentDefinition definition() {
        return definition(description, icon, model, instructions, parameters, tools, limits);
    }

    private static AgentDefinition definition(
            String description,
            String icon,
            String model,
            String instructions,
            Map<String, Object> parameters,
            List<Map<String, Object>> tools,
            RunLimits limits) {
        return new AgentDefinition(
                description,
                icon,
                model,
                instructions,
                new JsonObject(parameters),
                tools.stream().map(JsonObject::new).toList(),
                limits,
                AgentDefinition.TENANT);
    }
}
