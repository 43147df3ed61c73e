package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Checks an answer of a person against the outline of a form: an object whose members have types, some of which must be there. */
final class AnswerSchema {

    private AnswerSchema() {}

    /** @throws Failure 400 that names the member */
    static void check(JsonObject schema, Object answer) {
        check("answer", schema, answer);
    }

    private static void check(String name, JsonObject schema, Object value) {
        if (!fits(schema.getString("type", ""), value)) {
            throw Failure.invalid(name, "'" + name + "' must be of the type " + schema.getString("type") + ".");
        }
        if (schema.getValue("enum") instanceof JsonArray allowed && !allowed.contains(value)) {
            throw Failure.invalid(name, "'" + name + "' must be one of " + allowed.encode() + ".");
        }
        if (value instanceof JsonObject object) {
            for (var required : schema.getJsonArray("required", new JsonArray())) {
                if (!object.containsKey((String) required)) {
                    throw Failure.invalid(name + "." + required, "'" + name + "." + required + "' is missing.");
                }
            }
            var properties = schema.getJsonObject("properties", new JsonObject());
            for (var member : object.fieldNames()) {
                if (properties.getValue(member) instanceof JsonObject known) {
                    check(name + "." + member, known, object.getValue(member));
                }
            }
        }
    }

    private static boolean fits(String type, Object value) {
        return switch (type) {
            case "object" -> value instanceof JsonObject;
            case "array" -> value instanceof JsonArray;
            case "string" -> value instanceof String;
            case "boolean" -> value instanceof Boolean;
            case "integer" -> value instanceof Integer || value instanceof Long;
            case "number" -> value instanceof Number;
            default -> true;
        };
    }
}
