package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
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
import java.util.Arrays;
import java.util.Map;

/**
 * One streamed answer of an upstream, once it is in OpenAI's words. Every event is read far enough to know that it is one, to set the
 * model's name, to note usage and to see whether the answer was finished; the rest of it is copied. What the events of an operation say
 * is the business of {@link OpenAiChunks} and {@link OpenAiEvents}; here is what all streams have in common.
 */
abstract sealed class OpenAiStream permits OpenAiChunks, OpenAiEvents {

    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PREFIX = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SUFFIX = {'\n', '\n'};

    /** How long the usage and the formula may take to come after the answer's own end. */
    private static final long FORMULA_MILLIS = 500;

    final Question question;

    /** The client's name of the model, in JSON. */
    final String model;

    /** What the client is to read next. */
    Buffer out = Buffer.buffer();

    /** Whether an event said more than a role or the announcement of an answer, so that this is the answer. */
    boolean content;

    private final Outlet outlet;
    private final OpenAiExchange exchange;
    private final HttpClientResponse response;
    private final Translator.Reader reader;
    private final String type;
    private final Promise<Answer> first = Promise.promise();
    private Usage usage;
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
        this.usage = Usage.unreported(question.model(), question.upstream());
    }

    static OpenAiStream of(
            Question question,
            Outlet outlet,
            OpenAiExchange exchange,
            HttpClientResponse response,
            Translator translator,
            int limit) {
        return question.kind() == Kind.CHAT || question.kind() == Kind.COMPLETION
                ? new OpenAiChunks(question, outlet, exchange, response, translator, limit)
                : new OpenAiEvents(question, outlet, exchange, response, translator, limit);
    }

    /**
     * Reads an event other than the formula, and writes it if the client is to see it. What ends a line in it has to be made white
     * space: in JSON it is nothing else, but would end our event.
     *
     * @throws IOException if it is none
     * @throws Failure if the upstream says that it failed
     */
    abstract void read(byte[] bytes, int from, int to) throws IOException;

    /** The formula came, which says that this was all. */
    abstract void formula();

    /** Whether nothing of the answer can be missing, be it without usage and formula. */
    abstract boolean complete();

    /** Writes the rest of an event whose first lines, if it has any, are written. */
    final void write(JsonEdit event) {
        event.appendTo(out.appendBytes(PREFIX)).appendBytes(SUFFIX);
    }

    final void report(Map<String, Object> said) {
        usage = Usage.of(question.model(), question.upstream(), said);
        question.tally().report(usage);
    }

    /** The answer that opens the stream, as soon as there is a first event. */
    final Future<Answer> begin() {
        outlet.onDrain(() -> exchange.resume(response));
        outlet.answering();
        response.handler(this::data);
        response.endHandler(end -> ended(null));
        response.exceptionHandler(cause -> exchange.broken(cause, this::ended));
        var given = response.getHeader(HttpHeaders.CONTENT_TYPE);
        if (given == null || !given.startsWith(type)) {
            fail(UpstreamFailure.malformed());
        }
        return first.future();
    }

    private void data(Buffer data) {
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
        if (!over && !awaitsFormula && complete()) {
            awaitsFormula = true;
            exchange.later(FORMULA_MILLIS, this::finishWithoutFormula);
        }
    }

    /** Nothing can be missing; and whoever waits on an open connection waits for nothing. */
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
            formula();
            conclude(null);
            return;
        }
        try {
            read(bytes, from, to);
        } catch (IOException e) {
            fail(UpstreamFailure.malformed());
        } catch (Failure failure) {
            fail(failure);
        }
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
        if (!over) {
            conclude(reason);
        }
    }

    private void conclude(Throwable reason) {
        if (complete()) {
            finish();
        } else {
            fail(UpstreamFailure.cut(reason));
        }
    }

    /** This is all: we say so, without waiting for the upstream to end the response. */
    private void finish() {
        over = true;
        out.appendBytes(PREFIX).appendBytes(DONE).appendBytes(SUFFIX);
        flush();
        outlet.end(usage);
        // However slow the reader: what is left of the response is nothing, and then its connection is free for others.
        exchange.resume(response);
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
