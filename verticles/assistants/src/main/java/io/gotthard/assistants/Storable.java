package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import java.util.regex.Pattern;

/** What PostgreSQL can keep as JSON: there is no null character in it, and nobody means one. */
final class Storable {

    /** As JSON has it; two backslashes in front are a backslash. */
    private static final Pattern NULL = Pattern.compile("(?<!\\\\)(?:\\\\\\\\)*\\\\u0000");

    private Storable() {}

    /**
     * Checks a JSON text.
     *
     * @throws Failure 400 if it can't be kept, or is longer than so many characters
     */
    static void check(String param, String json, int most) {
        if (json.length() > most) {
            throw Failure.invalid(param, "'" + param + "' is longer than " + most + " characters.");
        }
        if (NULL.matcher(json).find()) {
            throw Failure.invalid(param, "'" + param + "' has a character that can't be stored.");
        }
    }
}
