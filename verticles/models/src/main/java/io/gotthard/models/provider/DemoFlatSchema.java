package io.gotthard.models.provider;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;

/** Makes one schema of a schema and of what its {@code $ref} and {@code allOf} add to it. */
final class DemoFlatSchema {

    private static final int MOST_REFERENCES = 100;

    private final Object root;
    private final IntConsumer spend;
    private final Set<String> entered = new HashSet<>();

    /**
     * @param root what references point into
     * @param spend told of the work that is done; throws if it was too much
     */
    DemoFlatSchema(Object root, IntConsumer spend) {
        this.root = root;
        this.spend = spend;
    }

    /** A schema that demands what both demand. */
    static Object both(Object one, Object other) {
        if (one == null || Boolean.TRUE.equals(one)) {
            return other;
        }
        if (Boolean.TRUE.equals(other) || Boolean.FALSE.equals(one)) {
            return one;
        }
        return one instanceof Map<?, ?> && other instanceof Map<?, ?> ? Map.of("allOf", List.of(one, other)) : other;
    }

    /** An array, or an empty one if it is something else. */
    static List<?> list(Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    /** What was entered may be entered again, as the value for it is made. */
    void leave(List<String> references) {
        references.forEach(entered::remove);
    }

    /** A schema and all that its {@code $ref} and {@code allOf} add to it as one; notes what was entered on the way. */
    Map<String, Object> flat(Map<?, ?> schema, List<String> here) {
        spend.accept(1 + schema.size());
        if (here.size() > MOST_REFERENCES) {
            throw new DemoSchema.TooMuch();
        }
        var flat = new LinkedHashMap<String, Object>();
        schema.forEach((keyword, value) -> flat.put((String) keyword, value));
        var ref = flat.remove("$ref");
        var parts = flat.remove("allOf");
        if (ref instanceof String target) {
            if (!entered.add(target)) {
                throw new DemoSchema.Impossible("it never ends");
            }
            here.add(target);
            merge(flat, flat(resolve(target), here));
        }
        for (var part : DemoText.objects(parts)) {
            merge(flat, flat(part, here));
        }
        return flat;
    }

    private void merge(Map<String, Object> schema, Map<String, Object> other) {
        spend.accept(1 + other.size());
        other.forEach((keyword, value) -> {
            var mine = schema.get(keyword);
            // Not Map.merge(): {"default": null} is usual.
            schema.put(keyword, mine == null ? value : value == null ? mine : merged(keyword, mine, value));
        });
    }

    private Object merged(String keyword, Object one, Object two) {
        return switch (keyword) {
            case "properties" -> {
                var all = new LinkedHashMap<Object, Object>(DemoText.object(one));
                spend.accept(all.size());
                DemoText.object(two).forEach((name, schema) -> all.put(name, both(all.get(name), schema)));
                yield all;
            }
            case "required" -> {
                var all = new ArrayList<Object>(list(one));
                all.addAll(list(two));
                spend.accept(all.size());
                yield all;
            }
            case "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties" -> DemoLeaf.greater(one, two);
            case "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties" -> DemoLeaf.lesser(one, two);
            case "additionalProperties" -> Boolean.FALSE.equals(one) ? one : two;
            case "enum" -> {
                spend.accept(list(one).size() * list(two).size());
                var common = new ArrayList<Object>(list(one));
                common.retainAll(list(two));
                yield common;
            }
            case "anyOf", "oneOf", "pattern", "items", "prefixItems", "multipleOf" -> {
                if (one.equals(two)) {
                    yield one;
                }
                throw new DemoSchema.Impossible("'" + keyword + "' applies twice");
            }
            case "type" -> one instanceof List<?> list && list.contains(two) ? two : one;
            default -> two;
        };
    }

    private Map<?, ?> resolve(String ref) {
        spend.accept(ref.length());
        if (!ref.startsWith("#")) {
            throw new DemoSchema.Impossible("only a '$ref' into the schema itself is known");
        }
        Object at = root;
        if (ref.length() > 1) {
            for (var segment : decoded(ref).substring(2).split("/", -1)) {
                at = DemoText.object(at).get(segment.replace("~1", "/").replace("~0", "~"));
            }
        }
        if (at instanceof Map<?, ?> schema) {
            return schema;
        }
        throw new DemoSchema.Impossible("a '$ref' leads nowhere");
    }

    private static String decoded(String ref) {
        try {
            var decoded = URLDecoder.decode(ref.replace("+", "%2B"), StandardCharsets.UTF_8);
            if (decoded.startsWith("#/")) {
                return decoded;
            }
        } catch (IllegalArgumentException e) {
            // Not an encoded pointer: the same as one that leads nowhere.
        }
        throw new DemoSchema.Impossible("a '$ref' leads nowhere");
    }
}
