package io.gotthard.router;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The kinds a JSON value can be of, as bits, so that a set of allowed kinds is one int and testing it one instruction.
 */
final class Kind {
    static final int NULL = 1;
    static final int BOOLEAN = 2;
    static final int INTEGER = 4;
    /** A number that is not integral. */
    static final int FRACTION = 8;

    static final int STRING = 16;
    static final int ARRAY = 32;
    static final int OBJECT = 64;

    static final int NUMBER = INTEGER | FRACTION;
    static final int ANY = NULL | BOOLEAN | NUMBER | STRING | ARRAY | OBJECT;
    static final int COUNT = 7;

    private static final int[] SPOKEN = {STRING, NUMBER, INTEGER, FRACTION, BOOLEAN, ARRAY, OBJECT, NULL};
    private static final String[] WORDS = {
        "a string", "a number", "an integer", "a decimal", "a boolean", "an array", "an object", "null"
    };

    private Kind() {}

    /**
     * The kind of a value as Jackson gives it. As JSON Schema has it, {@code 1.0} is an integer.
     *
     * @return one of the bits, or 0 for a number so large that it was read as infinite
     * @throws IllegalArgumentException if it is no such value, which is a bug of the caller
     */
    static int of(Object value) {
        if (value instanceof String) {
            return STRING;
        }
        if (value instanceof Map) {
            return OBJECT;
        }
        if (value instanceof List) {
            return ARRAY;
        }
        if (value == null) {
            return NULL;
        }
        if (value instanceof Boolean) {
            return BOOLEAN;
        }
        if (value instanceof Integer || value instanceof Long || value instanceof BigInteger) {
            return INTEGER;
        }
        if (value instanceof Number number) {
            double d = number.doubleValue();
            return Double.isFinite(d) ? (d == Math.rint(d) ? INTEGER : FRACTION) : 0;
        }
        throw new IllegalArgumentException("Not a plain JSON value: " + value.getClass());
    }

    /** The bits of a JSON Schema type, or 0 if there is no such type. */
    static int named(String type) {
        return switch (type) {
            case "null" -> NULL;
            case "boolean" -> BOOLEAN;
            case "integer" -> INTEGER;
            case "number" -> NUMBER;
            case "string" -> STRING;
            case "array" -> ARRAY;
            case "object" -> OBJECT;
            default -> 0;
        };
    }

    /** A value's kind in words: {@code a string}. */
    static String describe(Object value) {
        int kind = of(value);
        return kind == 0 ? "a number that is too large" : describe(kind);
    }

    /** A set of kinds in words: {@code one of a string, an array or null}. */
    static String describe(int kinds) {
        List<String> words = new ArrayList<>();
        int left = kinds;
        for (int i = 0; i < SPOKEN.length; i++) {
            if ((left & SPOKEN[i]) == SPOKEN[i]) {
                words.add(WORDS[i]);
                left &= ~SPOKEN[i];
            }
        }
        if (words.size() == 1) {
            return words.getFirst();
        }
        return "one of " + String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
    }
}
