package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One chat completion of the demo: decided when made, rendered whole or in chunks. */
final class DemoChat {

    private static final int MOST_CHOICES = 128;
    private static final int MOST_CHARACTERS = 1024 * 1024;

    private record ToolCall(String id, String name, List<String> arguments) {}

    private record Choice(int index, List<String> text, List<ToolCall> calls, String finishReason) {}

    private final Question question;
    private final Map<String, Object> fields;
    private final DemoMessages messages;
    private final List<DemoTools.Wanted> wanted;
    private final boolean logprobs;
    private final boolean alternatives;
    private final List<Choice> choices = new ArrayList<>();
    private final Usage usage;
    private final String id;
    private final long created = System.currentTimeMillis() / 1000;

    /** @throws Failure 400 for what the demo can't do */
    DemoChat(Question question) {
        this.question = question;
        this.fields = question.body().fields();
        this.id = "chatcmpl-" + question.call().id();
        refuse("functions", "use 'tools' instead.");
        refuse("function_call", "use 'tool_choice' instead.");
        refuse("audio", "it answers with text only.");
        this.messages = new DemoMessages(fields.get("messages"));
        this.wanted = DemoTools.wanted(fields, messages);
        this.logprobs = Boolean.TRUE.equals(fields.get("logprobs"));
        this.alternatives = logprobs && DemoText.number(fields, "top_logprobs", 0, 0, 20) > 0;
        int n = DemoText.number(fields, "n", 1, 1, MOST_CHOICES);
        int most = DemoText.number(fields, "max_tokens", Integer.MAX_VALUE, 1, Integer.MAX_VALUE);
        most = DemoText.number(fields, "max_completion_tokens", most, 1, Integer.MAX_VALUE);
        var content = wanted.isEmpty() ? content() : null;
        long size = content == null
                ? wanted.stream().mapToLong(call -> call.arguments().length()).sum()
                : content.text().length();
        if (n * size > MOST_CHARACTERS) {
            throw Failure.invalid("n", "The demo answers with at most " + MOST_CHARACTERS + " characters.");
        }
        for (int i = 0; i < n; i++) {
            choices.add(content == null ? calls(i, most) : words(i, content, n, most));
        }
        this.usage =
                new Usage(question.model(), question.upstream(), messages.tokens(), completionTokens(), 0, 0, true);
    }

    private void refuse(String field, String instead) {
        if (fields.get(field) != null) {
            throw Failure.invalid(field, "The demo does not know '" + field + "': " + instead);
        }
    }

    /** What a JSON format was asked for, or null if words will do. */
    private String structured() {
        var format = DemoText.object(fields.get("response_format"));
        return switch (DemoText.string(format.get("type"))) {
            case "json_schema" -> {
                var schema = DemoText.object(format.get("json_schema")).get("schema");
                if (!(schema instanceof Map<?, ?> object)) {
                    throw Failure.invalid("response_format.json_schema.schema", "The schema must be an object.");
                }
                yield DemoSchema.example(object, "response_format.json_schema.schema");
            }
            case "json_object" ->
                new JsonObject().put("message", messages.reply()).encode();
            default -> null;
        };
    }

    private record Content(String text, boolean structured) {}

    private Content content() {
        var json = structured();
        return json == null ? new Content(messages.reply(), false) : new Content(json, true);
    }

    private Choice words(int index, Content content, int n, int most) {
        boolean numbered = n > 1 && !content.structured();
        var text = numbered ? content.text() + "\nThis is answer " + (index + 1) + " of " + n + "." : content.text();
        var pieces = DemoText.pieces(DemoText.untilStop(text, fields.get("stop")));
        var finishReason = pieces.size() > most ? "length" : "stop";
        return new Choice(index, pieces.subList(0, Math.min(most, pieces.size())), List.of(), finishReason);
    }

    private Choice calls(int index, int most) {
        var calls = new ArrayList<ToolCall>();
        int left = most;
        boolean cut = false;
        for (var call : wanted) {
            var pieces = DemoText.pieces(call.arguments());
            int taken = Math.min(left, pieces.size());
            cut |= taken < pieces.size();
            if (taken > 0) {
                calls.add(new ToolCall(callId(index, calls.size()), call.name(), pieces.subList(0, taken)));
            }
            left -= taken;
        }
        return new Choice(index, List.of(), calls, cut ? "length" : "tool_calls");
    }

    /** Unique in a conversation, and short enough for clients that expect at most 40 characters. */
    private String callId(int choice, int call) {
        var name = (id + "/" + choice + "/" + call).getBytes(StandardCharsets.UTF_8);
        return "call_"
                + UUID.nameUUIDFromBytes(name).toString().replace("-", "").substring(0, 24);
    }

    private long completionTokens() {
        long tokens = 0;
        for (var choice : choices) {
            tokens += choice.text().size();
            for (var call : choice.calls()) {
                tokens += call.arguments().size();
            }
        }
        return tokens;
    }

    boolean streaming() {
        return question.streaming();
    }

    /** Tokens of the messages' texts, and of the text and the arguments of tool calls in all choices. */
    Usage usage() {
        return usage;
    }

