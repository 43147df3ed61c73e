package io.gotthard.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An object in a contract and where it is, read with the types it must have.
 *
 * @param json as it was in the file
 * @param where its JSON pointer, for the messages of faults
 */
record Definition(Map<String, Object> json, String where) {
    private static final double EXACT = 1L << 53;

    boolean has(String key) {
        return json.containsKey(key);
    }

    /** A fault of the contract, to be thrown. */
    IllegalArgumentException fault(String what) {
        return new IllegalArgumentException(where + ": " + what);
    }

    String text(String key) {
        if (json.get(key) instanceof String text) {
            return text;
        }
        throw wrong(key, "a text");
    }

    /** A list of texts, empty if absent. */
    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (Object value : has(key) ? values(key) : List.of()) {
            if (!(value instanceof String text)) {
                throw wrong(key, "a list of texts");
            }
            texts.add(text);
        }
        return texts;
    }

    List<?> values(String key) {
        if (json.get(key) instanceof List<?> values && !values.isEmpty()) {
            return values;
        }
        throw wrong(key, "a list that is not empty");
    }

    Definition child(String key) {
        return object(json.get(key), where + "/" + escape(key));
    }

    /** The objects in the list under a key, none if it is absent. */
    List<Definition> list(String key) {
        List<Definition> parts = new ArrayList<>();
        for (Object value : has(key) ? values(key) : List.of()) {
            parts.add(object(value, where + "/" + key + "/" + parts.size()));
        }
        return parts;
    }

    /** The objects in the object under a key, none if it is absent. */
    Map<String, Definition> children(String key) {
        Map<String, Definition> children = new LinkedHashMap<>();
        if (has(key)) {
            Definition parent = child(key);
            parent.json.keySet().forEach(name -> children.put(name, parent.child(name)));
        }
        return children;
    }

    /** A length or count. */
    int size(String key, int otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (json.get(key) instanceof Integer size && size >= 0) {
            return size;
        }
        throw wrong(key, "an integer from 0");
    }

    /** A bound for numbers, small enough that comparing as double is exact. */
    double limit(String key, double otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (json.get(key) instanceof Number limit && Math.abs(limit.doubleValue()) < EXACT) {
            return limit.doubleValue();
        }
        throw wrong(key, "a number between -2^53 and 2^53");
    }

    /** The kinds that the keyword {@code type} allows: all if it is absent. */
    int kinds() {
        if (!has("type")) {
            return Kind.ANY;
        }
        int kinds = 0;
        for (String name : json.get("type") instanceof String one ? List.of(one) : texts("type")) {
            int kind = Kind.named(name);
            if (kind == 0) {
                throw fault("there is no type '" + name + "'");
            }
            kinds |= kind;
        }
        return kinds;
    }

    /**
     * What a pointer into this document refers to.
     *
     * @param pointer in the form of a {@code $ref}: {@code #/components/schemas/Error}
     * @param from where the pointer was found
     */
    Definition at(String pointer, Definition from) {
        if (!pointer.startsWith("#/")) {
            throw from.fault(
                    "a $ref must point into the same document, as in #/components/schemas/Error, not " + pointer);
        }
        Object value = json;
        for (String step : pointer.substring(2).split("/")) {
            String key = step.replace("~1", "/").replace("~0", "~");
            value = switch (value) {
                case Map<?, ?> map -> map.get(key);
                case List<?> list
                when key.matches("[0-9]{1,5}") && Integer.parseInt(key) < list.size() ->
                    list.get(Integer.parseInt(key));
                case null, default -> null;
            };
            if (value == null) {
                throw from.fault("there is nothing at " + pointer);
            }
        }
        return object(value, pointer);
    }

    /** A key as a step of a JSON pointer. */
    static String escape(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }

    @SuppressWarnings("unchecked") // the keys of a contract are texts: Contract reads no others
    private static Definition object(Object value, String where) {
        if (value instanceof Map<?, ?> map) {
            return new Definition((Map<String, Object>) map, where);
        }
        throw new IllegalArgumentException(where + ": expected an object");
    }

    private IllegalArgumentException wrong(String key, String expected) {
        return fault("'" + key + "' must be " + expected);
    }
}
