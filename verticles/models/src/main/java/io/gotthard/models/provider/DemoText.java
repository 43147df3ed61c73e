package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How the demo puts and counts its words.
 *
 * <p>A token is here a word with the blanks before it, at most 16 characters (UTF-16 units) of it: longer words are several
 * tokens. A stream has one event for each.
 */
final class DemoText {

    /** The first thing it says, so that nobody takes it for a model. */
    static final String INTRODUCTION = "This is Gotthard's built-in demo; no model is behind it.";

    private static final int PIECE = 16;
    private static final int SHOWN = 500;

    private DemoText() {}

    /** The tokens of a text, which joined are the text. */
    static List<String> pieces(String text) {
        var pieces = new ArrayList<String>();
        for (int from = 0; from < text.length(); ) {
            int to = end(text, from);
            pieces.add(text.substring(from, to));
            from = to;
        }
        return pieces;
    }

    /** How many tokens a text has. */
    static int count(String text) {
        int count = 0;
        for (int from = 0; from < text.length(); from = end(text, from)) {
            count++;
        }
        return count;
    }

    private static int end(String text, int from) {
        int limit = Math.min(text.length(), from + PIECE);
        int at = from;
        while (at < limit && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        while (at < limit && !Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return splitsPair(text, at) ? at - 1 : at;
    }

    private static boolean splitsPair(String text, int at) {
        return at < text.length() && Character.isSurrogatePair(text.charAt(at - 1), text.charAt(at));
    }

    /** At most about 500 characters of a text, with an ellipsis if that is not all. */
    static String shortened(String text) {
        if (text.length() <= SHOWN) {
            return text;
        }
        return text.substring(0, splitsPair(text, SHOWN) ? SHOWN - 1 : SHOWN) + "…";
    }

    /** The text before the first of the {@code stop} sequences: a string, an array of strings, or nothing. */
    static String untilStop(String text, Object stop) {
        var sequences = stop instanceof List<?> several ? several : stop == null ? List.of() : List.of(stop);
        int end = text.length();
        for (var sequence : sequences) {
            int at = sequence instanceof String s && !s.isEmpty() ? text.indexOf(s) : -1;
            end = at < 0 ? end : Math.min(end, at);
        }
        return text.substring(0, end);
    }

    /**
     * A whole number of the request.
     *
     * @throws Failure 400 if it is there and outside of what is allowed
     */
    static int number(Map<?, ?> fields, String name, int otherwise, int least, int most) {
        if (!(fields.get(name) instanceof Number number)) {
            return otherwise;
        }
        // Not intValue(): what does not fit must not wrap around into the allowed range.
        double value = number.doubleValue();
        if (value < least || value > most || value != Math.rint(value)) {
            throw Failure.invalid(name, "'" + name + "' must be a whole number from " + least + " to " + most + ".");
        }
        return (int) value;
    }

    /** The members of an array that are objects; none if it is no array. */
    static List<Map<?, ?>> objects(Object array) {
        var objects = new ArrayList<Map<?, ?>>();
        if (array instanceof List<?> list) {
            for (var member : list) {
                if (member instanceof Map<?, ?> object) {
                    objects.add(object);
                }
            }
        }
        return objects;
    }

    /** An object, or an empty one if it is something else. */
    static Map<?, ?> object(Object value) {
        return value instanceof Map<?, ?> object ? object : Map.of();
    }

    /** A string, or an empty one if it is something else. */
    static String string(Object value) {
        return value instanceof String string ? string : "";
    }
}
