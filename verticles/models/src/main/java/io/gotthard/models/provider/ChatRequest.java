package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.gotthard.models.Kind;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A chat request, read for a protocol that has other words than OpenAI's. What such a protocol has no words for is refused with the
 * name of the field, or left out where the configuration wants that; what only advises, such as {@code user}, is left out always.
 */
final class ChatRequest {

    /** What a program may be told to do with tools. */
    enum Mode {
        AUTO,
        NONE,
        REQUIRED
    }

    /**
     * Which tools may or must be called.
     *
     * @param name the only one that is to be called, or null
     */
    record ToolChoice(Mode mode, String name) {}

    /** A function; {@code parameters} is its JSON Schema, or empty. */
    record Tool(String name, String description, JsonObject parameters, boolean strict) {}

    /**
     * What the answer is to look like.
     *
     * @param schema the JSON Schema, or null if any JSON object will do
     */
    record Format(String name, String description, JsonObject schema) {}

    /** Say nothing about the answer. */
    private static final Set<String> ADVICE = Set.of(
            "stream",
            "stream_options",
            "store",
            "metadata",
            "user",
            "safety_identifier",
            "prompt_cache_key",
            "prompt_cache_retention");

    /** Every protocol has words for these, or this class has. */
    private static final Set<String> COMMON =
            Set.of("model", "messages", "tools", "tool_choice", "max_tokens", "max_completion_tokens");

    /** What OpenAI has besides; every other field is the upstream's own. */
    private static final Set<String> OPENAI = Set.of(
            "audio",
            "frequency_penalty",
            "function_call",
            "functions",
            "logit_bias",
            "logprobs",
            "modalities",
            "moderation",
            "n",
            "parallel_tool_calls",
            "prediction",
            "presence_penalty",
            "reasoning_effort",
            "response_format",
            "seed",
            "service_tier",
            "stop",
            "temperature",
            "top_logprobs",
            "top_p",
            "verbosity",
            "web_search_options");

    private final Map<String, Object> fields;
    private final Node root;
    private final boolean drop;
    private final List<ChatMessage> messages = new ArrayList<>();
    private final List<Tool> tools = new ArrayList<>();
    private final ToolChoice toolChoice;

    /**
     * Reads a request that the contract has validated.
     *
     * @param drop whether to leave out what the protocol has no words for, instead of refusing it
     * @param words the fields that the protocol has words for, besides messages, tools and the number of tokens
     */
    ChatRequest(Question question, boolean drop, Set<String> words) {
        this.fields = question.body().fields();
        this.root = new Node(fields);
        this.drop = drop;
        fields.forEach((name, value) -> {
            if (OPENAI.contains(name) && !words.contains(name) && !isUsual(name, value)) {
                unsupported(name);
            }
        });
        var given = root.get("messages").items();
        for (int i = 0; i < given.size(); i++) {
            messages.add(ChatMessage.of(this, "messages[" + i + "]", given.get(i)));
        }
        readTools();
        this.toolChoice = readToolChoice();
    }

    /** Whether a field asks for nothing but what would be without it. */
    private static boolean isUsual(String name, Object value) {
        return switch (value) {
            case null -> true;
            case Boolean flag -> flag == "parallel_tool_calls".equals(name);
            case Number number -> number.doubleValue() == ("n".equals(name) ? 1 : 0) && !"seed".equals(name);
            case String text ->
                Set.of("auto", "default").contains(text) || "verbosity medium".equals(name + " " + text);
            case List<?> list -> list.isEmpty() || ("modalities".equals(name) && list.equals(List.of("text")));
            case Map<?, ?> map ->
                (map.isEmpty() && "logit_bias".equals(name))
                        || ("response_format".equals(name) && "text".equals(map.get("type")));
            default -> false;
        };
    }

    /** @throws Failure 400 with the name of the field, unless such fields are to be left out */
    void unsupported(String param) {
        if (!drop) {
            throw refused(param);
        }
    }

    /** The same where there is something better to say. */
    void unsupported(String param, String message) {
        if (!drop) {
            throw Failure.invalid(param, message);
        }
    }

    /** For a kind of model that the protocol does not know. */
    static Failure wrongKind(Kind kind) {
        return new Failure(
                400,
                "invalid_request_error",
                "unsupported_operation",
                "model",
                "The model's upstream has no operation for '" + kind.operation() + "' in this protocol.",
                -1);
    }

