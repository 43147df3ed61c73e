package io.gotthard.assistants;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks whether arguments fit a function's JSON Schema, so that a model can correct itself before anything happens. */
final class ArgumentCheck {

    private static final Logger LOG = LoggerFactory.getLogger(ArgumentCheck.class);
    private static final int MOST_TOLD = 5;

    private final JsonObject schema;
    private Validator validator;

    ArgumentCheck(JsonObject schema) {
        this.schema = schema;
    }

    /** What is wrong with them, for the model; null if nothing is. */
    String problem(JsonObject arguments) {
        try {
            if (validator == null) {
                validator = Validator.create(
                        JsonSchema.of(withoutPatterns(schema)),
                        new JsonSchemaOptions()
                                .setBaseUri("https://gotthard.invalid/")
                                .setDraft(Draft.DRAFT202012)
                                .setOutputFormat(OutputFormat.Basic));
            }
            var result = validator.validate(arguments);
            return Boolean.TRUE.equals(result.getValid()) ? null : problem(result);
        } catch (RuntimeException | StackOverflowError e) {
            // Who wrote the schema is who is called: let them decide.
            LOG.debug("A tool's schema can't be checked: {}", e.toString());
            return null;
        }
    }

    private static String problem(OutputUnit result) {
        List<OutputUnit> errors = result.getErrors() == null ? List.of() : result.getErrors();
        var told = errors.stream()
                .filter(error -> error.getError() != null)
                // What is farthest inside says most.
                .sorted((a, b) -> Integer.compare(depth(b), depth(a)))
                .limit(MOST_TOLD)
                .map(error -> place(error) + ": " + error.getError())
                .distinct()
                .collect(Collectors.joining("; "));
        return "The arguments do not fit the function's parameters" + (told.isEmpty() ? "." : ": " + told);
    }

    private static int depth(OutputUnit error) {
        return error.getInstanceLocation() == null
                ? 0
                : error.getInstanceLocation().split("/", -1).length;
    }

    private static String place(OutputUnit error) {
        var at = error.getInstanceLocation() == null ? "" : error.getInstanceLocation();
        var place = at.replaceFirst("^.*#/?", "");
        return place.isEmpty() ? "arguments" : place;
    }

    /** Some regular expressions take for ever with some texts, and both come from others. */
    private static JsonObject withoutPatterns(JsonObject schema) {
        var copy = new JsonObject();
        schema.forEach(member -> {
            // As a name of a property, its value is a schema and no text.
            if (!("pattern".equals(member.getKey()) && member.getValue() instanceof String)) {
                copy.put(member.getKey(), withoutPatterns(member.getValue()));
            }
        });
        return copy;
    }

    private static Object withoutPatterns(Object value) {
        return switch (value) {
            case JsonObject object -> withoutPatterns(object);
            case JsonArray array ->
                new JsonArray(array.stream().map(ArgumentCheck::withoutPatterns).toList());
            case null, default -> value;
        };
    }
}
