package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.models.Kind;
import io.vertx.core.http.HttpClientResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A streamed answer of the newer operations of OpenAI, whose events have types: responses and transcripts. One type says that the
 * answer is complete; without it, nothing is.
 */
final class OpenAiEvents extends OpenAiStream {

    private static final Set<String> COMPLETE =
            Set.of("response.completed", "response.incomplete", "transcript.text.done");
    private static final Set<String> FAILED = Set.of("error", "response.failed");
    private static final Pattern TYPE = Pattern.compile("\"([a-z0-9_.]{1,100})\"");

    /** Whether it is a transcript in chunks like a chat's, as vLLM sends it: only the formula says that it is complete. */
    private boolean chunks;

    private boolean complete;

    OpenAiEvents(
            Question question,
            Outlet outlet,
            OpenAiExchange exchange,
            HttpClientResponse response,
            Translator translator,
            int limit) {
        super(question, outlet, exchange, response, translator, limit);
    }

    @Override
    void formula() {
        complete |= chunks;
    }

    @Override
    boolean complete() {
        return complete;
    }

    @Override
    void read(byte[] bytes, int from, int to) throws IOException {
        for (int at = from; at < to; at++) {
            if (bytes[at] == '\n' || bytes[at] == '\r') {
                bytes[at] = ' ';
            }
        }
        var event = JsonBody.scan(bytes, from, to);
        if (question.kind() == Kind.TRANSCRIPTION && event.has("choices") && !event.has("error")) {
            chunk(event);
        } else {
            typed(event);
        }
    }

    private void chunk(JsonBody event) throws IOException {
        chunks = true;
        content = true;
        question.tally().deliverSound();
        reportIfAny(event);
        write(event.edit().replace("model", model));
    }

    private void typed(JsonBody event) throws IOException {
        var found = event.text("type") == null ? null : TYPE.matcher(event.text("type"));
        if (event.has("error") || found == null || !found.matches() || FAILED.contains(found.group(1))) {
            throw failure(event);
        }
        var type = found.group(1);
        var edit = event.edit().replace("model", model);
        var nested = nested(event);
        if (nested != null) {
            edit.set(
                    "response", nested.edit().replace("model", model).toBuffer().toString());
        }
        reportIfAny(nested == null ? event : nested);
        deliver(type, event.text("delta"));
        complete |= COMPLETE.contains(type);
        content |= complete || type.endsWith(".delta") || type.endsWith(".done");
        if (question.kind() == Kind.RESPONSE) {
            out.appendString("event: ").appendString(type).appendString("\n");
        }
        write(edit);
    }

    /** Events of a response as a whole have it in them. */
    private static JsonBody nested(JsonBody event) throws IOException {
        var text = event.text("response");
        if (text == null || !text.startsWith("{")) {
            return null;
        }
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        return JsonBody.scan(bytes, 0, bytes.length);
    }

    private Failure failure(JsonBody event) throws IOException {
        var nested = nested(event);
        if (nested != null) {
            return UpstreamFailure.inBand(question, nested);
        }
        boolean understood = event.has("error") || "\"error\"".equals(event.text("type"));
        return understood ? UpstreamFailure.inBand(question, event) : UpstreamFailure.malformed();
    }

    private void reportIfAny(JsonBody said) throws IOException {
        Map<String, Object> usage = said.object("usage");
        if (!usage.isEmpty()) {
            report(usage);
        }
    }

    /** Notes a piece of text; one of sound or of an image is none. */
    private void deliver(String type, String delta) {
        boolean text = delta != null && delta.startsWith("\"") && !type.contains("audio") && !type.contains("image");
        if (text && type.endsWith(".delta") && delta.length() > 2) {
            var bytes = delta.getBytes(StandardCharsets.UTF_8);
            question.tally().deliver(bytes, 1, bytes.length - 1);
        }
    }
}
