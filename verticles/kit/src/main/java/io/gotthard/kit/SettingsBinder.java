package io.gotthard.kit;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Turns the nodes of one document into records. A problem is noted and the rest is still looked at, so that all problems
 * are told at once.
 */
final class SettingsBinder {
    /** What stands for a value that had a problem. */
    private static final Object FAILED = new Object();

    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z0-9_/:@+-]+");
    private static final int LONGEST_SHOWN = 60;

    private final String source;
    private final Environment environment;
    private final List<Problem> problems = new ArrayList<>();

    SettingsBinder(String source, Function<String, String> variables) {
        this.source = source;
        this.environment = new Environment(variables);
    }

    void throwIfAnyProblem() {
        if (!problems.isEmpty()) {
            problems.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
            throw new SettingsException(problems.stream().map(Problem::text).toList());
        }
    }

    /** The node as a value of that type; what it is after a problem has no meaning. */
    Object bind(Node node, Type type, String path) {
        if (type instanceof ParameterizedType generic && generic.getRawType() == List.class) {
            return list(node, generic.getActualTypeArguments()[0], path);
        } else if (type instanceof ParameterizedType generic
                && generic.getRawType() == Map.class
                && generic.getActualTypeArguments()[0] == String.class) {
            return map(node, generic.getActualTypeArguments()[1], path);
        } else if (type == Object.class) {
            return anything(node, path);
        } else if (type instanceof Class<?> simple) {
            Optional<Scalar> scalar = Scalar.of(simple);
            if (scalar.isPresent()) {
                return scalar(node, scalar.get(), path);
            } else if (simple.isRecord()) {
                return record(node, simple, path);
            }
        }
        throw new IllegalStateException("settings cannot be of type " + type + " (" + path + ")");
    }

    private Object record(Node node, Class<?> type, String path) {
        if (!(node instanceof MappingNode mapping)) {
            return problem(node, path, "found " + describe(node) + ", expected a mapping");
        }
        RecordComponent[] components = type.getRecordComponents();
        List<String> known = Arrays.stream(components).map(SettingsBinder::key).toList();
        Map<String, NodeTuple> given = entries(mapping, path);
        given.forEach((key, entry) -> {
            if (!known.contains(key)) {
                String meant = Spelling.nearest(key, known)
                        .map(near -> " (did you mean " + near + "?)")
                        .orElse("");
                String allowed = known.isEmpty()
                        ? "nothing"
                        : String.join(", ", known.stream().sorted().toList());
                problem(entry.getKeyNode(), join(path, key), "unknown key" + meant + ", expected here: " + allowed);
            }
        });
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            NodeTuple entry = given.get(known.get(i));
            values[i] = component(
                    components[i], entry == null ? null : entry.getValueNode(), mapping, join(path, known.get(i)));
        }
        return Arrays.asList(values).contains(FAILED) ? FAILED : construct(type, components, values, mapping, path);
    }

    private Object component(RecordComponent component, Node node, Node parent, String path) {
        if (node != null && !Tag.NULL.equals(node.getTag())) {
            return bind(node, component.getGenericType(), path);
        }
        Node place = node == null ? parent : node;
        if (component.isAnnotationPresent(Absent.class)) {
            return null;
        }
        Default given = component.getAnnotation(Default.class);
        if (given == null) {
            String expected = expected(component.getGenericType());
            return problem(place, path, (node == null ? "missing" : "found nothing") + ", expected " + expected);
        }
        Optional<Scalar> scalar = Scalar.of(component.getType());
        return scalar.isPresent()
                ? parse(scalar.get(), given.value(), place, path)
                : bind(Settings.compose(given.value()).orElseGet(Settings::empty), component.getGenericType(), path);
    }

    private Object construct(Class<?> type, RecordComponent[] components, Object[] values, Node node, String path) {
        try {
            Constructor<?> canonical = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            canonical.setAccessible(true);
            return canonical.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                return problem(node, path, environment.mask(String.valueOf(refused.getMessage())));
            }
            throw new IllegalStateException("the constructor of " + type.getName() + " failed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type.getName() + " cannot be constructed", e);
        }
    }

    private Object list(Node node, Type element, String path) {
        if (!(node instanceof SequenceNode sequence)) {
            return problem(node, path, "found " + describe(node) + ", expected a list");
        }
        List<Object> values = new ArrayList<>();
        for (Node each : sequence.getValue()) {
            values.add(bind(each, element, path + "[" + values.size() + "]"));
        }
        return values.contains(FAILED) ? FAILED : List.copyOf(values);
    }

    private Object map(Node node, Type element, String path) {
        if (!(node instanceof MappingNode mapping)) {
            return problem(node, path, "found " + describe(node) + ", expected a mapping");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        entries(mapping, path)
                .forEach((key, entry) -> values.put(key, bind(entry.getValueNode(), element, join(path, key))));
        return values.containsValue(FAILED) ? FAILED : Collections.unmodifiableMap(values);
    }

    /** The entries by key, in the order of the file. */
    private Map<String, NodeTuple> entries(MappingNode mapping, String path) {
        Map<String, NodeTuple> entries = new LinkedHashMap<>();
        for (NodeTuple entry : mapping.getValue()) {
            if (!(entry.getKeyNode() instanceof ScalarNode key)) {
                problem(entry.getKeyNode(), path, "found " + describe(entry.getKeyNode()) + " as a key, expected text");
                continue;
            }
            NodeTuple first = entries.putIfAbsent(key.getValue(), entry);
            if (first != null) {
                int line = first.getKeyNode()
                        .getStartMark()
                        .map(mark -> mark.getLine() + 1)
                        .orElse(0);
                problem(key, join(path, key.getValue()), "given twice, first in line " + line);
            }
        }
        return entries;
    }

    /** What somebody else gives a meaning to: mappings, lists, and what YAML takes a single value for. */
    private Object anything(Node node, String path) {
        if (node instanceof MappingNode) {
            return map(node, Object.class, path);
        } else if (node instanceof SequenceNode) {
            return list(node, Object.class, path);
        } else if (Tag.NULL.equals(node.getTag())) {
            return problem(node, path, "found nothing, expected a value");
        }
        Class<?> kind = Scalar.SIMPLE.getOrDefault(node.getTag(), String.class);
        return scalar(node, Scalar.of(kind).orElseThrow(), path);
    }

    private Object scalar(Node node, Scalar kind, String path) {
        if (!(node instanceof ScalarNode scalar) || Tag.NULL.equals(node.getTag())) {
            return problem(node, path, "found " + describe(node) + ", expected " + kind.expected());
        }
        // A variable's value has no YAML type of its own: "${PORT}" is a number if the value is one.
        boolean typed = !kind.tags().isEmpty() && !Environment.appliesTo(scalar.getValue());
        if (typed && !kind.tags().contains(scalar.getTag())) {
            String quotes = "";
            if (kind.tags().contains(Tag.STR)) {
                quotes = " (put it in quotes)";
            } else if (scalar.getScalarStyle() != ScalarStyle.PLAIN) {
                quotes = " (without quotes)";
            }
            return problem(node, path, "found " + describe(node) + ", expected " + kind.expected() + quotes);
        }
        return parse(kind, scalar.getValue(), node, path);
    }

    private Object parse(Scalar kind, String raw, Node node, String path) {
        String text;
        try {
            text = environment.substitute(raw);
        } catch (IllegalArgumentException e) {
            return problem(node, path, e.getMessage());
        }
        try {
            return kind.parser().apply(text);
        } catch (IllegalArgumentException e) {
            // The text as it stands in the file: what a variable holds is nobody's business.
            return problem(node, path, "found \"" + shorten(raw) + "\", expected " + kind.expected());
        }
    }

    private Object problem(Node node, String path, String what) {
        Mark mark = node.getStartMark().orElse(null);
        String where = Settings.place(source, mark) + ": " + (path.isEmpty() ? "" : path + ": ");
        String line = (where + what).lines().reduce((a, b) -> a + " " + b).orElse(where);
        problems.add(new Problem(mark == null ? 0 : mark.getLine(), mark == null ? 0 : mark.getColumn(), line));
        return FAILED;
    }

    /** What kind of value a node is. Values themselves may be secrets that stand in the file. */
    private static String describe(Node node) {
        if (node instanceof MappingNode) {
            return "a mapping";
        } else if (node instanceof SequenceNode) {
            return "a list";
        }
        Map<Tag, String> kinds = Map.of(
                Tag.STR,
                "text",
                Tag.INT,
                "a whole number",
                Tag.FLOAT,
                "a number",
                Tag.BOOL,
                "a boolean",
                Tag.NULL,
                "nothing");
        return kinds.getOrDefault(node.getTag(), "a value tagged " + node.getTag());
    }

    private static String expected(Type type) {
        if (type instanceof Class<?> simple) {
            return Scalar.of(simple).map(Scalar::expected).orElse("a mapping");
        }
        return type instanceof ParameterizedType generic && generic.getRawType() == List.class ? "a list" : "a mapping";
    }

    private static String shorten(String text) {
        return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…";
    }

    /** firstToken is written first_token. */
    private static String key(RecordComponent component) {
        return component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private static String join(String path, String key) {
        String shown = PLAIN_KEY.matcher(key).matches() ? key : "\"" + shorten(key) + "\"";
        return path.isEmpty() ? shown : path + "." + shown;
    }

    private record Problem(int line, int column, String text) {}
}
