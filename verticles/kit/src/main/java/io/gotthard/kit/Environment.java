package io.gotthard.kit;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Replaces <code>${NAME}</code>, and remembers what must therefore never be shown. */
final class Environment {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\$\\{|\\$\\{(?<name>[^}]*)(?<end>}?)");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private final Function<String, String> variables;
    private final Map<String, String> secrets = new HashMap<>();

    Environment(Function<String, String> variables) {
        this.variables = variables;
    }

    /** Whether the text holds anything to replace. */
    static boolean appliesTo(String text) {
        return text.contains("${");
    }

    /** @throws IllegalArgumentException that says which variable is missing or written wrongly */
    String substitute(String text) {
        return VARIABLE.matcher(text).replaceAll(match -> {
            if (match.group("name") == null) {
                return Matcher.quoteReplacement("${");
            }
            return Matcher.quoteReplacement(value(match.group("name"), match.group("end")));
        });
    }

    private String value(String name, String end) {
        if (end.isEmpty() || !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("expected ${NAME}, or $${ for a literal ${");
        }
        String value = variables.apply(name);
        if (value == null) {
            throw new IllegalArgumentException("the environment variable " + name + " is not set");
        }
        if (!value.isBlank()) {
            secrets.put(value, "${" + name + "}");
        }
        return value;
    }

    /** The message with every value that came from the environment replaced by its variable's name. */
    String mask(String message) {
        String masked = message;
        // The longest first: one secret may contain another.
        Comparator<String> longest = Comparator.comparingInt(String::length).reversed();
        for (String secret : secrets.keySet().stream().sorted(longest).toList()) {
            masked = masked.replace(secret, secrets.get(secret));
        }
        return masked;
    }
}
