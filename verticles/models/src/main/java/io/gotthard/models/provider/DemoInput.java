package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import java.util.ArrayList;
import java.util.List;

/**
 * One text to complete or to embed.
 *
 * @param text the text, or null if it came as token ids
 * @param ids the token ids, or null if it came as text
 */
record DemoInput(String text, List<?> ids) {

    private static final int MOST = 2048;

    /**
     * Reads a string, an array of strings, an array of token ids, or an array of such arrays.
     *
     * @throws Failure 400 if it is none of these, or more than 2048 inputs
     */
    static List<DemoInput> read(Object value, String param) {
        if (value instanceof String text) {
            return List.of(new DemoInput(text, null));
        }
        if (!(value instanceof List<?> list) || list.isEmpty()) {
            throw malformed(param);
        }
        if (list.getFirst() instanceof Number) {
            return List.of(tokens(list, param));
        }
        if (list.size() > MOST) {
            throw Failure.invalid(param, "'" + param + "' must have at most " + MOST + " entries.");
        }
        var inputs = new ArrayList<DemoInput>();
        for (var member : list) {
            inputs.add(
                    switch (member) {
                        case String text -> new DemoInput(text, null);
                        case List<?> ids -> tokens(ids, param);
                        case null, default -> throw malformed(param);
                    });
        }
        return inputs;
    }

    private static DemoInput tokens(List<?> ids, String param) {
        if (!ids.stream().allMatch(Number.class::isInstance)) {
            throw malformed(param);
        }
        return new DemoInput(null, ids);
    }

    private static Failure malformed(String param) {
        return Failure.invalid(
                param, "'" + param + "' must be a string, an array of strings, or an array of (arrays of) token ids.");
    }

    /** How many tokens it is: the ids, or the demo's own count of a text. */
    int count() {
        return text == null ? ids.size() : DemoText.count(text);
    }
}
