package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One response of the demo, the younger sister of chat: decided when made, rendered whole or in events. It calls no tools. */
final class DemoResponse {

    private static final List<String> ECHOED = List.of(
            "instructions",
            "max_output_tokens",
            "max_tool_calls",
            "prompt_cache_key",
            "safety_identifier",
            "reasoning");

    private final Question question;
    private final Map<String, Object> fields;
    private final List<String> pieces;
    private final boolean cut;
    private final Usage usage;
    private final String id;
    private final long created = System.currentTimeMillis() / 1000;

    /** @throws Failure 400 for what the demo can't do */
    DemoResponse(Question question) {
        this.question = question;
        this.fields = question.body().fields();
        this.id = question.call().id();
        var choice = or("tool_choice", "auto");
        if (!"auto".equals(choice) && !"none".equals(choice)) {
            throw Failure.invalid("tool_choice", "The demo calls no tools in responses; it does in chat completions.");
        }
        var messages = messages(fields.get("input"));
        var instructions = DemoText.string(fields.get("instructions"));
        var all = DemoText.pieces(text(new DemoMessages(messages)));
        int most = DemoText.number(fields, "max_output_tokens", Integer.MAX_VALUE, 1, Integer.MAX_VALUE);
        this.cut = all.size() > most;
        this.pieces = all.subList(0, Math.min(most, all.size()));
        long asked = new DemoMessages(messages).tokens() + DemoText.count(instructions);
        this.usage = new Usage(question.model(), question.upstream(), asked, pieces.size(), 0, 0, true);
    }

    private String text(DemoMessages messages) {
        var format = DemoText.object(DemoText.object(fields.get("text")).get("format"));
        return switch (DemoText.string(format.get("type"))) {
            case "json_schema" -> {
                if (!(format.get("schema") instanceof Map<?, ?> schema)) {
                    throw Failure.invalid("text.format.schema", "The schema must be an object.");
                }
                yield DemoSchema.example(schema, "text.format.schema");
            }
            case "json_object" ->
                new JsonObject().put("message", messages.reply()).encode();
            default -> messages.reply();
        };
    }

    /** The input as the messages of a chat. */
    private static List<Map<String, Object>> messages(Object input) {
        return input instanceof String text
                ? List.of(Map.of("role", "user", "content", text))
                : DemoText.objects(input).stream().map(DemoResponse::message).toList();
    }

    private static Map<String, Object> message(Map<?, ?> item) {
        return switch (DemoText.string(item.get("type"))) {
            case "function_call_output" ->
                Map.of(
                        "role", "tool",
                        "tool_call_id", DemoText.string(item.get("call_id")),
                        "content", DemoText.string(item.get("output")));
            case "function_call" ->
                Map.of(
                        "role",
                        "assistant",
                        "tool_calls",
                        List.of(Map.of("id", DemoText.string(item.get("call_id")), "function", item)));
            default ->
                Map.of(
                        "role",
                        DemoText.string(item.get("role")),
                        "content",
                        item.get("content") instanceof String text
                                ? text
                                : DemoText.objects(item.get("content")).stream()
                                        .map(DemoResponse::part)
                                        .toList());
        };
    }

    private static Map<String, Object> part(Map<?, ?> part) {
        return switch (DemoText.string(part.get("type"))) {
            case "input_text", "output_text" -> Map.of("type", "text", "text", DemoText.string(part.get("text")));
            case "input_image" -> Map.of("type", "image_url", "image_url", DemoText.string(part.get("image_url")));
            case "input_file" -> Map.of("type", "file");
            default -> Map.of("type", "unknown");
        };
    }

    /** Null says as little as nothing. */
    private Object or(String name, Object otherwise) {
        var said = fields.get(name);
        return said == null ? otherwise : said;
    }

    boolean streaming() {
        return question.streaming();
    }

    /** Tokens of the input's and the answer's texts. */
    Usage usage() {
        return usage;
    }

    /** The whole answer. */
    JsonObject answer() {
        var done = frame(cut ? "incomplete" : "completed")
                .put("output", new JsonArray().add(item(String.join("", pieces))));
        done.put("incomplete_details", cut ? new JsonObject().put("reason", "max_output_tokens") : null);
        return done.put("usage", usageJson());
    }

    private JsonObject usageJson() {
        return new JsonObject()
                .put("input_tokens", usage.promptTokens())
                .put(
                        "input_tokens_details",
                        new JsonObject().put("cached_tokens", 0).put("cache_write_tokens", 0))
                .put("output_tokens", usage.completionTokens())
                .put("output_tokens_details", new JsonObject().put("reasoning_tokens", 0))
                .put("total_tokens", usage.promptTokens() + usage.completionTokens());
    }

    private JsonObject frame(String status) {
        var frame = new JsonObject()
                .put("id", "resp_" + id)
                .put("object", "response")
                .put("created_at", created)
                .put("status", status)
                .putNull("error")
                .putNull("incomplete_details")
                .put("model", question.model())
                .put("output", new JsonArray())
                .put("parallel_tool_calls", true)
                .put("metadata", or("metadata", Map.of()))
                .put("tool_choice", or("tool_choice", "auto"))
                .put("tools", or("tools", List.of()))
                .put("temperature", or("temperature", 1))
                .put("top_p", or("top_p", 1))
                .putNull("previous_response_id")
                .put("truncation", "disabled")
                .put("text", or("text", Map.of("format", Map.of("type", "text"))))
                .put("store", false)
                .put("background", false)
                .put("service_tier", "default")
                .putNull("usage");
        ECHOED.forEach(name -> frame.put(name, fields.get(name)));
        return frame;
    }

    private JsonObject item(String text) {
        return new JsonObject()
                .put("type", "message")
                .put("id", "msg_" + id)
                .put("status", cut ? "incomplete" : "completed")
                .put("role", "assistant")
                .put("content", new JsonArray().add(part(text)));
    }

    private static JsonObject part(String text) {
        return new JsonObject()
                .put("type", "output_text")
                .put("text", text)
                .put("annotations", new JsonArray())
                .put("logprobs", new JsonArray());
    }

    /** The answer in events, made one by one. */
    Iterator<JsonObject> events() {
        var text = String.join("", pieces);
        var begun = item("").put("status", "in_progress").put("content", new JsonArray());
        var before = Stream.of(
                event("created").put("response", frame("in_progress")),
                event("in_progress").put("response", frame("in_progress")),
                event("output_item.added").put("output_index", 0).put("item", begun),
                ofPart("content_part.added").put("part", part("")));
        var deltas = pieces.stream()
                .map(piece -> ofPart("output_text.delta").put("delta", piece).put("logprobs", new JsonArray()));
        var after = Stream.of(
                ofPart("output_text.done").put("text", text).put("logprobs", new JsonArray()),
                ofPart("content_part.done").put("part", part(text)),
                event("output_item.done").put("output_index", 0).put("item", item(text)),
                event(cut ? "incomplete" : "completed").put("response", answer()));
        var numbers = IntStream.iterate(0, n -> n + 1).iterator();
        return Stream.concat(Stream.concat(before, deltas), after)
                .map(event -> event.put("sequence_number", numbers.next()))
                .iterator();
    }

    private static JsonObject event(String name) {
        return new JsonObject().put("type", "response." + name);
    }

    private JsonObject ofPart(String name) {
        return event(name).put("item_id", "msg_" + id).put("output_index", 0).put("content_index", 0);
    }
}
