package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.SseReader;
import io.gotthard.models.Kind;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * OpenAI's REST API. Only the model's name is translated, and usage is always asked for in streams; every other byte reaches the
 * upstream and the client as the other side wrote it.
 */
final class OpenAiCompatible implements Translator {

    private final Map<String, String> headers;

    /** @param key the upstream's key, or null */
    OpenAiCompatible(String key) {
        headers = key == null ? Map.of() : Map.of("authorization", "Bearer " + key);
    }

    @Override
    public Request request(Question question) {
        return new Request(path(question.kind()), headers, body(question));
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

    static Buffer body(Question question) {
        var edit = question.body().edit().set("model", Json.encode(question.upstreamModel()));
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
