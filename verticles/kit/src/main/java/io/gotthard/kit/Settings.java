package io.gotthard.kit;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Reads one YAML file into records: a section is a record, and what its components are is what may be written there.
 *
 * <p>The component {@code firstToken} is the key {@code first_token}. A component is a {@code String}, a number, a
 * {@code boolean}, a {@link java.time.Duration} ({@code 250ms}, {@code 30s}, {@code 10m}, {@code 2h}), a {@link Size}, an
 * enum ({@code OPEN_AI} is {@code open-ai}), a record, a {@code List<T>} or {@code Map<String, T>} of
 * these, or an {@code Object}: whatever is there. It is required
 * unless it is marked {@link Default} or {@link Absent}; a key with nothing behind it counts as absent. A record's own
 * constructor may throw an {@link IllegalArgumentException} to refuse what it is given.
 *
 * <p><code>${NAME}</code> inside a value is replaced from the environment after the YAML was read, so a variable can never
 * change the structure; <code>$${</code> stands for a literal <code>${</code>. Keys are taken as they are. YAML's aliases,
 * which can unfold a small file into gigabytes, are refused.
 */
public final class Settings {
    private static final int MAX_CHARACTERS = 1_000_000;
    private static final int MAX_DEPTH = 50;

    private Settings() {}

    /**
     * Reads {@code yamlText} as a {@code T}. Lists and maps in it are unmodifiable, maps keep the order of the file. An
     * empty text is an empty mapping.
     *
     * @param sourceName the file's name for messages
     * @param environment gives the value of a variable, or null
     * @throws SettingsException with all problems found, if there is any
     */
    public static <T extends Record> T read(
            Class<T> type, String yamlText, String sourceName, Function<String, String> environment) {
        SettingsBinder binder = new SettingsBinder(sourceName, environment);
        Object value;
        try {
            value = binder.bind(compose(yamlText).orElseGet(Settings::empty), type, "");
        } catch (Refused refused) {
            throw new SettingsException(List.of(place(sourceName, refused.mark) + ": " + refused.getMessage()));
        }
        binder.throwIfAnyProblem();
        return type.cast(value);
    }

    /** The text's only document, with an end to its depth and size, and without aliases. */
    static Optional<Node> compose(String yamlText) {
        if (yamlText.length() > MAX_CHARACTERS) {
            throw new Refused("longer than %,d characters".formatted(MAX_CHARACTERS), null);
        }
        LoadSettings load = LoadSettings.builder()
                .setSchema(new CoreSchema())
                .setCodePointLimit(MAX_CHARACTERS)
                .setAllowNonScalarKeys(true) // the binder's message has a line
                .build();
        try {
            // The parser streams and is safe with any depth; the composer recurses, so it only sees what passed here.
            int depth = 0;
            for (Event event : new Parse(load).parseString(yamlText)) {
                switch (event.getEventId()) {
                    case Alias ->
                        throw new Refused("an alias (*name) cannot be used here: write the value out", mark(event));
                    case MappingStart, SequenceStart -> {
                        if (++depth > MAX_DEPTH) {
                            throw new Refused("nested deeper than " + MAX_DEPTH + " levels", mark(event));
                        }
                    }
                    case MappingEnd, SequenceEnd -> depth--;
                    default -> {}
                }
            }
            return new Compose(load).composeString(yamlText).filter(node -> !Tag.NULL.equals(node.getTag()));
        } catch (MarkedYamlEngineException e) {
            Mark mark = e.getProblemMark().or(e::getContextMark).orElse(null);
            throw new Refused("not valid YAML: " + e.getProblem() + hint(yamlText, mark), mark);
        } catch (YamlEngineException e) {
            throw new Refused(
                    "not valid YAML: "
                            + Objects.toString(e.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse(""),
                    null);
        }
    }

    static Node empty() {
        return new MappingNode(Tag.MAP, List.of(), FlowStyle.BLOCK);
    }

    /** {@code file:line:column}, or just the file where no line is known. */
    static String place(String sourceName, Mark mark) {
        return mark == null ? sourceName : sourceName + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
    }

    private static Mark mark(Event event) {
        return event.getStartMark().orElse(null);
    }

    /** Inside {…}, YAML takes the brace of an unquoted ${NAME} for its own, and says nothing that would help. */
    private static String hint(String yamlText, Mark mark) {
        boolean variable = mark != null
                && yamlText.lines().skip(mark.getLine()).findFirst().orElse("").contains("${");
        return variable ? " (inside braces, put \"${NAME}\" in quotes)" : "";
    }

    /** A text that is refused as a whole, at a place if one is known. */
    static final class Refused extends RuntimeException {
        private final transient Mark mark;

        Refused(String message, Mark mark) {
            super(message, null, false, false);
            this.mark = mark;
        }
    }
}
