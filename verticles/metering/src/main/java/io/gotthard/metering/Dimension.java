package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What usage can be told apart by. */
enum Dimension {
    TENANT,
    ACCOUNT,
    KEY,
    MODEL,
    UPSTREAM,
    OPERATION;

    /** As clients know it. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The column of sources. */
    String column() {
        return this == KEY ? "key_id" : word();
    }

    /**
     * Reads a list such as {@code model,key}.
     *
     * @throws Failure 400 if it is none
     */
    static Set<Dimension> list(String param, String text) {
        var found = EnumSet.noneOf(Dimension.class);
        if (text == null || text.isEmpty()) {
            return found;
        }
        for (var word : text.split(",", -1)) {
            var dimension = Arrays.stream(values())
                    .filter(one -> one.word().equals(word))
                    .findFirst()
                    .orElseThrow(() -> Failure.invalid(param, "'" + param + "' is a list of some of " + words() + "."));
            found.add(dimension);
        }
        return found;
    }

    private static String words() {
        return Arrays.stream(values()).map(Dimension::word).collect(Collectors.joining(", "));
    }
}
