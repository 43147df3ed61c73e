package io.gotthard.assistants;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes JSON Schemas that refer to parts of a document into ones in one piece, as models want them. What refers to itself is cut where it
 * begins again, and what is too much is left out: either is then {@code {}}, which anything fits. So a document can't be a bomb.
 */
final class Inlined {

    private static final int MOST_DEPTH = 24;
    private static final int LONGEST_TEXT = 1000;
    /** Of one schema: its characters, and some for each part. */
    private static final int MOST_COST = 48_000;

    private static final int COST_OF_PART = 12;

    private static final Set<String> PLAIN = Set.of(
            "type",
            "enum",
            "const",
            "default",
            "format",
            "multipleOf",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "minLength",
            "maxLength",
            "pattern",
            "minItems",
            "maxItems",
            "uniqueItems",
            "minContains",
            "maxContains",
            "minProperties",
            "maxProperties",
            "required");
    private static final Set<String> ONE = Set.of(
            "items",
            "additionalProperties",
            "not",
            "if",
            "then",
            "else",
            "contains",
            "propertyNames",
            "unevaluatedProperties",
            "unevaluatedItems");
    private static final Set<String> SEVERAL = Set.of("allOf", "anyOf", "oneOf", "prefixItems");

    private final Object root;
    private final boolean requests;
    private final Set<String> open = new HashSet<>();
    private int cost;

    /**
     * For one schema, or several that are to be a part of one.
     *
     * @param root the document, of maps and lists, in which references are followed
     * @param requests whether what a server only answers is left out
     */
    Inlined(Object root, boolean requests) {
        this.root = root;
        this.requests = requests;
    }

    /** The schema in one piece. */
    JsonObject schema(Object schema) {
        return schema(schema, 0);
    }

    private JsonObject schema(Object value, int depth) {
        cost += COST_OF_PART;
        if (Boolean.FALSE.equals(value)) {
            return new JsonObject().put("not", new JsonObject());
        }
        if (!(value instanceof Map<?, ?> schema) || depth > MOST_DEPTH || cost > MOST_COST) {
            return new JsonObject();
        }
        var copy = new JsonObject();
        if (schema.get("$ref") instanceof String ref && open.add(ref)) {
            copy = schema(at(root, ref), depth + 1);
            open.remove(ref);
        }
        members(schema, copy, depth);
        nullable(schema, copy);
        bounds(copy);
        return copy;
    }

    private void members(Map<?, ?> schema, JsonObject copy, int depth) {
        schema.forEach((key, value) -> {
            var name = String.valueOf(key);
            if ("title".equals(name) || "description".equals(name)) {
                text(copy, name, value);
            } else if (PLAIN.contains(name)) {
                var data = data(value, 0);
                if (data != null) {
                    copy.put(name, data);
                }
            } else if (ONE.contains(name)) {
                one(copy, name, value, depth);
            } else if (SEVERAL.contains(name) && value instanceof List<?> list) {
                copy.put(
                        name,
                        new JsonArray(list.stream()
                                .map(each -> schema(each, depth + 1))
                                .toList()));
            }
        });
        if (schema.get("properties") instanceof Map<?, ?> properties) {
            properties(copy, properties, depth);
        }
    }

    private void one(JsonObject copy, String name, Object value, int depth) {
        if (value instanceof Boolean) {
            copy.put(name, value);
        } else if (value instanceof Map) {
            copy.put(name, schema(value, depth + 1));
        } else if (value instanceof List<?> list) {
            // Before 2020-12, a list of schemas was for the items one by one.
            copy.put(
                    "prefixItems",
                    new JsonArray(
                            list.stream().map(each -> schema(each, depth + 1)).toList()));
        }
    }

    private void properties(JsonObject copy, Map<?, ?> properties, int depth) {
        var kept = copy.getJsonObject("properties", new JsonObject());
        properties.forEach((key, value) -> {
            var name = String.valueOf(key);
            if (requests && isReadOnly(value)) {
                if (copy.getValue("required") instanceof JsonArray required) {
                    copy.put(
                            "required",
                            new JsonArray(required.stream()
                                    .filter(each -> !name.equals(each))
                                    .toList()));
                }
            } else if (cost < MOST_COST) {
                cost += name.length();
                kept.put(name, schema(value, depth + 1));
            }
        });
        copy.put("properties", kept);
    }

    private boolean isReadOnly(Object value) {
        return value instanceof Map<?, ?> schema && Boolean.TRUE.equals(schema.get("readOnly"));
    }

    private void text(JsonObject copy, String name, Object value) {
        if (value instanceof String text && cost + Math.min(text.length(), LONGEST_TEXT) < MOST_COST) {
            var kept = text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) : text;
            cost += kept.length();
            copy.put(name, kept);
        }
    }

    /** OpenAPI 3.0 has a word of its own for values that may be null. */
    private static void nullable(Map<?, ?> schema, JsonObject copy) {
        if (!Boolean.TRUE.equals(schema.get("nullable"))) {
            return;
        }
        if (copy.getValue("type") instanceof String type) {
            copy.put("type", new JsonArray().add(type).add("null"));
        }
        if (copy.getValue("enum") instanceof JsonArray values && !values.contains(null)) {
            copy.put("enum", values.copy().addNull());
        }
    }

    /** OpenAPI 3.0 says of a limit whether it is within, where JSON Schema has another limit. */
    private static void bounds(JsonObject copy) {
        for (var side : List.of("Minimum", "Maximum")) {
            if (copy.getValue("exclusive" + side) instanceof Boolean exclusive) {
                copy.remove("exclusive" + side);
                var limit = side.replace('M', 'm');
                if (exclusive && copy.containsKey(limit)) {
                    copy.put("exclusive" + side, copy.remove(limit));
                }
            }
        }
    }

    /** A value that is no schema; null if it is too much. */
    private Object data(Object value, int depth) {
        cost += COST_OF_PART;
        return switch (value) {
            case String text
            when cost + text.length() < MOST_COST -> {
                cost += text.length();
                yield text;
            }
            case Number number -> number;
            case Boolean truth -> truth;
            case List<?> list
            when depth < MOST_DEPTH && cost + list.size() < MOST_COST -> {
                var copies = Stream.<Object>of(list.toArray())
                        .map(each -> data(each, depth + 1))
                        .toList();
                // A list with a gap would say something else.
                yield cost < MOST_COST ? new JsonArray(copies) : null;
            }
            case Map<?, ?> map
            when depth < MOST_DEPTH && cost + map.size() < MOST_COST -> {
                var copy = new JsonObject();
                map.forEach((key, each) -> copy.put(String.valueOf(key), data(each, depth + 1)));
                yield cost < MOST_COST ? copy : null;
            }
            case null, default -> null;
        };
    }

    /** What a reference within a document means; null if it means nothing there. */
    static Object at(Object root, String ref) {
        if (!ref.startsWith("#")) {
            return null;
        }
        var at = root;
        for (var part : ref.substring(1).split("/", -1)) {
            if (part.isEmpty()) {
                continue;
            }
            var name = URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8)
                    .replace("~1", "/")
                    .replace("~0", "~");
            if (at instanceof Map<?, ?> map) {
                at = map.get(name);
            } else if (at instanceof List<?> list && name.matches("\\d{1,6}") && Integer.parseInt(name) < list.size()) {
                at = list.get(Integer.parseInt(name));
            } else {
                return null;
            }
        }
        return at;
    }
}
