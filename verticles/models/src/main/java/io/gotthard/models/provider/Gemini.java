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
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Google's Gemini. A {@code generationConfig} and other fields of Google's reach it as the client sent them. A model with a slash in its
 * name is a whole resource, such as {@code tunedModels/mine}.
 */
final class Gemini implements Translator {

    private static final Set<String> WORDS = Set.of(
            "n",
            "stop",
            "temperature",
            "top_p",
            "seed",
            "frequency_penalty",
            "presence_penalty",
            "response_format",
            "reasoning_effort");

    /** How many tokens the models before Gemini 3 may think, for each effort. */
    private static final Map<String, Integer> BUDGETS =
            Map.of("none", 0, "minimal", 1024, "low", 1024, "medium", 8192, "high", 24576, "xhigh", 24576);

    private final Upstream upstream;
    private final Map<String, String> headers;

    Gemini(Upstream upstream) {
        this.upstream = upstream;
        this.headers = upstream.key() == null ? Map.of() : Map.of("x-goog-api-key", upstream.key());
    }

    @Override
    public Request request(Question question) {
        var model = question.upstreamModel();
        var resource = model.contains("/") ? model : "models/" + model;
        var path = "/"
                + Arrays.stream(resource.split("/"))
                        .map(segment -> URLEncoder.encode(segment, StandardCharsets.UTF_8)
                                .replace("+", "%20"))
                        .collect(Collectors.joining("/"));
        return switch (question.kind()) {
            case CHAT -> {
                var operation = question.streaming() ? ":streamGenerateContent?alt=sse" : ":generateContent";
                yield new Request(
                        path + operation, headers, Buffer.buffer(chat(question).encode()));
            }
            case EMBEDDING -> {
                var body = Buffer.buffer(embedding(question, resource).encode());
                yield new Request(path + ":batchEmbedContents", headers, body);
            }
            default -> throw ChatRequest.wrongKind(question.kind());
        };
    }

    private JsonObject chat(Question question) {
        var chat = new ChatRequest(question, upstream.dropUnsupported(), WORDS);
        var body = new JsonObject();
        GeminiContents.put(chat.messages(), question.upstreamModel(), body);
        putTools(chat, body);
        var config = config(chat, question.upstreamModel());
        chat.copyOthers(body);
        config.mergeIn(new Node(body.getValue("generationConfig")).object());
        return config.isEmpty() ? body : body.put("generationConfig", config);
    }

    private static JsonObject config(ChatRequest chat, String model) {
        var config = new JsonObject();
        if (chat.maxTokens() > 0) {
            config.put("maxOutputTokens", chat.maxTokens());
        }
        if (!chat.stop().isEmpty()) {
            config.put("stopSequences", new JsonArray(chat.stop()));
        }
        chat.copy("n", config, "candidateCount");
        chat.copy("temperature", config, "temperature");
        chat.copy("top_p", config, "topP");
        chat.copy("seed", config, "seed");
        chat.copy("frequency_penalty", config, "frequencyPenalty");
        chat.copy("presence_penalty", config, "presencePenalty");
        var format = chat.format();
        if (format != null) {
            config.put("responseMimeType", Answer.JSON);
        }
        if (format != null && format.schema() != null) {
            config.put("responseJsonSchema", format.schema());
        }
        var effort = chat.text("reasoning_effort");
        if (effort != null) {
            config.put("thinkingConfig", thinking(effort, model));
        }
        return config;
    }

    private static JsonObject thinking(String effort, String model) {
        if (!model.contains("gemini-2")) {
            return new JsonObject()
                    .put(
                            "thinkingLevel",
                            switch (effort) {
                                case "none" -> "minimal";
                                case "xhigh" -> "high";
                                default -> effort;
                            });
        }
        var budget = BUDGETS.get(effort);
        if (budget == null) {
            throw ChatRequest.refused("reasoning_effort");
        }
        return new JsonObject().put("thinkingBudget", budget);
    }

