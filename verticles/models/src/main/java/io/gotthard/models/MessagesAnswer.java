package io.gotthard.models;

import io.gotthard.models.provider.Node;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** A chat completion as a message in Anthropic's words. What the completion does not say, the message does not say either. */
final class MessagesAnswer {

    private static final int BYTES_OF_A_TOKEN = 4;

    private final JsonArray content = new JsonArray();
    private long said;

    private MessagesAnswer() {}

    /**
     * The message.
     *
     * @param completion what a provider answered, hence an object
     * @param input how many tokens the request probably has, in case that the upstream does not say it
     */
    static Buffer of(Buffer completion, long input) {
        var chat = Node.parse(completion);
        var choices = chat.get("choices").items();
        var choice = choices.isEmpty() ? new Node(null) : choices.getFirst();
        var answer = new MessagesAnswer();
        answer.add(choice.get("message"));
        boolean called = !choice.get("message").get("tool_calls").items().isEmpty();
        boolean refused = !choice.get("message").get("refusal").words().isEmpty();
        var end = new End(
                choice.get("finish_reason").text(), choice.get("stop_reason").text(), called, refused);
        return new JsonObject()
                .put("id", id(chat.get("id").words()))
                .put("type", "message")
                .put("role", "assistant")
                .put("model", chat.get("model").text())
                .put("content", answer.content)
                .put("stop_reason", end.reason())
                .put("stop_sequence", end.sequence())
                .put("usage", usage(chat.get("usage"), input, answer.said))
                .toBuffer();
    }

    /** Anthropic's ids begin otherwise than OpenAI's. */
    static String id(String completion) {
        return completion.startsWith("msg_") ? completion : "msg_" + completion.replaceFirst("^chatcmpl-", "");
    }

    /**
     * Why an answer ended.
     *
     * @param finish what the chat says, or null
     * @param stopped the text that ended it, where the upstream says that, or null
     * @param called whether tools were called: some upstreams do not say so at the end
     * @param refused whether the answer was a refusal, which OpenAI says elsewhere
     */
    record End(String finish, String stopped, boolean called, boolean refused) {

        String reason() {
            return switch (finish) {
                case null -> null;
                case "length" -> "max_tokens";
                case "content_filter" -> "refusal";
                case "tool_calls", "function_call" -> "tool_use";
                default -> refused ? "refusal" : called ? "tool_use" : stopped != null ? "stop_sequence" : "end_turn";
            };
        }

        String sequence() {
            return "stop_sequence".equals(reason()) ? stopped : null;
        }
    }

    /**
     * What was consumed; what was read from a cache or written to one is not in {@code input_tokens}.
     *
     * @param usage what the upstream said, or nothing
     * @param input how many tokens the request probably has
     * @param said how many characters the answer has
     */
    static JsonObject usage(Node usage, long input, long said) {
        var details = usage.get("prompt_tokens_details");
        long cached = details.get("cached_tokens").count();
        long written = details.get("cache_creation_tokens").count();
        boolean reported = usage.get("prompt_tokens").there();
        return new JsonObject()
                .put(
                        "input_tokens",
                        reported ? Math.max(0, usage.get("prompt_tokens").count() - cached - written) : input)
                .put("cache_creation_input_tokens", written)
                .put("cache_read_input_tokens", cached)
                .put(
                        "output_tokens",
                        reported ? usage.get("completion_tokens").count() : Math.ceilDiv(said, BYTES_OF_A_TOKEN));
    }

    /** What a model thought, under either of the names that upstreams have for it. */
    static String thought(Node message) {
        var thought = message.get("reasoning_content").words();
        return thought.isEmpty() ? message.get("reasoning").words() : thought;
    }

    private void add(Node message) {
        var thoughts = message.get("thinking_blocks").items();
        thoughts.forEach(thought -> content.add(thought.json()));
        if (thoughts.isEmpty() && !thought(message).isEmpty()) {
            said += thought(message).length();
            content.add(new JsonObject()
                    .put("type", "thinking")
                    .put("thinking", thought(message))
                    .put("signature", ""));
        }
        text(message.get("content").words());
        text(message.get("refusal").words());
        for (var call : message.get("tool_calls").items()) {
            var function = call.get("function");
            said += function.get("arguments").words().length();
            content.add(toolUse(call, arguments(function.get("arguments").words())));
        }
    }

    /** A call that the model made itself, and no program of its own. */
    static JsonObject toolUse(Node call, JsonObject input) {
        return new JsonObject()
                .put("type", "tool_use")
                .put("id", call.get("id").words())
                .put("name", call.get("function").get("name").words())
                .put("input", input)
                .put("caller", new JsonObject().put("type", "direct"));
    }

    private void text(String text) {
        if (!text.isEmpty()) {
            said += text.length();
            content.add(new JsonObject().put("type", "text").put("text", text));
        }
    }

    /** An object, as clients expect; what the model wrote that is none is in a member of one, so that the tool can say so. */
    private static JsonObject arguments(String text) {
        try {
            if (text.isBlank()) {
                return new JsonObject();
            }
            if (Json.decodeValue(text) instanceof JsonObject object) {
                return object;
            }
        } catch (DecodeException e) {
            return new JsonObject().put("invalid_json", text);
        }
        return new JsonObject().put("invalid_json", text);
    }
}
