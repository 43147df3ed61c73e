package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.SseReader;
import io.gotthard.models.Kind;
import io.gotthard.models.Upstream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Converse of Amazon's Bedrock, with an API key or signed. Fields that are neither OpenAI's nor Converse's are for the model itself, and
 * go to {@code additionalModelRequestFields}.
 */
final class Bedrock implements Translator {

    private static final Set<String> WORDS =
            Set.of("stop", "temperature", "top_p", "response_format", "reasoning_effort");

    /** Converse's own, besides those that are translated. */
    private static final Set<String> OWN = Set.of(
            "additionalModelResponseFieldPaths",
            "guardrailConfig",
            "performanceConfig",
            "promptVariables",
            "requestMetadata",
            "serviceTier");

    private static final String FURTHER = "additionalModelRequestFields";

    private final Upstream upstream;
    private final InstantSource clock;
    private final String host;
    private final String base;
    private final AwsSignature signature;

    /** @param clock what time requests are signed at */
    Bedrock(Upstream upstream, InstantSource clock) {
        var uri = URI.create(upstream.url());
        boolean usual = uri.getPort() < 0 || uri.getPort() == ("https".equals(uri.getScheme()) ? 443 : 80);
        this.upstream = upstream;
        this.clock = clock;
        this.host = usual ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
        this.base = uri.getRawPath().replaceAll("/+$", "");
        this.signature = new AwsSignature(
                upstream.region(),
                "bedrock",
                upstream.accessKeyId(),
                upstream.secretAccessKey(),
                upstream.sessionToken());
    }

    @Override
    public Request request(Question question) {
        if (question.kind() != Kind.CHAT) {
            throw ChatRequest.wrongKind(question.kind());
        }
        var model = URLEncoder.encode(question.upstreamModel(), StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
        var path = "/model/" + model + (question.streaming() ? "/converse-stream" : "/converse");
        var body = Buffer.buffer(body(question).encode());
        var headers = upstream.key() == null
                ? signature.headers("POST", host, base + path, body.getBytes(), clock.instant())
                : Map.of("authorization", "Bearer " + upstream.key());
        return new Request(path, headers, body);
    }

    private JsonObject body(Question question) {
        var chat = new ChatRequest(question, upstream.dropUnsupported(), WORDS);
        var body = new JsonObject();
        boolean called = BedrockMessages.put(chat.messages(), body);
        var config = new JsonObject();
        if (chat.maxTokens() > 0) {
            config.put("maxTokens", chat.maxTokens());
        }
        if (!chat.stop().isEmpty()) {
            config.put("stopSequences", new JsonArray(chat.stop()));
        }
        chat.copy("temperature", config, "temperature");
        chat.copy("top_p", config, "topP");
        if (!config.isEmpty()) {
            body.put("inferenceConfig", config);
        }
        putTools(chat, called, body);
        putOutput(chat, body);
        var others = new JsonObject();
        chat.copyOthers(others);
        var further = new Node(others.remove(FURTHER)).object();
        others.forEach(other -> (OWN.contains(other.getKey()) ? body : further).put(other.getKey(), other.getValue()));
        return further.isEmpty() ? body : body.put(FURTHER, further);
    }

    /** @param called whether there are calls among the messages, which are not understood without tools */
    private static void putTools(ChatRequest chat, boolean called, JsonObject body) {
        var choice = chat.toolChoice();
        boolean none = choice != null && choice.mode() == ChatRequest.Mode.NONE;
        if (none && called) {
            chat.unsupported("tool_choice");
        }
        if (chat.tools().isEmpty() || (none && !called)) {
            return;
        }
        var tools = new JsonArray();
        for (var tool : chat.tools()) {
            var spec = new JsonObject().put("name", tool.name());
            if (tool.description() != null) {
                spec.put("description", tool.description());
            }
            var schema = new JsonObject().put("type", "object").mergeIn(tool.parameters());
            spec.put("inputSchema", new JsonObject().put("json", schema));
            tools.add(new JsonObject().put("toolSpec", tool.strict() ? spec.put("strict", true) : spec));
        }
        var config = new JsonObject().put("tools", tools);
        if (choice != null && !none) {
            var kind = choice.name() != null ? "tool" : choice.mode() == ChatRequest.Mode.REQUIRED ? "any" : "auto";
            var named = choice.name() == null ? new JsonObject() : new JsonObject().put("name", choice.name());
            config.put("toolChoice", new JsonObject().put(kind, named));
        }
        body.put("toolConfig", config);
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
            var schema =
                    new JsonObject().put("schema", format.schema().encode()).put("name", format.name());
            if (format.description() != null) {
                schema.put("description", format.description());
            }
            output.put(
                    "textFormat",
                    new JsonObject()
                            .put("type", "json_schema")
                            .put("structure", new JsonObject().put("jsonSchema", schema)));
        }
        if (!output.isEmpty()) {
            body.put("outputConfig", output);
        }
    }

    @Override
    public Buffer whole(Question question, Buffer body) {
        var reply = new WholeReply(question);
        new BedrockReply(question, reply).whole(Node.parse(body));
        return reply.toBuffer();
    }

    @Override
    public String streamType() {
        return "application/vnd.amazon.eventstream";
    }

    @Override
    public Reader stream(Question question, int limit, SseReader.Events events) {
        var reply = new StreamedReply(question, events);
        var answer = new BedrockReply(question.asked(), reply);
        return new EventStreamReader(limit, (headers, payload) -> {
            if (answer.message(headers, payload)) {
                reply.done();
            }
        });
    }

    @Override
    public Failure failure(Question question, HttpClientResponse response, Buffer body) {
        var type = response.getHeader("x-amzn-errortype");
        return failure(
                question,
                response.statusCode(),
                type == null ? "" : type,
                UpstreamFailure.retryAfter(response),
                UpstreamFailure.error(body));
    }

    /**
     * What an exception of Amazon's means.
     *
     * @param status of the response, or 0 where the exception came in a stream
     */
    static Failure failure(Question question, int status, String type, long retryAfter, JsonObject error) {
        var message = new Node(error).get("message").words();
        var told = new JsonObject();
        if (!message.isEmpty()) {
            told.put("message", message);
        }
        if (message.contains("too long") || message.contains("maximum number of tokens")) {
            told.put("code", "context_length_exceeded");
        }
        // In front of a colon and an address, and in a stream with a small letter.
        var name = type.split(":", 2)[0].toLowerCase(Locale.ROOT);
        int meant = switch (name) {
            case "servicequotaexceededexception", "throttlingexception", "modelnotreadyexception" -> 429;
            case "validationexception" -> message.contains("model identifier is invalid") ? 404 : 400;
            case "unrecognizedclientexception",
                    "invalidsignatureexception",
                    "expiredtokenexception",
                    "missingauthenticationtokenexception" -> 401;
            case "accessdeniedexception" -> 403;
            case "resourcenotfoundexception" -> 404;
            case "modeltimeoutexception" -> 408;
            case "serviceunavailableexception" -> 503;
            default -> status == 0 ? 500 : status;
        };
        return UpstreamFailure.of(question, meant, retryAfter, told);
    }
}
