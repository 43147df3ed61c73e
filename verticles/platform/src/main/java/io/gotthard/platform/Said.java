package io.gotthard.platform;

import io.gotthard.kit.SettingsException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * A place in a YAML file of another program, which says what it likes. What is not there, or is something else than what is asked
 * for, is null or empty. Aliases and {@code <<} are followed.
 *
 * @param source the file's name
 * @param path the keys that lead here, for people
 */
record Said(String source, String path, Node node) {

    private static final int MOST_CHARACTERS = 1_000_000;
    private static final int MOST_ALIASES = 1_000;
    private static final int MOST_MERGES = 10;

    /**
     * Reads a file.
     *
     * @throws SettingsException if it is not YAML, or too long
     */
    static Said read(String source, String text) {
        if (text.length() > MOST_CHARACTERS) {
            throw new SettingsException(List.of(source + ": longer than %,d characters".formatted(MOST_CHARACTERS)));
        }
        var settings = LoadSettings.builder()
                .setSchema(new CoreSchema())
                .setAllowDuplicateKeys(true)
                .setMaxAliasesForCollections(MOST_ALIASES)
                .setCodePointLimit(MOST_CHARACTERS)
                .build();
        try {
            return new Said(
                    source, "", new Compose(settings).composeString(text).orElse(null));
        } catch (MarkedYamlEngineException e) {
            var line =
                    e.getProblemMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
            throw new SettingsException(List.of(source + line + ": not valid YAML: " + e.getProblem()));
        } catch (YamlEngineException | StackOverflowError e) {
            throw new SettingsException(List.of(source + ": not valid YAML"));
        }
    }

    /** Whether there is something. */
    boolean there() {
        return node != null && !Tag.NULL.equals(node.getTag());
    }

    /** A member of a mapping. */
    Said get(String key) {
        var found = members().get(key);
        return found == null ? new Said(source, join(key), null) : found;
    }

    /** The members of a mapping, those that it took over from others included. */
    Map<String, Said> members() {
        var members = new LinkedHashMap<String, Said>();
        gather(node, members, 0);
        return members;
    }

    private void gather(Node from, Map<String, Said> into, int depth) {
        if (depth > MOST_MERGES || !(from instanceof MappingNode mapping)) {
            return;
        }
        for (var entry : mapping.getValue()) {
            if (entry.getKeyNode() instanceof ScalarNode key && !"<<".equals(key.getValue())) {
                into.putIfAbsent(key.getValue(), new Said(source, join(key.getValue()), entry.getValueNode()));
            }
        }
        for (var entry : mapping.getValue()) {
            if (entry.getKeyNode() instanceof ScalarNode key && "<<".equals(key.getValue())) {
                if (entry.getValueNode() instanceof SequenceNode several) {
                    several.getValue().forEach(one -> gather(one, into, depth + 1));
                } else {
                    gather(entry.getValueNode(), into, depth + 1);
                }
            }
        }
    }

    private String join(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** The elements of a list; what is no list is one of a single element. */
    List<Said> items() {
        if (!(node instanceof SequenceNode sequence)) {
            return there() ? List.of(this) : List.of();
        }
        var items = new ArrayList<Said>();
        for (var item : sequence.getValue()) {
            items.add(new Said(source, path + "[" + items.size() + "]", item));
        }
        return items;
    }

    /** A text, a number or a truth as it is written, or null. */
    String text() {
        return there() && node instanceof ScalarNode scalar ? scalar.getValue().strip() : null;
    }

    /** A number, or null. */
    BigDecimal number() {
        try {
            return text() == null ? null : new BigDecimal(text());
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** Whether it is true. */
    boolean isTrue() {
        return "true".equalsIgnoreCase(text());
    }

    /** Whether it is a mapping. */
    boolean isMapping() {
        return node instanceof MappingNode;
    }

    /** The line, counted from 1, or 0. */
    int line() {
        return mark().map(mark -> mark.getLine() + 1).orElse(0);
    }

    int column() {
        return mark().map(mark -> mark.getColumn() + 1).orElse(0);
    }

    private Optional<Mark> mark() {
        return node == null ? Optional.empty() : node.getStartMark();
    }

    /** File, line and path, and what is to be said of them. */
    String finding(String what) {
        return source + (line() == 0 ? "" : ":" + line() + ":" + column()) + ": " + path + ": " + what;
    }
}