    private static void putTools(ChatRequest chat, JsonObject body) {
        var functions = new JsonArray();
        for (var tool : chat.tools()) {
            var function = new JsonObject().put("name", tool.name());
            if (tool.description() != null) {
                function.put("description", tool.description());
            }
            functions.add(
                    tool.parameters().isEmpty() ? function : function.put("parametersJsonSchema", tool.parameters()));
        }
        if (functions.isEmpty()) {
            return;
        }
        body.put("tools", new JsonArray().add(new JsonObject().put("functionDeclarations", functions)));
        var choice = chat.toolChoice();
        if (choice != null) {
            var mode = choice.mode() == ChatRequest.Mode.REQUIRED
                    ? "ANY"
                    : choice.mode().name();
            var calling = new JsonObject().put("mode", mode);
            if (choice.name() != null) {
                calling.put("allowedFunctionNames", new JsonArray().add(choice.name()));
            }
            body.put("toolConfig", new JsonObject().put("functionCallingConfig", calling));
        }
    }

    private static JsonObject embedding(Question question, String resource) {
        var request = new EmbeddingRequest(question);
        var requests = new JsonArray();
        for (var text : request.texts()) {
            var each = new JsonObject().put("model", resource).put("content", GeminiContents.text(text));
            requests.add(request.dimensions() > 0 ? each.put("outputDimensionality", request.dimensions()) : each);
        }
        return new JsonObject().put("requests", requests);
    }

    @Override
    public Listing listing() {
        return new Listing("/models?pageSize=1000", headers, "models", "name");
    }

    @Override
    public Buffer whole(Question question, Buffer body) {
        var answer = Node.parse(body);
        if (question.kind() == Kind.EMBEDDING) {
            var tokens = answer.get("usageMetadata").get("promptTokenCount");
            var vectors = answer.get("embeddings").items().stream()
                    .map(embedding -> embedding.get("values"))
                    .toList();
            return new EmbeddingRequest(question).answer(vectors, tokens.there() ? tokens.count() : -1);
        }
        var reply = new WholeReply(question);
        new GeminiReply(question, reply).part(answer);
        return reply.toBuffer();
    }

    @Override
    public String streamType() {
        return Answer.SSE;
    }

    @Override
    public Reader stream(Question question, int limit, SseReader.Events events) {
        var reply = new StreamedReply(question, events);
        var answer = new GeminiReply(question.asked(), reply);
        int choices = question.choices();
        var reader = new SseReader(limit, (bytes, from, to) -> answer.part(Node.parse(bytes, from, to)));
        return new Reader() {
            @Override
            public void read(Buffer data) {
                reader.read(data);
            }

            @Override
            public void end() {
                // Nothing but the end of the response says that this was all.
                for (int choice = 0; choice < choices; choice++) {
                    if (!reply.isFinished(choice)) {
                        return;
                    }
                }
                reply.done();
            }
        };
    }

    @Override
    public Failure failure(Question question, HttpClientResponse response, Buffer body) {
        return failure(
                question, response.statusCode(), UpstreamFailure.retryAfter(response), UpstreamFailure.error(body));
    }

    /** @param error Google's, whose details say what the status does not */
    static Failure failure(Question question, int status, long retryAfter, JsonObject error) {
        var told = new JsonObject();
        var message = new Node(error).get("message").words();
        if (!message.isEmpty()) {
            told.put("message", message);
        }
        if (message.contains("exceeds the maximum number of tokens")) {
            told.put("code", "context_length_exceeded");
        }
        var details = new Node(error).get("details").items();
        boolean key = details.stream()
                .map(detail -> detail.get("reason").words())
                .anyMatch(List.of("API_KEY_INVALID", "API_KEY_EXPIRED")::contains);
        if (key) {
            return UpstreamFailure.of(question, 401, -1, told);
        } else if (status == 400
                && "FAILED_PRECONDITION".equals(new Node(error).get("status").text())) {
            // Billing, or a country in which it is not offered: nothing that the request could change.
            return UpstreamFailure.of(question, 403, -1, told);
        }
        long delay = details.stream()
                .mapToLong(detail -> millis(detail.get("retryDelay").words()))
                .max()
                .orElse(-1);
        return UpstreamFailure.of(question, status, retryAfter >= 0 ? retryAfter : delay, told);
    }

    /** Of a duration such as {@code 34.07s}, or -1. */
    private static long millis(String duration) {
        return duration.matches("[0-9]{1,6}(\\.[0-9]{1,9})?s")
                ? (long) Math.ceil(Double.parseDouble(duration.substring(0, duration.length() - 1)) * 1000)
                : -1;
    }
}
