package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.SseReader;
import io.gotthard.models.Kind;
import io.gotthard.models.Upstream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Map;

/**
 * OpenAI's REST API. Only the model's name is translated, and usage is always asked for in streams; every other byte reaches the
 * upstream and the client as the other side wrote it.
 */
final class OpenAiCompatible implements Translator {

    private static final String OPENAI = "api.openai.com";

    private final Map<String, String> headers;
    private final boolean ofOpenAi;

    OpenAiCompatible(Upstream upstream) {
        headers = upstream.key() == null ? Map.of() : Map.of("authorization", "Bearer " + upstream.key());
        ofOpenAi = OPENAI.equals(URI.create(upstream.url()).getHost());
    }

    @Override
    public Request request(Question question) {
        return new Request(path(question.kind()), headers, body(question, ofOpenAi));
    }

    /** @throws Failure 400 if there is none for this kind */
    static String path(Kind kind) {
        return switch (kind) {
            case CHAT -> "/chat/completions";
            case COMPLETION -> "/completions";
            case EMBEDDING -> "/embeddings";
            default -> throw Failure.invalid("model", "This kind of model has no operation yet.");
        };
    }

    /** @param newest whether all its models know {@code max_completion_tokens}, and some of them no longer the other name */
    static Buffer body(Question question, boolean newest) {
        var edit = question.body().edit().set("model", Json.encode(question.upstreamModel()));
        if (newest && question.body().source() != null && question.body().has("max_tokens")) {
            // Our own words, and not the client's.
            edit.remove("max_tokens")
                    .set("max_completion_tokens", question.body().text("max_tokens"));
        }
        if (question.streaming()) {
            var options = new JsonObject();
            if (question.body().fields().get("stream_options") instanceof Map<?, ?> given) {
                given.forEach((name, value) -> options.put((String) name, value));
            }
            edit.set("stream_options", options.put("include_usage", true).encode());
        }
        return edit.toBuffer();
    }

    @Override
    public Listing listing() {
        return new Listing("/models", headers, "data", "id");
    }

    @Override
    public Buffer whole(Question question, Buffer body) {
        return body;
    }

    @Override
    public String streamType() {
        return Answer.SSE;
    }

    @Override
    public Reader stream(Question question, int limit, SseReader.Events events) {
        return new SseReader(limit, events)::read;
    }
}
