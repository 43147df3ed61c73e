package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes a value that conforms to a JSON Schema: of the subset for structured outputs, and of what else usual generators of
 * schemas write. Optional members are there if they can be. A recursive schema ends where it can: no {@code $ref} is entered
 * again inside of itself, which never rules out the smallest conforming value.
 *
 * <p>What it can't do ({@code not}, {@code if} and the like) is refused, or left out where it is optional. Work and size are
 * bounded, whatever the schema: it comes from a client.
 */
final class DemoSchema {

    private static final int MOST_STEPS = 50_000;
    private static final int MOST_CHARACTERS = 16_384;
    private static final int MOST_DEPTH = 100;
    private static final Set<String> UNKNOWN = Set.of(
            "not",
            "if",
            "contains",
            "dependentRequired",
            "dependentSchemas",
            "$dynamicRef",
            "$recursiveRef",
            "patternProperties",
            "propertyNames");

    private final DemoFlatSchema flat;
    private int steps = MOST_STEPS;
    private int depth;

    private DemoSchema(Object root) {
        this.flat = new DemoFlatSchema(root, this::spend);
    }

    /** There is no value, or none that this can find. */
    static final class Impossible extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Impossible(String why) {
            super(why, null, false, false);
        }
    }

    /** Too much was asked for; trying another alternative would only cost more. */
    static final class TooMuch extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooMuch() {
            super("it asks for more than the demo makes", null, false, false);
        }
    }

    /**
     * A conforming value as JSON text, the same for the same schema.
     *
     * @param param the schema's place in the request
     * @throws Failure 400 if no value was found
     */
    static String example(Map<?, ?> schema, String param) {
        try {
            var text = Json.encode(new DemoSchema(schema).value(schema, "", 0));
            if (text.length() > MOST_CHARACTERS) {
                throw new TooMuch();
            }
            return text;
        } catch (Impossible | TooMuch e) {
            throw Failure.invalid(param, "The demo found no value for this schema: " + e.getMessage() + ".");
        }
    }

    /**
     * @param name the member that the value is for, which strings then mention
     * @param turn different values for different turns, as far as there are
     */
    private Object value(Object schema, String name, int turn) {
        spend(1);
        if (schema instanceof Boolean anything) {
            if (anything) {
                return "demo";
            }
            throw new Impossible("false allows nothing");
        }
        if (!(schema instanceof Map<?, ?> map)) {
            throw new Impossible("a schema is an object or a boolean");
        }
        if (depth == MOST_DEPTH) {
            throw new Impossible("it is nested too deep");
        }
        var here = new ArrayList<String>();
        depth++;
        try {
            return flatValue(flat.flat(map, here), name, turn);
        } finally {
            depth--;
            flat.leave(here);
        }
    }

    private Object flatValue(Map<String, Object> schema, String name, int turn) {
        for (var keyword : UNKNOWN) {
            if (schema.containsKey(keyword)) {
                throw new Impossible("'" + keyword + "' is not known");
            }
        }
        if (schema.containsKey("const")) {
            return weighed(schema.get("const"));
        }
        if (schema.get("enum") instanceof List<?> values && !values.isEmpty()) {
            return weighed(values.get(turn % values.size()));
        }
        for (var keyword : List.of("anyOf", "oneOf")) {
            if (schema.get(keyword) instanceof List<?> alternatives) {
                return anyOf(schema, keyword, alternatives, name, turn);
            }
        }
        return typed(schema, name, turn);
    }

    private Object anyOf(Map<String, Object> schema, String keyword, List<?> alternatives, String name, int turn) {
        var rest = new LinkedHashMap<>(schema);
        rest.remove(keyword);
        var why = new Impossible("'" + keyword + "' is empty");
        for (var alternative : alternatives) {
            try {
                return value(DemoFlatSchema.both(rest, alternative), name, turn);
            } catch (Impossible e) {
                why = e;
            }
        }
        throw why;
    }

    private Object typed(Map<String, Object> schema, String name, int turn) {
        var why = new Impossible("it names no type");
        for (var type : types(schema)) {
            try {
                return switch (type) {
                    case "object" -> object(schema, turn);
                    case "array" -> array(schema, name, turn);
                    case "string" -> DemoLeaf.string(schema, name, turn, this::spend);
                    case "integer" -> DemoLeaf.number(schema, true, turn);
                    case "number" -> DemoLeaf.number(schema, false, turn);
                    case "boolean" -> turn % 2 == 0;
                    case "null" -> null;
                    default -> throw new Impossible("there is no type '" + DemoText.shortened(type) + "'");
                };
            } catch (Impossible e) {
                why = e;
            }
        }
        throw why;
    }

    /** The types to try, null last; guessed from other keywords if there are none. */
    private static List<String> types(Map<String, Object> schema) {
        var type = schema.get("type");
        if (type instanceof String one) {
            return List.of(one);
        }
        if (type instanceof List<?> several) {
            var types = new ArrayList<String>();
            several.forEach(each -> types.add("null".equals(each) ? types.size() : 0, DemoText.string(each)));
            return types;
        }
        if (schema.containsKey("properties") || schema.containsKey("required")) {
            return List.of("object");
        }
        if (schema.containsKey("items") || schema.containsKey("prefixItems") || schema.containsKey("minItems")) {
            return List.of("array");
        }
        return schema.containsKey("minimum") || schema.containsKey("maximum") || schema.containsKey("multipleOf")
                ? List.of("number")
                : List.of("string");
    }

    private Map<String, Object> object(Map<String, Object> schema, int turn) {
        var object = new LinkedHashMap<String, Object>();
        var required = new LinkedHashSet<Object>(DemoFlatSchema.list(schema.get("required")));
        int most = DemoLeaf.limit(schema, "maxProperties", Integer.MAX_VALUE);
        int optional = most - required.size();
        for (var property : DemoText.object(schema.get("properties")).entrySet()) {
            var name = (String) property.getKey();
            if (required.contains(name)) {
                object.put(name, value(property.getValue(), name, turn));
            } else if (optional > 0) {
                try {
                    object.put(name, value(property.getValue(), name, turn));
                    optional--;
                } catch (Impossible e) {
                    // It is optional: without it the object conforms, too.
                }
            }
        }
        var other = schema.getOrDefault("additionalProperties", true);
        for (var name : required) {
            if (name instanceof String undeclared && !object.containsKey(undeclared)) {
                object.put(undeclared, value(other, undeclared, turn));
            }
        }
        for (int i = 1; object.size() < DemoLeaf.limit(schema, "minProperties", 0); i++) {
            object.put("demo" + i, value(other, "demo" + i, turn));
        }
        if (object.size() > most) {
            throw new Impossible("more members are required than allowed");
        }
        return object;
    }

    /** As short as allowed, but with an element if there may be one. */
    private List<Object> array(Map<String, Object> schema, String name, int turn) {
        int least = DemoLeaf.limit(schema, "minItems", 0);
        int most = DemoLeaf.limit(schema, "maxItems", Integer.MAX_VALUE);
        var first = DemoFlatSchema.list(schema.get("prefixItems"));
        boolean unique = Boolean.TRUE.equals(schema.get("uniqueItems"));
        var array = new ArrayList<>();
        for (int i = 0; i < Math.min(most, Math.max(least, Math.max(1, first.size()))); i++) {
            try {
                spend(unique ? i : 1);
                var items = i < first.size() ? first.get(i) : schema.getOrDefault("items", true);
                var element = value(items, name, unique ? turn + i : turn);
                if (unique && array.contains(element)) {
                    throw new Impossible("there are not enough different elements");
                }
                array.add(element);
            } catch (Impossible e) {
                if (i < least) {
                    throw e;
                }
                break;
            }
        }
        if (array.size() < least) {
            throw new Impossible("more elements are required than allowed");
        }
        return array;
    }

    /** A value out of the schema, once its size is accounted for. */
    private Object weighed(Object value) {
        switch (value) {
            case String text -> spend(1 + text.length());
            case List<?> list -> list.forEach(this::weighed);
            case Map<?, ?> map ->
                map.forEach((name, member) -> {
                    spend(((String) name).length());
                    weighed(member);
                });
            case null, default -> spend(1);
        }
        return value;
    }

    private void spend(int amount) {
        steps -= Math.min(amount, MOST_STEPS + 1);
        if (steps < 0) {
            throw new TooMuch();
        }
    }
}