    /** The whole answer. */
    JsonObject answer() {
        var rendered = new JsonArray();
        choices.forEach(choice -> rendered.add(whole(choice)));
        return frame("chat.completion", rendered).put("usage", usageJson(usage));
    }

    private JsonObject whole(Choice choice) {
        var message = new JsonObject().put("role", "assistant");
        message.put("content", choice.calls().isEmpty() ? String.join("", choice.text()) : null);
        message.putNull("refusal").put("annotations", new JsonArray());
        if (!choice.calls().isEmpty()) {
            var calls = new JsonArray();
            choice.calls().forEach(call -> calls.add(toolCall(call, String.join("", call.arguments()))));
            message.put("tool_calls", calls);
        }
        return new JsonObject()
                .put("index", choice.index())
                .put("message", message)
                .put("logprobs", logprobs(choice.text()))
                .put("finish_reason", choice.finishReason());
    }

    private static JsonObject toolCall(ToolCall call, String arguments) {
        return new JsonObject()
                .put("id", call.id())
                .put("type", "function")
                .put("function", new JsonObject().put("name", call.name()).put("arguments", arguments));
    }

    /** The answer in chunks, made one by one; the choices take turns, the first one first. */
    Iterator<JsonObject> chunks() {
        var turns = new DemoTurns<>(choices.stream().map(this::deltas).toList());
        Stream<JsonObject> chunks = turns.stream().map(choice -> {
            var chunk = frame("chat.completion.chunk", new JsonArray().add(choice));
            return question.wantsUsage() ? chunk.putNull("usage") : chunk;
        });
        if (question.wantsUsage()) {
            var last = frame("chat.completion.chunk", new JsonArray()).put("usage", usageJson(usage));
            chunks = Stream.concat(chunks, Stream.of(last));
        }
        return chunks.iterator();
    }

    private Iterator<JsonObject> deltas(Choice choice) {
        boolean calling = !choice.calls().isEmpty();
        var role = new JsonObject()
                .put("role", "assistant")
                .put("content", calling ? null : "")
                .putNull("refusal");
        var words = choice.text().stream()
                .map(piece -> delta(choice, new JsonObject().put("content", piece), null)
                        .put("logprobs", logprobs(List.of(piece))));
        var calls = IntStream.range(0, choice.calls().size())
                .boxed()
                .flatMap(index -> callDeltas(index, choice.calls().get(index)))
                .map(call -> delta(choice, new JsonObject().put("tool_calls", new JsonArray().add(call)), null));
        // concat() and not flatMap(), which would make all of a part before the first is asked for.
        return Stream.concat(
                        Stream.concat(Stream.of(delta(choice, role, null)), Stream.concat(words, calls)),
                        Stream.of(delta(choice, new JsonObject(), choice.finishReason())))
                .iterator();
    }

    private static Stream<JsonObject> callDeltas(int index, ToolCall call) {
        var start = new JsonObject().put("index", index).mergeIn(toolCall(call, ""));
        var arguments = call.arguments().stream()
                .map(piece ->
                        new JsonObject().put("index", index).put("function", new JsonObject().put("arguments", piece)));
        return Stream.concat(Stream.of(start), arguments);
    }

    private static JsonObject delta(Choice choice, JsonObject delta, String finishReason) {
        return new JsonObject()
                .put("index", choice.index())
                .put("delta", delta)
                .putNull("logprobs")
                .put("finish_reason", finishReason);
    }

    /** Null unless asked for; there was no other choice than each token, so its probability is 1 and the logarithm 0. */
    private JsonObject logprobs(List<String> pieces) {
        if (!logprobs) {
            return null;
        }
        var content = new JsonArray();
        for (var piece : pieces) {
            var top = alternatives ? new JsonArray().add(logprob(piece)) : new JsonArray();
            content.add(logprob(piece).put("top_logprobs", top));
        }
        return new JsonObject().put("content", content).putNull("refusal");
    }

    private static JsonObject logprob(String piece) {
        var bytes = new JsonArray();
        for (byte b : piece.getBytes(StandardCharsets.UTF_8)) {
            bytes.add(b & 0xff);
        }
        return new JsonObject().put("token", piece).put("logprob", 0.0).put("bytes", bytes);
    }

    private JsonObject frame(String object, JsonArray choices) {
        return new JsonObject()
                .put("id", id)
                .put("object", object)
                .put("created", created)
                .put("model", question.model())
                .put("choices", choices)
                .put("service_tier", "default")
                .put("system_fingerprint", Demo.FINGERPRINT);
    }

    /** OpenAI's {@code usage} object, with its details. */
    static JsonObject usageJson(Usage usage) {
        return new JsonObject()
                .put("prompt_tokens", usage.promptTokens())
                .put("completion_tokens", usage.completionTokens())
                .put("total_tokens", usage.promptTokens() + usage.completionTokens())
                .put(
                        "prompt_tokens_details",
                        new JsonObject().put("cached_tokens", 0).put("audio_tokens", 0))
                .put(
                        "completion_tokens_details",
                        new JsonObject()
                                .put("reasoning_tokens", 0)
                                .put("audio_tokens", 0)
                                .put("accepted_prediction_tokens", 0)
                                .put("rejected_prediction_tokens", 0));
    }
}
