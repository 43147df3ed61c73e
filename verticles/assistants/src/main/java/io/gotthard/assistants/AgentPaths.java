package io.gotthard.assistants;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** What announced agents are in the live contract: a path for each, typed by its schema. */
final class AgentPaths {

    private static final Map<String, String> REFUSALS = Map.of(
            "400", "BadRequest",
            "401", "Unauthorized",
            "403", "Forbidden",
            "404", "NotFound",
            "429", "TooManyRequests",
            "503", "Unavailable");

    private AgentPaths() {}

    /** Where a run of the agent begins. */
    static String path(AgentClass agentClass, String name) {
        return "/api/v1/agents/" + agentClass.name() + "/" + name + "/runs";
    }

    /** The path's description, as OpenAPI has it. */
    static JsonObject describe(AgentClass agentClass, String name) {
        var path = path(agentClass, name);
        var where = "#/paths/" + path.replace("/", "~1") + "/post/requestBody/content/application~1json/schema";
        var responses = new JsonObject()
                .put(
                        "200",
                        new JsonObject()
                                .put("description", "The run, which was begun.")
                                .put("content", json(new JsonObject().put("$ref", "#/components/schemas/Run"))));
        REFUSALS.forEach((status, response) ->
                responses.put(status, new JsonObject().put("$ref", "#/components/responses/" + response)));
        var operation = new JsonObject()
                .put("operationId", "start_" + agentClass.name() + "_" + name)
                .put("tags", new JsonArray().add("Agents"))
                .put("summary", "Begin a run of " + agentClass.name() + "/" + name)
                .put("description", agentClass.description())
                .put(
                        "parameters",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("name", "thread")
                                        .put("in", "query")
                                        .put("description", "The thread to work in; a new one if nothing is said.")
                                        .put("schema", new JsonObject().put("type", "string"))))
                .put("requestBody", new JsonObject().put("required", true).put("content", json((JsonObject)
                                within(agentClass.input(), where))))
                .put("responses", responses);
        return new JsonObject().put("post", operation);
    }

    private static JsonObject json(JsonObject schema) {
        return new JsonObject().put("application/json", new JsonObject().put("schema", schema));
    }

    /** References of a schema lead into itself, wherever in the document it is. */
    private static Object within(Object value, String where) {
        if (value instanceof JsonObject object) {
            var copy = new JsonObject();
            object.forEach(member -> copy.put(
                    member.getKey(),
                    member.getKey().equals("$ref") && member.getValue() instanceof String ref
                            ? where + ref.substring(1)
                            : within(member.getValue(), where)));
            return copy;
        }
        if (value instanceof JsonArray array) {
            var copy = new JsonArray();
            array.forEach(element -> copy.add(within(element, where)));
            return copy;
        }
        return value;
    }
}
