package io.gotthard.assistants;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Fields;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A chat request to an assistant, as far as it is ours to understand: the rest takes the place of the assistant's parameters, and is its
 * model's business.
 *
 * @param agent the assistant's id
 * @param streamed whether the answer is to be a stream
 * @param withUsage whether the stream is to end with the usage
 * @param threadId the thread to go on with, or null for a new one
 * @param metadata what else the request's metadata says
 * @param messages OpenAI's messages
 * @param functions the caller's own functions, as OpenAI's {@code tools}
 * @param overrides temperature, tool_choice, response_format and the like
 */
record ChatQuestion(
        String agent,
        boolean streamed,
        boolean withUsage,
        String threadId,
        JsonObject metadata,
        List<JsonObject> messages,
        List<JsonObject> functions,
        JsonObject overrides) {

    private static final int LONGEST = 4 * 1024 * 1024;
    private static final JsonArray NONE = new JsonArray();
    private static final String THREAD = "thread_id";

    /** What is read here, and not a parameter of a model. */
    private static final Set<String> OURS =
            Set.of("model", "messages", "stream", "stream_options", "tools", "metadata", "n", "store");

    /** What can't be made of a run, which would be missed by whoever asks for it. */
    private static final List<String> UNSUPPORTED =
            List.of("functions", "function_call", "audio", "logprobs", "top_logprobs");

    /** A header that limits where a model answers; a run has no words for it. */
    private static final String ONLY = "x-gotthard-only";

    /**
     * Reads a request.
     *
     * @throws Failure 400 for what assistants can't do, by name
     */
    static ChatQuestion of(Call call) {
        var body = new JsonObject(call.body().fields());
        check(call, body);
        var metadata = new JsonObject();
        if (body.getValue("metadata") instanceof JsonObject given) {
            given.forEach(member -> metadata.put(member.getKey(), text(member.getKey(), member.getValue())));
        }
        var thread = (String) metadata.remove(THREAD);
        var overrides = new JsonObject();
        body.forEach(member -> {
            if (!OURS.contains(member.getKey()) && member.getValue() != null) {
                overrides.put(member.getKey(), member.getValue());
            }
        });
        Storable.check(
                "tools",
                Objects.requireNonNullElse(body.getJsonArray("tools"), NONE).encode(),
                LONGEST);
        Storable.check("the parameters of the model", overrides.encode(), LONGEST);
        var options = body.getValue("stream_options");
        return new ChatQuestion(
                body.getString("model"),
                Boolean.TRUE.equals(body.getValue("stream")),
                options instanceof JsonObject given && Boolean.TRUE.equals(given.getValue("include_usage")),
                thread,
                metadata,
                messages(body.getJsonArray("messages")),
                functions(body),
                overrides);
    }

    private static String text(String name, Object value) {
        if (!(value instanceof String text)) {
            throw Failure.invalid("metadata." + name, "'metadata." + name + "' must be a text.");
        }
        return text;
    }

    private static void check(Call call, JsonObject body) {
        if (body.getValue("n") instanceof Number n && n.longValue() > 1) {
            throw unsupported("n", "An assistant gives one answer: 'n' must be 1.");
        }
        for (var field : UNSUPPORTED) {
            var value = body.getValue(field);
            boolean said = value != null && !Boolean.FALSE.equals(value) && !isNothing(value);
            if (said) {
                throw unsupported(field, "Assistants do not support '" + field + "'.");
            }
        }
        if (body.getValue("modalities") instanceof JsonArray kinds
                && !kinds.getList().equals(List.of("text"))) {
            throw unsupported("modalities", "Assistants answer with text: 'modalities' must be [\"text\"].");
        }
        if (call.parameters().containsKey(ONLY)) {
            throw unsupported(ONLY, "Assistants do not support '" + ONLY + "': use a key that is limited to regions.");
        }
    }

    private static boolean isNothing(Object value) {
        return (value instanceof JsonArray list && list.isEmpty())
                || (value instanceof Number number && number.longValue() == 0);
    }

    private static Failure unsupported(String param, String message) {
        return new Failure(400, "invalid_request_error", "unsupported_parameter", param, message, -1);
    }

    private static List<JsonObject> functions(JsonObject body) {
        var functions = body.getValue("tools") instanceof JsonArray tools ? objects(tools) : List.<JsonObject>of();
        for (int i = 0; i < functions.size(); i++) {
            if (!"function".equals(functions.get(i).getString("type"))) {
                throw unsupported(
                        "tools[" + i + "].type", "The tools of a request to an assistant are of the type 'function'.");
            }
        }
        return functions;
    }

    private static List<JsonObject> messages(JsonArray array) {
        var messages = objects(array);
        for (int i = 0; i < messages.size(); i++) {
            // It becomes an event of a log, which people read again and again.
            Storable.check("messages[" + i + "]", messages.get(i).encode(), LONGEST);
        }
        return messages;
    }

    private static List<JsonObject> objects(JsonArray array) {
        var objects = new ArrayList<JsonObject>();
        for (int i = 0; i < array.size(); i++) {
            objects.add(array.getJsonObject(i));
        }
        return List.copyOf(objects);
    }

    /** The messages that a thread does not have yet which has what was said before: those behind the last of an assistant. */
    List<JsonObject> news() {
        int from = 0;
        for (int i = 0; i < messages.size(); i++) {
            if ("assistant".equals(messages.get(i).getString("role"))) {
                from = i + 1;
            }
        }
        return messages.subList(from, messages.size()).stream()
                .filter(message -> !Set.of("system", "developer").contains(message.getString("role")))
                .toList();
    }

    /** What the caller's functions gave back, if that is all that is new: OpenAI's {@code tool_outputs}; else empty. */
    static JsonArray outputs(List<JsonObject> news) {
        var outputs = new JsonArray();
        for (var message : news) {
            if (!"tool".equals(message.getString("role"))) {
                return new JsonArray();
            }
            outputs.add(new JsonObject()
                    .put("tool_call_id", message.getString("tool_call_id"))
                    .put("output", text(message.getValue("content"))));
        }
        return outputs;
    }

    /** A content's text: of OpenAI's parts those that are text, one after the other. */
    static String text(Object content) {
        return switch (content) {
            case String text -> text;
            case JsonArray parts -> {
                var text = new StringBuilder();
                for (int i = 0; i < parts.size(); i++) {
                    text.append(parts.getValue(i) instanceof JsonObject part ? part.getString("text", "") : "");
                }
                yield text.toString();
            }
            case null, default -> "";
        };
    }

    /** A title for a new thread: how its first question begins. */
    String title() {
        var question = messages.stream()
                .filter(message -> "user".equals(message.getString("role")))
                .map(message -> text(message.getValue("content")))
                .findFirst()
                .orElse("");
        var line = question.strip().lines().findFirst().orElse("").replaceAll("\\p{Cntrl}|\\p{Cs}", " ");
        int most = 80;
        return line.codePointCount(0, line.length()) <= most
                ? line
                : line.substring(0, line.offsetByCodePoints(0, most - 1)) + "…";
    }

    /** The metadata of a new thread. */
    JsonObject threadMetadata() {
        return new ThreadForm(new Fields(Map.of("metadata", metadata.getMap()))).metadata();
    }
}
