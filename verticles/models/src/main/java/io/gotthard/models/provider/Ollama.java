package io.gotthard.models.provider;

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
 * Ollama's own API, for what its imitation of OpenAI's does not offer: {@code options}, {@code keep_alive} and {@code think} reach it as
 * the client sent them.
 */
final class Ollama implements Translator {

    private static final Set<String> WORDS = Set.of(
            "stop",
            "temperature",
            "top_p",
            "seed",
            "frequency_penalty",
            "presence_penalty",
            "response_format",
            "reasoning_effort");

    private final Upstream upstream;
    private final Map<String, String> headers;

    Ollama(Upstream upstream) {
        this.upstream = upstream;
        this.headers = upstream.key() == null ? Map.of() : Map.of("authorization", "Bearer " + upstream.key());
    }

    @Override
    public Request request(Question question) {
        return switch (question.kind()) {
            case CHAT ->
                new Request("/api/chat", headers, Buffer.buffer(chat(question).encode()));
            case EMBEDDING ->
                new Request(
                        "/api/embed", headers, Buffer.buffer(embedding(question).encode()));
            default -> throw ChatRequest.wrongKind(question.kind());
        };
    }

    private JsonObject chat(Question question) {
        var chat = new ChatRequest(question, upstream.dropUnsupported(), WORDS);
        var body = new JsonObject()
                .put("model", question.upstreamModel())
                .put("messages", messages(chat))
                // True if it is not said.
                .put("stream", question.streaming());
        var tools = tools(chat);
        if (!tools.isEmpty()) {
            body.put("tools", tools);
        }
        var format = chat.format();
        if (format != null) {
            body.put("format", format.schema() == null ? "json" : format.schema());
        }
        var effort = chat.text("reasoning_effort");
        if (effort != null) {
            body.put(
                    "think",
                    switch (effort) {
                        case "none" -> false;
                        case "minimal" -> "low";
                        case "xhigh" -> "high";
                        default -> effort;
                    });
        }
        var options = options(chat);
        chat.copyOthers(body);
        options.mergeIn(new Node(body.getValue("options")).object());
        if (!options.isEmpty()) {
            body.put("options", options);
        }
        return body;
    }

    private static JsonObject options(ChatRequest chat) {
        var options = new JsonObject();
        if (chat.maxTokens() > 0) {
            options.put("num_predict", chat.maxTokens());
        }
        if (!chat.stop().isEmpty()) {
            options.put("stop", new JsonArray(chat.stop()));
        }
        for (var same : new String[] {"temperature", "top_p", "seed", "frequency_penalty", "presence_penalty"}) {
            chat.copy(same, options, same);
        }
        return options;
    }

    private static JsonArray messages(ChatRequest chat) {
        var messages = new JsonArray();
        var names = new HashMap<String, String>();
        for (var message : chat.messages()) {
            var json = new JsonObject()
                    .put("role", message.role().name().toLowerCase(Locale.ROOT))
                    .put("content", message.text());
            var images = images(message);
            if (!images.isEmpty()) {
                json.put("images", images);
            }
            var calls = new JsonArray();
            for (var call : message.calls()) {
                names.put(call.id(), call.name());
                calls.add(new JsonObject()
                        .put("id", call.id())
                        .put(
                                "function",
                                new JsonObject().put("name", call.name()).put("arguments", call.arguments())));
            }
            if (!calls.isEmpty()) {
                json.put("tool_calls", calls);
            }
            if (message.toolCallId() != null) {
                json.put("tool_name", names.get(message.toolCallId())).put("tool_call_id", message.toolCallId());
            }
            messages.add(json);
        }
        return messages;
    }

    private static JsonArray images(ChatMessage message) {
        var images = new JsonArray();
        for (var part : message.parts()) {
            if (part instanceof ChatMessage.Image image) {
                images.add(image.dataOnly());
            }
        }
        return images;
    }

    /** The tools; that one has to be called can't be said. */
    private static JsonArray tools(ChatRequest chat) {
        var tools = new JsonArray();
        var choice = chat.toolChoice();
        if (choice != null && choice.mode() == ChatRequest.Mode.NONE) {
            return tools;
        } else if (choice != null && choice.mode() == ChatRequest.Mode.REQUIRED) {
            chat.unsupported("tool_choice");
        }
        for (var tool : chat.tools()) {
            var function = new JsonObject().put("name", tool.name());
            if (tool.description() != null) {
                function.put("description", tool.description());
            }
            function.put("parameters", new JsonObject().put("type", "object").mergeIn(tool.parameters()));
            tools.add(new JsonObject().put("type", "function").put("function", function));
        }
        return tools;
    }

    private static JsonObject embedding(Question question) {
        var request = new EmbeddingRequest(question);
        var body = new JsonObject().put("model", question.upstreamModel()).put("input", new JsonArray(request.texts()));
        return request.dimensions() > 0 ? body.put("dimensions", request.dimensions()) : body;
    }

    @Override
    public Listing listing() {
        return new Listing("/api/tags", headers, "models", "name");
    }

    @Override
    public Buffer whole(Question question, Buffer body) {
        var answer = Node.parse(body);
        if (question.kind() == Kind.EMBEDDING) {
            var tokens = answer.get("prompt_eval_count");
            return new EmbeddingRequest(question)
                    .answer(answer.get("embeddings").items(), tokens.there() ? tokens.count() : -1);
        }
        var reply = new WholeReply(question);
        new OllamaReply(question, reply).line(answer);
        return reply.toBuffer();
    }

    @Override
    public String streamType() {
        return "application/x-ndjson";
    }

    @Override
    public Reader stream(Question question, int limit, SseReader.Events events) {
        var reply = new StreamedReply(question, events);
        var answer = new OllamaReply(question.asked(), reply);
        return new LineReader(limit, (bytes, from, to) -> {
            if (answer.line(Node.parse(bytes, from, to))) {
                reply.done();
            }
        });
    }

    @Override
    public Failure failure(Question question, HttpClientResponse response, Buffer body) {
        return failure(
                question, response.statusCode(), UpstreamFailure.retryAfter(response), UpstreamFailure.error(body));
    }

    static Failure failure(Question question, int status, long retryAfter, JsonObject error) {
        boolean tooLong = new Node(error).get("message").words().contains("exceeds the context length");
        return UpstreamFailure.of(
                question, status, retryAfter, tooLong ? error.put("code", "context_length_exceeded") : error);
    }
}
