package io.gotthard.router;

import java.util.ArrayList;
import java.util.List;

/**
 * Something wrong with a value, while the checks that found it return one by one: each adds its step to the path, so
 * that no path exists as long as all is well. The text is put together last, by {@link #violation()}.
 */
final class Finding {
    /** What a check returns that was not asked why. It holds nothing and is never changed. */
    static final Finding UNEXPLAINED = new Finding("", "");

    /** How many characters of a client's own value a message repeats. */
    static final int ECHO = 60;

    private static final int LONGEST_PARAM = 200;

    /** Names (String) and positions (Integer), the innermost first. */
    private final List<Object> path = new ArrayList<>();

    private final String before;
    private final String after;
    private int expected;
    private Object found;

    private Finding(String before, String after) {
        this.before = before;
        this.after = after;
    }

    /** The value is of the wrong kind. */
    static Finding type(int expected, Object found) {
        Finding finding = new Finding("Invalid type for ", null);
        finding.expected = expected;
        finding.found = found;
        return finding;
    }

    /** {@code Invalid '<param>': <text>}, the usual form. */
    static Finding invalid(String text) {
        return new Finding("Invalid ", ": " + text);
    }

    /** A sentence that stands for itself, without the field's name. */
    private static Finding sentence(String text) {
        return new Finding(text, null);
    }

    static Finding missing(String name) {
        return new Finding("Missing required parameter: ", ".").at(name);
    }

    static Finding unknown(String name) {
        return new Finding("Unknown parameter: ", ".").at(name);
    }

    /** The value is none of those listed. */
    static Finding unsupported(Object value, List<?> values) {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            list.append(i == 0 ? "" : i == values.size() - 1 ? " and " : ", ");
            list.append(values.get(i) instanceof String text ? "'" + text + "'" : values.get(i));
        }
        String supported = values.size() == 1 ? "The supported value is: " : "Supported values are: ";
        String found = value instanceof String text ? "'" + echo(text) + "'" : Kind.describe(value);
        return sentence("Invalid value: " + found + ". " + supported + list + ".");
    }

    /** The string or array is not as long as it must be. */
    static Finding length(String what, int size, int min, int max) {
        String article = what.startsWith("a") ? "an " : "a ";
        String fault = size == 0 ? "empty " + what : what + (size < min ? " too short" : " too long");
        String bound = size < min ? "minimum length " + min : "maximum length " + max;
        String found = size == 0 ? "an empty " + what : article + what + " with length " + size;
        return invalid(fault + ". Expected " + article + what + " with " + bound + ", but got " + found + " instead.");
    }

    /** Adds the step that leads to the value: a property's name. */
    Finding at(String name) {
        path.add(echo(name));
        return this;
    }

    /** Adds the step that leads to the value: a position in an array. */
    Finding at(int index) {
        path.add(index);
        return this;
    }

    /**
     * Whether a check that found this came further in the value than one that found {@code other}: to a later element,
     * to a deeper field, or, at the same place, past the question of the type.
     */
    boolean furtherThan(Finding other) {
        int a = path.size();
        int b = other.path.size();
        while (a > 0 && b > 0) {
            Object mine = path.get(--a);
            Object theirs = other.path.get(--b);
            if (!mine.equals(theirs)) {
                return mine instanceof Integer i && theirs instanceof Integer j && i > j;
            }
        }
        return a != b ? a > b : expected == 0 && other.expected != 0;
    }

    /** If both are about the kind of the same value, either kind would have been welcome. */
    void orElse(Finding other) {
        if (expected != 0 && other.expected != 0 && path.equals(other.path)) {
            expected |= other.expected;
        }
    }

    Violation violation() {
        String param = param();
        String named = param == null ? "the request body" : "'" + param + "'";
        if (expected != 0) {
            return new Violation(
                    param,
                    before + named + ": expected " + Kind.describe(expected) + ", but got " + Kind.describe(found)
                            + " instead.");
        }
        return new Violation(param, after == null ? before : before + named + after);
    }

    private String param() {
        if (path.isEmpty()) {
            return null;
        }
        StringBuilder param = new StringBuilder();
        for (Object step : path.reversed()) {
            if (step instanceof Integer) {
                param.append('[').append(step).append(']');
            } else {
                param.append(param.isEmpty() ? "" : ".").append(step);
            }
        }
        return clip(param.toString(), LONGEST_PARAM);
    }

    /** At most {@link #ECHO} characters of a text that came from a client. */
    static String echo(String text) {
        return clip(text, ECHO);
    }

    private static String clip(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
        return text.substring(0, end) + "…";
    }
}
