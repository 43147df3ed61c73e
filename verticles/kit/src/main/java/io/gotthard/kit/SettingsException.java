package io.gotthard.kit;

import java.util.List;

/**
 * Settings that cannot be used. The message has one line per problem, in the order of the file, each with the place, what
 * was found and what was expected. It never holds the value of an environment variable.
 */
public final class SettingsException extends RuntimeException {
    private final transient List<String> problems;

    /** What is wrong, a line each. */
    public SettingsException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** The problems, one line each; never empty. */
    public List<String> problems() {
        return problems;
    }
}
