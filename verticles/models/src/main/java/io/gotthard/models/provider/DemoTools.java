package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which of the offered tools the demo calls: the one that {@code tool_choice} names; with {@code required} those the user
 * mentions, or else the first; with {@code auto} those the user mentions. It answers a tool's result with words whatever
 * {@code tool_choice} says, so that a program that always requires a tool comes to an end.
 */
final class DemoTools {

    /** A call to be made, its arguments as JSON that conforms to the function's parameters. */
    record Wanted(String name, String arguments) {}

    private record Tool(int index, String name, Map<?, ?> function) {}

    /** Words in names and descriptions that say nothing about what a tool is for. */
    private static final Set<String> COMMON = Set.of(
            "get",
            "set",
            "list",
            "find",
            "make",
            "fetch",
            "search",
            "call",
            "tool",
            "function",
            "current",
            "given",
            "the",
            "this",
            "that",
            "with",
            "from",
            "for",
            "and",
            "use",
            "used",
            "return",
            "when",
            "what",
            "user",
            "into",
            "your",
            "which",
            "about",
            "have",
            "will",
            "does",
            "their",
            "some",
            "any",
            "data",
            "value",
            "please");

    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}]+|(?<=\\p{Ll})(?=\\p{Lu})");
    private static final int MOST_TOOLS = 128;
    private static final int READ = 2_000;

    private final List<Tool> tools = new ArrayList<>();
    private final DemoMessages messages;
    private final boolean several;

    private DemoTools(Map<?, ?> fields, DemoMessages messages) {
        this.messages = messages;
        this.several = !Boolean.FALSE.equals(fields.get("parallel_tool_calls"));
        var offered = DemoText.objects(fields.get("tools"));
        if (offered.size() > MOST_TOOLS) {
            throw Failure.invalid("tools", "At most " + MOST_TOOLS + " tools can be offered.");
        }
        for (int i = 0; i < offered.size(); i++) {
            // A tool of another type may be offered, but is never called.
            if (offered.get(i).get("function") instanceof Map<?, ?> function
                    && function.get("name") instanceof String name) {
                tools.add(new Tool(i, name, function));
            }
        }
    }

    /**
     * The calls to make; none means: answer with words.
     *
     * @throws Failure 400 if a tool is demanded that was not offered, or if no arguments can be made for it
     */
    static List<Wanted> wanted(Map<?, ?> fields, DemoMessages messages) {
        var tools = new DemoTools(fields, messages);
        return tools.chosen(fields.get("tool_choice")).stream()
                .map(tool -> new Wanted(tool.name(), arguments(tool)))
                .toList();
    }

    private static String arguments(Tool tool) {
        var parameters = tool.function().get("parameters");
        return parameters instanceof Map<?, ?> schema
                ? DemoSchema.example(schema, "tools[" + tool.index() + "].function.parameters")
                : "{}";
    }

    private List<Tool> chosen(Object choice) {
        if (choice instanceof Map<?, ?> object) {
            return switch (DemoText.string(object.get("type"))) {
                case "function" -> named(DemoText.object(object.get("function")).get("name"));
                case "allowed_tools" -> allowed(DemoText.object(object.get("allowed_tools")));
                default -> throw Failure.invalid("tool_choice", "The demo calls only tools of type 'function'.");
            };
        }
        return switch (DemoText.string(choice)) {
            case "none" -> List.of();
            case "required" -> required();
            default -> messages.endsWithToolResult() ? List.of() : mentioned();
        };
    }

    private List<Tool> named(Object name) {
        var tool = tools.stream()
                .filter(offered -> offered.name().equals(name))
                .findFirst()
                .orElseThrow(() -> Failure.invalid("tool_choice", "The function of 'tool_choice' is not in 'tools'."));
        return messages.endsWithToolResult() ? List.of() : List.of(tool);
    }

    private List<Tool> allowed(Map<?, ?> allowed) {
        var names = new HashSet<Object>();
        DemoText.objects(allowed.get("tools"))
                .forEach(tool -> names.add(DemoText.object(tool.get("function")).get("name")));
        tools.removeIf(tool -> !names.contains(tool.name()));
        return chosen(allowed.get("mode") instanceof String mode ? mode : "auto");
    }

    private List<Tool> required() {
        if (tools.isEmpty()) {
            throw Failure.invalid("tool_choice", "'tool_choice' requires a tool, but 'tools' has no function.");
        }
        if (messages.endsWithToolResult()) {
            return List.of();
        }
        var mentioned = mentioned();
        return mentioned.isEmpty() ? List.of(tools.getFirst()) : mentioned;
    }

    /** Those whose name is said; else those of whose name a word is said; else those of whose description a word is said. */
    private List<Tool> mentioned() {
        if (tools.isEmpty()) {
            return List.of();
        }
        var text = start(messages.lastUserText());
        var lower = text.toLowerCase(Locale.ROOT);
        var said = words(text);
        var best = tools.stream()
                .filter(tool -> lower.contains(tool.name().toLowerCase(Locale.ROOT)))
                .toList();
        if (best.isEmpty()) {
            best = tools.stream()
                    .filter(tool -> anyOf(words(tool.name()), said))
                    .toList();
        }
        if (best.isEmpty()) {
            best = tools.stream()
                    .filter(tool ->
                            anyOf(words(start(DemoText.string(tool.function().get("description")))), said))
                    .toList();
        }
        return several || best.isEmpty() ? best : List.of(best.getFirst());
    }

    private static String start(String text) {
        return text.length() > READ ? text.substring(0, READ) : text;
    }

    private static boolean anyOf(Set<String> words, Set<String> said) {
        return words.stream().anyMatch(said::contains);
    }

    /** Words that mean something, in lower case and without a plural's s. */
    private static Set<String> words(String text) {
        var words = new HashSet<String>();
        Arrays.stream(BETWEEN_WORDS.split(text))
                .map(word -> word.toLowerCase(Locale.ROOT))
                .filter(word -> word.length() > 2 && !COMMON.contains(word))
                .forEach(word -> words.add(word.endsWith("s") ? word.substring(0, word.length() - 1) : word));
        return words;
    }
}
