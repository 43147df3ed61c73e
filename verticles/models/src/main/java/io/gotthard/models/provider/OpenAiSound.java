package io.gotthard.models.provider;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Usage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import java.util.Set;

/** A sound that an upstream makes, passed on as it comes. */
final class OpenAiSound {

    /** What may be passed on: a browser plays it or saves it, but never takes it for a page. */
    private static final Set<String> TYPES = Set.of(
            "audio/mpeg",
            "audio/mp3",
            "audio/mp4",
            "audio/opus",
            "audio/ogg",
            "audio/webm",
            "audio/aac",
            "audio/flac",
            "audio/x-flac",
            "audio/wav",
            "audio/wave",
            "audio/x-wav",
            "audio/pcm",
            "audio/l16",
            "application/octet-stream");

    private final Question question;
    private final Outlet outlet;
    private final OpenAiExchange exchange;
    private final HttpClientResponse response;
    private final Promise<Answer> first = Promise.promise();
    private boolean over;

    OpenAiSound(Question question, Outlet outlet, OpenAiExchange exchange, HttpClientResponse response) {
        this.question = question.asked();
        this.outlet = outlet;
        this.exchange = exchange;
        this.response = response;
    }

    /** The answer that opens the stream, as soon as there is something to hear. */
    Future<Answer> begin() {
        var type = OpenAiAnswer.media(response.getHeader(HttpHeaders.CONTENT_TYPE));
        outlet.onDrain(() -> exchange.resume(response));
        outlet.answering();
        outlet.opens(type);
        response.handler(this::read);
        response.endHandler(end -> ended(null));
        response.exceptionHandler(cause -> exchange.broken(cause, this::ended));
        if (!TYPES.contains(type)) {
            fail(UpstreamFailure.malformed());
        }
        return first.future();
    }

    private void read(Buffer data) {
        if (!over) {
            question.tally().deliverSound();
            if (!outlet.write(data, true)) {
                exchange.pause(response);
            }
            first.tryComplete(Answer.events());
        }
    }

    /** @param reason why the response broke off, or null if it is at its end */
    private void ended(Throwable reason) {
        if (over) {
            return;
        }
        if (reason != null) {
            fail(UpstreamFailure.cut(reason));
        } else if (!question.tally().hasSound()) {
            fail(UpstreamFailure.malformed());
        } else {
            over = true;
            outlet.end(Usage.unreported(question.model(), question.upstream()));
        }
    }

    private void fail(Failure failure) {
        if (!over) {
            over = true;
            exchange.cancel();
            if (!first.tryFail(failure)) {
                outlet.fail(failure);
            }
        }
    }
}
