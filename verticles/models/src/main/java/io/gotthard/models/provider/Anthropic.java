package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.SseReader;
import io.gotthard.models.Kind;
import io.gotthard.models.Upstream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Anthropic's Messages. System prompts are put in front, wherever they stood; messages that follow one another from the same side become
 * one. A message may have {@code thinking_blocks}, as an answer had them, and a part of it {@code cache_control}.
 */
final class Anthropic implements Translator {

    static final String PATH = "/v1/messages";

    private static final String VERSION = "2023-06-01";

    private static final Set<String> WORDS =
            Set.of("stop", "temperature", "top_p", "parallel_tool_calls", "response_format", "reasoning_effort");

    private final Upstream upstream;
    private final Map<String, String> headers = new HashMap<>();

    Anthropic(Upstream upstream) {
        this.upstream = upstream;
        headers.put("anthropic-version", upstream.apiVersion() == null ? VERSION : upstream.apiVersion());
        if (upstream.key() != null) {
            headers.put("x-api-key", upstream.key());
        }
    }

    @Override
    public Request request(Question question) {
        if (question.kind() != Kind.CHAT) {
            throw ChatRequest.wrongKind(question.kind());
        }
        if (question.body().source() != null) {
            return AnthropicOriginal.request(question, headers);
        }
        var chat = new ChatRequest(question, upstream.dropUnsupported(), WORDS);
        var body = new JsonObject()
                .put("model", question.upstreamModel())
                .put("max_tokens", chat.maxTokens() > 0 ? chat.maxTokens() : upstream.maxTokens());
        AnthropicMessages.put(chat.messages(), body);
        putTools(chat, body);
        if (!chat.stop().isEmpty()) {
            body.put("stop_sequences", new JsonArray(chat.stop()));
        }
        if (chat.number("temperature") > 1) {
            chat.unsupported("temperature", "The model's upstream takes a 'temperature' of at most 1.");
        } else {
            chat.copy("temperature", body, "temperature");
        }
        chat.copy("top_p", body, "top_p");
        putOutput(chat, body);
        var user = chat.text("safety_identifier") == null ? chat.text("user") : chat.text("safety_identifier");
        if (user != null) {
            body.put("metadata", new JsonObject().put("user_id", user));
        }
        chat.copyOthers(body);
        if (question.streaming()) {
            body.put("stream", true);
        }
        return new Request(PATH, headers, Buffer.buffer(body.encode()));
    }

    private static void putTools(ChatRequest chat, JsonObject body) {
        var tools = new JsonArray();
        for (var tool : chat.tools()) {
            var schema = new JsonObject().put("type", "object").mergeIn(tool.parameters());
            var json = new JsonObject().put("name", tool.name());
            if (tool.description() != null) {
                json.put("description", tool.description());
            }
            json.put("input_schema", schema);
            tools.add(tool.strict() ? json.put("strict", true) : json);
        }
        if (!tools.isEmpty()) {
            body.put("tools", tools);
            putToolChoice(chat, body);
        }
    }

    private static void putToolChoice(ChatRequest chat, JsonObject body) {
        var choice = chat.toolChoice();
        var json = new JsonObject();
        switch (choice) {
            case null -> json.put("type", "auto");
            case ChatRequest.ToolChoice(var mode, var name)
            when name != null -> json.put("type", "tool").put("name", name);
            case ChatRequest.ToolChoice(var mode, var name) ->
                json.put(
                        "type",
                        mode == ChatRequest.Mode.REQUIRED ? "any" : mode.name().toLowerCase(Locale.ROOT));
        }
        boolean single = chat.oneToolAtATime() && !"none".equals(json.getString("type"));
        if (single) {
            json.put("disable_parallel_tool_use", true);
        }
        if (choice != null || single) {
            body.put("tool_choice", json);
        }
    }

    private static void putOutput(ChatRequest chat, JsonObject body) {
        var output = new JsonObject();
        var effort = chat.effort();
        if (effort != null) {
            output.put("effort", effort);
        }
        var format = chat.format();
        if (format != null && format.schema() == null) {
            chat.unsupported("response_format");
        } else if (format != null) {
            output.put("format", new JsonObject().put("type", "json_schema").put("schema", format.schema()));
        }
        if (!output.isEmpty()) {
            body.put("output_config", output);
        }
    }

    @Override
    public Listing listing() {
        return new Listing("/v1/models?limit=1000", headers, "data", "id");
    }

    @Override
    public Buffer whole(Question question, Buffer body) {
        var reply = new WholeReply(question);
        new AnthropicReply(question, reply).whole(Node.parse(body));
        return reply.toBuffer();
    }

    @Override
    public String streamType() {
        return Answer.SSE;
    }

    @Override
    public Reader stream(Question question, int limit, SseReader.Events events) {
        var reply = new StreamedReply(question, events);
        var answer = new AnthropicReply(question.asked(), reply);
        return new SseReader(limit, (bytes, from, to) -> {
            if (answer.event(Node.parse(bytes, from, to))) {
                reply.done();
            }
        })::read;
    }

    @Override
    public Failure failure(Question question, HttpClientResponse response, Buffer body) {
        return failure(
                question, response.statusCode(), UpstreamFailure.retryAfter(response), UpstreamFailure.error(body));
    }

    /** @param error has a message in Anthropic's words, which say what kind of fault it is where the status does not */
    static Failure failure(Question question, int status, long retryAfter, JsonObject error) {
        var message = new Node(error).get("message").words();
        if (status == 400 && message.contains("credit balance is too low")) {
            return UpstreamFailure.of(question, 403, retryAfter, error);
        }
        boolean tooLong = message.startsWith("prompt is too long") || message.contains("exceed context limit");
        var told = new JsonObject().put("message", message.isEmpty() ? null : message);
        return UpstreamFailure.of(
                question, status, retryAfter, tooLong ? told.put("code", "context_length_exceeded") : told);
    }
}
