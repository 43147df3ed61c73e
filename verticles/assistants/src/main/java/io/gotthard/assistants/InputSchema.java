package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.SchemaException;
import io.vertx.json.schema.Validator;
import java.util.regex.Pattern;

/** JSON Schemas that strangers wrote: nothing in them leads out of the document, or costs more than what it checks is worth. */
final class InputSchema {

    private static final JsonSchemaOptions OPTIONS = new JsonSchemaOptions()
            .setDraft(io.vertx.json.schema.Draft.DRAFT202012)
            .setBaseUri("app://gotthard.invalid/");

    private static final int DEEPEST = 20;
    private static final int LONGEST_PATTERN = 200;

    /** A repeated group, or a reference to one, may take exponential time. */
    private static final Pattern COSTLY = Pattern.compile("\\)[*+{]|\\\\[1-9k]");

    private InputSchema() {}

    /**
     * Checks a schema before anything is checked by it.
     *
     * @throws Failure 400 if it is none, or none that is taken from strangers
     */
    static void check(JsonObject schema) {
        inspect(schema, 0);
        validator(schema);
    }

    /**
     * Checks a value.
     *
     * @param param what of the request the value is
     * @throws Failure 400 that says what of it does not fit
     */
    static void validate(JsonObject schema, String param, JsonObject value) {
        OutputUnit result;
        try {
            result = validator(schema).validate(value);
        } catch (SchemaException | ClassCastException e) {
            throw refused("it can't be applied");
        }
        if (result.getValid()) {
            return;
        }
        var errors = result.getErrors();
        // The last one is the innermost: the others only say that something below them is wrong.
        var error = errors == null || errors.isEmpty() ? null : errors.getLast();
        var at = error == null ? param : param + place(error.getInstanceLocation());
        throw Failure.invalid(
                at,
                "'" + at + "' does not fit the agent's schema: "
                        + (error == null ? "it is not valid" : error.getError()));
    }

    private static String place(String pointer) {
        var path = pointer == null ? "" : pointer.substring(pointer.indexOf('#') + 1);
        return path.replaceAll("/([0-9]+)(?=/|$)", "[$1]").replace('/', '.');
    }

    private static Validator validator(JsonObject schema) {
        try {
            return Validator.create(
                    // It is written into.
                    JsonSchema.of(schema.copy()), new JsonSchemaOptions(OPTIONS).setOutputFormat(OutputFormat.Basic));
        } catch (SchemaException | IllegalArgumentException e) {
            throw refused(e.getMessage());
        }
    }

    private static void inspect(Object value, int depth) {
        if (depth > DEEPEST) {
            throw refused("it is nested more than " + DEEPEST + " deep");
        }
        if (value instanceof JsonObject object) {
            object.forEach(member -> {
                member(member.getKey(), member.getValue());
                inspect(member.getValue(), depth + 1);
            });
        } else if (value instanceof JsonArray array) {
            array.forEach(element -> inspect(element, depth + 1));
        }
    }

    private static void member(String name, Object value) {
        if ((name.equals("$ref") || name.equals("$dynamicRef"))
                && !(value instanceof String ref && ref.startsWith("#"))) {
            throw refused("a '" + name + "' leads out of it");
        }
        if ((name.equals("$id") || name.equals("$schema") || name.equals("$anchor")) && value instanceof String) {
            if (name.equals("$schema")) {
                return;
            }
            throw refused("it has '" + name + "'");
        }
        if (name.equals("type") && (value instanceof Number || value instanceof Boolean)) {
            throw refused("'type' is the name of a type");
        }
        if (name.equals("pattern") && value instanceof String pattern) {
            pattern(pattern);
        }
        if (name.equals("patternProperties") && value instanceof JsonObject patterns) {
            patterns.fieldNames().forEach(InputSchema::pattern);
        }
    }

    private static void pattern(String pattern) {
        if (pattern.length() > LONGEST_PATTERN || COSTLY.matcher(pattern).find()) {
            throw refused("the pattern '" + (pattern.length() > 50 ? pattern.substring(0, 50) + "…" : pattern)
                    + "' repeats a group, refers to one, or is too long");
        }
    }

    private static Failure refused(String why) {
        return Failure.invalid("input_schema", "'input_schema' is not a schema that can be used: " + why + ".");
    }
}