    /** For what can't be left out, because without it the request would be another one. */
    static Failure refused(String param) {
        return Failure.invalid(param, "The model's upstream has no equivalent of '" + param + "'.");
    }

    List<ChatMessage> messages() {
        return messages;
    }

    /** The functions that may be called; empty if none may. */
    List<Tool> tools() {
        return tools;
    }

    /** What was said of calling tools, or null. */
    ToolChoice toolChoice() {
        return toolChoice;
    }

    private void readTools() {
        var given = root.get("tools").items();
        var wanted = allowed();
        for (int i = 0; i < given.size(); i++) {
            var tool = given.get(i);
            var function = tool.get("function");
            if (!"function".equals(tool.get("type").text())) {
                unsupported("tools[" + i + "].type");
            } else if (wanted == null || wanted.contains(function.get("name").text())) {
                tools.add(new Tool(
                        function.get("name").text(),
                        function.get("description").text(),
                        function.get("parameters").object(),
                        function.get("strict").isTrue()));
            }
        }
    }

    /** The names of the tools that may be called now, or null if that is not restricted. */
    private Set<String> allowed() {
        var choice = root.get("tool_choice");
        if (!"allowed_tools".equals(choice.get("type").text())) {
            return null;
        }
        var names = new HashSet<String>();
        choice.get("allowed_tools")
                .get("tools")
                .items()
                .forEach(tool -> names.add(tool.get("function").get("name").text()));
        return names;
    }

    private ToolChoice readToolChoice() {
        var choice = root.get("tool_choice");
        var word = choice.text() != null
                ? choice.text()
                : choice.get("allowed_tools").get("mode").text();
        var name = choice.get("function").get("name").text();
        if (!choice.there()) {
            return null;
        }
        if (name != null) {
            return new ToolChoice(Mode.REQUIRED, name);
        }
        return switch (word) {
            case "auto" -> new ToolChoice(Mode.AUTO, null);
            case "none" -> new ToolChoice(Mode.NONE, null);
            case "required" -> new ToolChoice(Mode.REQUIRED, null);
            case null, default -> throw refused("tool_choice");
        };
    }

    /** Whether the model is to call at most one tool at a time. */
    boolean oneToolAtATime() {
        return Boolean.FALSE.equals(fields.get("parallel_tool_calls"));
    }

    /** How many tokens the answer may have, or 0 if that is not said. */
    int maxTokens() {
        int most = root.get("max_completion_tokens").number(0);
        return most > 0 ? most : root.get("max_tokens").number(0);
    }

    /** The texts that end the answer. */
    List<String> stop() {
        var stop = root.get("stop");
        return stop.text() != null
                ? List.of(stop.text())
                : stop.items().stream().map(Node::words).toList();
    }

    /** What the answer is to look like, or null if it is to be text. */
    Format format() {
        var format = root.get("response_format");
        return switch (format.get("type").text()) {
            case "json_object" -> new Format(null, null, null);
            case "json_schema" -> {
                var schema = format.get("json_schema");
                yield new Format(
                        schema.get("name").text(),
                        schema.get("description").text(),
                        schema.get("schema").object());
            }
            case "text" -> null;
            case null -> null;
            default -> throw refused("response_format.type");
        };
    }

    /** A number, or 0. */
    double number(String name) {
        return fields.get(name) instanceof Number number ? number.doubleValue() : 0;
    }

    /** How hard to think, in the words of those who know neither nothing nor little; or null if that is not said. */
    String effort() {
        var effort = text("reasoning_effort");
        return "minimal".equals(effort) ? "low" : "none".equals(effort) ? null : effort;
    }

    /** A text field, or null. */
    String text(String name) {
        return root.get(name).text();
    }

    /** Puts fields that mean the same under another name, where they are there. */
    void copy(String name, JsonObject to, String as) {
        if (fields.get(name) != null) {
            to.put(as, fields.get(name));
        }
    }

    /** Puts the fields that are not OpenAI's: the client knows the upstream, and they are for it. */
    void copyOthers(JsonObject to) {
        fields.forEach((name, value) -> {
            if (!OPENAI.contains(name) && !COMMON.contains(name) && !ADVICE.contains(name)) {
                to.put(name, value);
            }
        });
    }
}
