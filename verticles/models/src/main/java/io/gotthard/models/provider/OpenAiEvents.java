package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.JsonEdit;
import io.gotthard.contracts.Usage;
import io.gotthard.models.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One streamed answer of the newer operations of OpenAI, whose events have types: responses and transcripts. One type says that the
 * answer is complete; without it, nothing is. The model's name is set, usage noted, and the rest of each event is copied.
 */
final class OpenAiEvents {

    private static final Set<String> COMPLETE =
            Set.of("response.completed", "response.incomplete", "transcript.text.done");
    private static final Set<String> FAILED = Set.of("error", "response.failed");
    private static final Pattern TYPE = Pattern.compile("\"([a-z0-9_.]{1,100})\"");
    private static final String FORMULA = "[DONE]";

    /** How long the formula may take to come after the event that completes the answer. */
    private static final long FORMULA_MILLIS = 500;

    private final Question question;
    private final Outlet outlet;
    private final OpenAiExchange exchange;
    private final HttpClientResponse response;
    private final Translator.Reader reader;
    private final String streamType;
    private final String model;
    private final Promise<Answer> first = Promise.promise();
    private Buffer out = Buffer.buffer();
    private Usage usage;
    /** Whether there was more than the announcement of an answer. */
    private boolean content;

    /** Whether it is a transcript in chunks like a chat's, as vLLM sends it: only the formula says that it is complete. */
    private boolean chunks;

    private boolean complete;
    private boolean awaitsFormula;
    private boolean over;

    OpenAiEvents(
            Question question,
            Outlet outlet,
            OpenAiExchange exchange,
            HttpClientResponse response,
            Translator translator,
            int limit) {
        this.question = question.asked();
        this.outlet = outlet;
        this.exchange = exchange;
        this.response = response;
        this.reader = translator.stream(question, limit, this::event);
        this.streamType = translator.streamType();
        this.model = Json.encode(question.model());
        this.usage = Usage.unreported(question.model(), question.upstream());
    }

    /** The answer that opens the stream, as soon as there is a first event. */
    Future<Answer> begin() {
        outlet.onDrain(() -> exchange.resume(response));
        outlet.answering();
        response.handler(this::read);
        response.endHandler(end -> ended(null));
        response.exceptionHandler(cause -> exchange.broken(cause, this::ended));
        var given = response.getHeader(HttpHeaders.CONTENT_TYPE);
        if (given == null || !given.startsWith(streamType)) {
            fail(UpstreamFailure.malformed());
        }
        return first.future();
    }

    private void read(Buffer data) {
        exchange.heard();
        if (over) {
            return;
        }
        out = Buffer.buffer(data.length() + 64);
        try {
            reader.read(data);
        } catch (IllegalStateException e) {
            fail(UpstreamFailure.tooLarge());
        } catch (Failure failure) {
            fail(failure);
        }
        flush();
        if (!over && complete && !awaitsFormula) {
            awaitsFormula = true;
            exchange.later(FORMULA_MILLIS, this::finishWithoutFormula);
        }
    }

    private void finishWithoutFormula() {
        if (!over) {
            finish();
            exchange.cancel();
        }
    }

    private void flush() {
        if (out.length() > 0) {
            if (!outlet.write(out, content)) {
                exchange.pause(response);
            }
            // Only now, so that the answer which opens the stream brings the first events along.
            first.tryComplete(Answer.events());
            out = Buffer.buffer();
        }
    }

    private void event(byte[] bytes, int from, int to) {
        if (over) {
            return;
        }
        if (new String(bytes, from, Math.min(to - from, FORMULA.length() + 1), StandardCharsets.UTF_8)
                .equals(FORMULA)) {
            complete |= chunks;
            ended(null);
            return;
        }
        for (int at = from; at < to; at++) {
            if (bytes[at] == '\n' || bytes[at] == '\r') {
                bytes[at] = ' ';
            }
        }
        try {
            event(JsonBody.scan(bytes, from, to));
        } catch (IOException e) {
            fail(UpstreamFailure.malformed());
        }
    }

    private void event(JsonBody event) throws IOException {
        if (question.kind() == Kind.TRANSCRIPTION && event.has("choices") && !event.has("error")) {
            chunks = true;
            content = true;
            question.tally().deliverSound();
            report(event.object("usage"));
            write(event.edit().replace("model", model));
            return;
        }
        var found = event.text("type") == null ? null : TYPE.matcher(event.text("type"));
        if (event.has("error") || found == null || !found.matches() || FAILED.contains(found.group(1))) {
            fail(failure(event));
            return;
        }
        var type = found.group(1);
        var edit = event.edit().replace("model", model);
        var nested = nested(event);
        if (nested != null) {
            edit.set(
                    "response", nested.edit().replace("model", model).toBuffer().toString());
        }
        report((nested == null ? event : nested).object("usage"));
        deliver(type, event.text("delta"));
        complete |= COMPLETE.contains(type);
        content |= complete || type.endsWith(".delta") || type.endsWith(".done");
        if (question.kind() == Kind.RESPONSE) {
            out.appendString("event: ").appendString(type).appendString("\n");
        }
        write(edit);
    }

    private void write(JsonEdit edit) {
        edit.appendTo(out.appendString("data: ")).appendString("\n\n");
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

    private void report(Map<String, Object> said) {
        if (!said.isEmpty()) {
            usage = Usage.of(question.model(), question.upstream(), said);
            question.tally().report(usage);
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

    /** The upstream said that this is all: so do we, without waiting for it to end the response. */
    private void finish() {
        over = true;
        out.appendString("data: " + FORMULA + "\n\n");
        flush();
        outlet.end(usage);
        exchange.resume(response);
    }

    /** @param reason why the response broke off, or null if it is at its end */
    private void ended(Throwable reason) {
        if (over) {
            return;
        }
        if (complete) {
            finish();
        } else {
            fail(UpstreamFailure.cut(reason));
        }
    }

    private void fail(Failure failure) {
        if (!over) {
            over = true;
            flush();
            exchange.cancel();
            if (!first.tryFail(failure)) {
                outlet.fail(failure);
            }
        }
    }
}
