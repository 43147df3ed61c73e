package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.kit.SseReader;
import io.gotthard.models.Kind;
import io.gotthard.models.Upstream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/**
 * OpenAI's REST API. Only the model's name is translated, and usage is always asked for in streams of chats and completions; every other byte reaches the
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
        return new Request(path(question.kind()), headers(question, headers), body(question, ofOpenAi));
    }

    /** Those of the upstream, and what says of what kind the request and its answer are if they are no JSON. */
    static Map<String, String> headers(Question question, Map<String, String> usual) {
        var form = question.body().form();
        boolean bytes = question.kind() == Kind.SPEECH || (form != null && !question.streaming());
        if (form == null && !bytes) {
            return usual;
        }
        var all = new HashMap<>(usual);
        if (form != null) {
            all.put("content-type", form.contentType());
        }
        if (bytes) {
            all.put("accept", "*/*");
        }
        return all;
    }

    /** Where a kind of question is asked. */
    static String path(Kind kind) {
        return switch (kind) {
            case CHAT -> "/chat/completions";
            case COMPLETION -> "/completions";
            case EMBEDDING -> "/embeddings";
            case IMAGE -> "/images/generations";
            case IMAGE_EDIT -> "/images/edits";
            case SPEECH -> "/audio/speech";
            case TRANSCRIPTION -> "/audio/transcriptions";
            case TRANSLATION -> "/audio/translations";
            case MODERATION -> "/moderations";
            case RESPONSE -> "/responses";
        };
    }

    /** @param newest whether all its models know {@code max_completion_tokens}, and some of them no longer the other name */
    static Buffer body(Question question, boolean newest) {
        if (question.body().form() != null) {
            return question.body().form().with("model", question.upstreamModel());
        }
        var edit = question.body().edit().set("model", Json.encode(question.upstreamModel()));
        if (newest && question.body().source() != null && question.body().has("max_tokens")) {
            // Our own words, and not the client's.
            edit.remove("max_tokens")
                    .set("max_completion_tokens", question.body().text("max_tokens"));
        }
        if (question.kind() == Kind.RESPONSE) {
            // It would be kept under our name, for nobody: see docs/decisions/0014-media-and-responses-pass-through.md.
            edit.set("store", "false");
        } else if (question.streaming()) {
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
