package io.gotthard.assistants;

import io.vertx.core.json.JsonObject;
import java.util.List;

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
        String visibility) {}
