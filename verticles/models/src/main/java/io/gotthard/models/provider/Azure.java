package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.JsonBody;
import io.gotthard.kit.SseReader;
import io.gotthard.models.Kind;
import io.gotthard.models.Upstream;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * OpenAI's API on Azure: the same bodies at other places. With a version, a model is a deployment and a part of the path; without one,
 * the path is that of Azure's {@code v1} API.
 */
final class Azure implements Translator {

    private final String apiVersion;
    private final Map<String, String> headers;

    Azure(Upstream upstream) {
        this.apiVersion = upstream.apiVersion();
        this.headers = upstream.key() == null ? Map.of() : Map.of("api-key", upstream.key());
    }

    @Override
    public Request request(Question question) {
        if (question.kind() == Kind.MODERATION) {
            throw ChatRequest.wrongKind(question.kind());
        }
        return new Request(
                path(question), OpenAiCompatible.headers(question, headers), OpenAiCompatible.body(question, true));
    }

    private String path(Question question) {
        var operation = OpenAiCompatible.path(question.kind());
        if (apiVersion == null) {
            return "/openai/v1" + operation;
        }
        // Responses name their deployment in the body alone.
        var deployment = question.kind() == Kind.RESPONSE ? "" : "/deployments/" + encoded(question.upstreamModel());
        return "/openai" + deployment + operation + "?api-version=" + encoded(apiVersion);
    }

    private static String encoded(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
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
        return new SseReader(limit, new WithoutPreface(events))::read;
    }

    /** Leaves out the event that says what Azure's filters thought of the prompt: it has no choice, which clients do not expect. */
    private static final class WithoutPreface implements SseReader.Events {

        private final SseReader.Events events;
        private boolean begun;

        WithoutPreface(SseReader.Events events) {
            this.events = events;
        }

        @Override
        public void data(byte[] bytes, int from, int to) {
            if (begun || !isPreface(bytes, from, to)) {
                begun = true;
                events.data(bytes, from, to);
            }
        }

        private static boolean isPreface(byte[] bytes, int from, int to) {
            try {
                var event = JsonBody.scan(bytes, from, to);
                return event.isEmptyArray("choices") && !event.has("usage") && !event.has("error");
            } catch (IOException e) {
                // Not ours to judge.
                return false;
            }
        }
    }
}
