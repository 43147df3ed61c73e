package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Usage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * One streamed answer of an upstream, once it is in OpenAI's words. Every event is read far enough to know that it is one, to set the
 * model's name, to note usage and to see whether the answer was finished; the rest of it is copied.
 */
final class OpenAiStream {

    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ARGUMENTS = "\"arguments\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FINISH = "\"finish_reason\"".getBytes(StandardCharsets.US_ASCII);
    /** Where upstreams put what the model said. */
    private static final byte[][] TEXTS = Stream.concat(
                    Stream.of(ARGUMENTS),
                    Stream.of("content", "text", "reasoning_content", "reasoning", "refusal")
                            .map(name -> ('"' + name + '"').getBytes(StandardCharsets.US_ASCII)))
            .toArray(byte[][]::new);

    /** How long the usage and the formula may take to come after the answer's own end. */
    private static final long FORMULA_MILLIS = 500;

    private static final byte[] PREFIX = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SUFFIX = {'\n', '\n'};

    private final Question question;
    private final Outlet outlet;
    private final OpenAiExchange exchange;
    private final HttpClientResponse response;
    private final Translator.Reader reader;
    private final String type;
    private final String model;
    private final boolean wantsUsage;
    private final int choices;
    private final Promise<Answer> first = Promise.promise();
    private Buffer out = Buffer.buffer();
    private Usage usage;
    /** Whether an event said more than a role, so that this is the answer. */
    private boolean content;

    private int finished;
    private boolean awaitsFormula;
    private boolean over;

    OpenAiStream(
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
        this.type = translator.streamType();
        this.model = Json.encode(question.model());
        this.wantsUsage = question.wantsUsage();
        this.choices = question.choices();
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
        if (given == null || !given.startsWith(type)) {
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
        if (!over && !awaitsFormula && finished >= choices) {
            awaitsFormula = true;
            exchange.later(FORMULA_MILLIS, this::finishWithoutFormula);
        }
    }

    /** All choices have said why they end, so that nothing can be missing; and whoever waits on an open connection waits for nothing. */
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
        if (to - from == DONE.length && Arrays.equals(bytes, from, to, DONE, 0, DONE.length)) {
            finish();
            return;
        }
        int finishing = look(bytes, from, to);
        try {
            chunk(JsonBody.scan(bytes, from, to));
        } catch (IOException e) {
            fail(UpstreamFailure.malformed());
        }
        finished += finishing;
    }

    private void chunk(JsonBody chunk) throws IOException {
        if (chunk.has("error")) {
            fail(UpstreamFailure.inBand(question, chunk));
            return;
        }
        var edit = chunk.edit().replace("model", model).remove("error");
        if (chunk.has("usage")) {
            usage = Usage.of(question.model(), question.upstream(), chunk.object("usage"));
            question.tally().report(usage);
            if (!wantsUsage && chunk.isEmptyArray("choices")) {
                return;
            }
        }
        if (!wantsUsage) {
            edit.remove("usage");
        }
        edit.appendTo(out.appendBytes(PREFIX)).appendBytes(SUFFIX);
    }

    /**
     * Looks through an event, notes the text in it, and says how many choices end in it. In the text of an answer the quotes would
     * be escaped, so that looking at the bytes suffices. What ends a line is only white space in JSON, but would end our event: it
     * becomes a space.
     */
    private int look(byte[] bytes, int from, int to) {
        int finishing = 0;
        for (int at = from; at < to; at++) {
            byte b = bytes[at];
            if (b == '"') {
                finishing += finishes(bytes, at, to) ? 1 : 0;
                note(bytes, at, to);
            } else if (b == '\n' || b == '\r') {
                bytes[at] = ' ';
            }
        }
        return finishing;
    }

    private static boolean finishes(byte[] bytes, int at, int to) {
        int value = text(bytes, at, to, FINISH);
        return value < to;
    }

    /** Notes the text, if the name that begins here has one. */
    private void note(byte[] bytes, int at, int to) {
        for (var name : TEXTS) {
            int from = text(bytes, at, to, name) + 1;
            if (from <= to) {
                int end = from;
                while (end < to && bytes[end] != '"') {
                    end += bytes[end] == '\\' ? 2 : 1;
                }
                // A tool may have no arguments, but its call is content all the same.
                content |= end > from || name == ARGUMENTS;
                if (end > from && end <= to) {
                    question.tally().deliver(bytes, from, end);
                }
                return;
            }
        }
    }

    /** Where the text of a member begins, if it has this name, begins here and is a text; else the end. */
    private static int text(byte[] bytes, int at, int to, byte[] name) {
        int value = at + name.length;
        if (value > to || bytes[at + 1] != name[1] || !Arrays.equals(bytes, at, value, name, 0, name.length)) {
            return to;
        }
        while (value < to && (bytes[value] <= ' ' || bytes[value] == ':')) {
            value++;
        }
        return value < to && bytes[value] == '"' ? value : to;
    }

    /** The upstream said that this is all: so do we, without waiting for it to end the response. */
    private void finish() {
        over = true;
        out.appendBytes(PREFIX).appendBytes(DONE).appendBytes(SUFFIX);
        flush();
        outlet.end(usage);
        // However slow the reader: what is left of the response is nothing, and then its connection is free for others.
        exchange.resume(response);
    }

    /** @param reason why the response broke off, or null if it is at its end */
    private void ended(Throwable reason) {
        if (over) {
            return;
        }
        out = Buffer.buffer();
        try {
            reader.end();
        } catch (Failure unfinished) {
            fail(UpstreamFailure.cut(reason));
        }
        if (over) {
            return;
        }
        if (finished >= choices) {
            // Everything was said but the formula.
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
