package io.gotthard.metering;

/** Names of models with {@code *} in them, such as {@code gpt-*} or {@code openai/*}. */
final class Glob {

    private Glob() {}

    /** Whether a name is one that the pattern stands for: {@code *} is any characters, also none and slashes. */
    static boolean matches(String pattern, String name) {
        int p = 0;
        int n = 0;
        int star = -1;
        int tried = 0;
        while (n < name.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                tried = n;
            } else if (p < pattern.length() && pattern.charAt(p) == name.charAt(n)) {
                p++;
                n++;
            } else if (star >= 0) {
                // The last star takes one character more; earlier ones never need to.
                p = star + 1;
                n = ++tried;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    /** The same pattern for SQL's {@code like}. */
    static String like(String pattern) {
        return pattern.replace("\\", "\\\\")
                .replace("%", "\\%")
                .replace("_", "\\_")
                .replace('*', '%');
    }
}
