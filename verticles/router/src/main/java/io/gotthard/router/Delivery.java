package io.gotthard.router;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;

/**
 * Brings the answers of a dialogue to an HTTP client. The next answer is asked for when the client has taken the last one, a
 * silent stream is kept alive with comments, and a client who leaves ends the dialogue.
 */
final class Delivery {

    private static final long NO_TIMER = -1;
    private static final int LARGE = 16 * 1024;

    /** With the character set, because there are clients that take any text without one for ISO 8859-1. */
    private static final String EVENTS = Answer.SSE + "; charset=utf-8";

    private final Vertx vertx;
    private final RoutingContext context;
    private final HttpServerResponse response;
    private final Exchange exchange;
    private final Dialogue dialogue;
    private final RouterSettings settings;
    private long timer = NO_TIMER;
    private long lastWrite = System.nanoTime();
    /** Whether the client has yet to take something large. */
    private boolean taking;

    /** Whether something of a stream was sent. */
    private boolean begun;

    private boolean over;

    Delivery(RoutingContext context, Exchange exchange, Dialogue dialogue, RouterSettings settings) {
        this.vertx = context.vertx();
        this.context = context;
        this.response = context.response();
        this.exchange = exchange;
        this.dialogue = dialogue;
        this.settings = settings;
    }

    void begin() {
        context.addEndHandler(end -> finished());
        if (exchange.streaming) {
            timer = vertx.setPeriodic(settings.ping().toMillis(), tick -> tick());
        }
        dialogue.next().onComplete(this::first, this::failed);
    }

    /** The response is complete, or the connection is gone. */
    private void finished() {
        over = true;
        vertx.cancelTimer(timer);
        dialogue.cancel();
    }

    private void first(Answer answer) {
        if (over) {
            return;
        }
        exchange.answering();
        exchange.dropBody();
        exchange.used(answer.usage());
        if (!response.headWritten()) {
            exchange.dialect.head(response, answer.headers());
        }
        // A stream can be at its end when it is shown first.
        if (answer.more() || answer.contentType().equals(Answer.SSE)) {
            open(answer.status(), answer.contentType().equals(Answer.SSE) ? EVENTS : answer.contentType());
            more(answer);
        } else if (response.headWritten()) {
            end(answer.body());
        } else {
            response.setStatusCode(answer.status()).putHeader(HttpHeaders.CONTENT_TYPE, answer.contentType());
            end(answer.body());
        }
    }

    private void open(int status, String contentType) {
        if (!response.headWritten()) {
            response.setStatusCode(status)
                    .setChunked(true)
                    .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                    // Tells nginx, and those who copied it from there, not to hold events back.
                    .putHeader("x-accel-buffering", "no");
        }
    }

    private void more(Answer answer) {
        if (over) {
            return;
        }
        if (answer.usage() != null) {
            exchange.used(answer.usage());
        }
        if (!answer.more()) {
            end(answer.body());
            return;
        }
        var written = write(answer.body());
        if (answer.body().length() > LARGE) {
            // The queue is counted in writes and not in bytes: a slow reader's would hold megabytes of these.
            taking = true;
            written.onComplete(taken -> {
                taking = false;
                next();
            });
        } else if (response.writeQueueFull()) {
            response.drainHandler(drained -> next());
        } else {
            next();
        }
    }

    private void next() {
        if (!over) {
            dialogue.next().onComplete(this::more, this::failed);
        }
    }

    private Future<Void> write(Buffer data) {
        if (data.length() == 0) {
            return Future.succeededFuture();
        }
        begun = true;
        lastWrite = System.nanoTime();
        exchange.dialect.sent(data);
        return response.write(data);
    }

    private void end(Buffer data) {
        over = true;
        response.end(data);
    }

    private void failed(Throwable cause) {
        if (over) {
            return;
        }
        if (!response.headWritten()) {
            context.fail(cause);
            return;
        }
        var failure = Failure.of(cause);
        exchange.error = failure.code();
        if (EVENTS.equals(response.headers().get(HttpHeaders.CONTENT_TYPE))) {
            end(exchange.dialect.event(failure, exchange.requestId));
        } else {
            // There is no way to say it in a file; without its end the client knows that it is not whole.
            over = true;
            response.reset();
        }
    }

    private void tick() {
        long silent = System.nanoTime() - lastWrite;
        if (taking || response.writeQueueFull()) {
            if (silent > settings.stalled().toNanos()) {
                exchange.error = "client_stalled";
                context.request().connection().close();
            }
        } else if (silent >= settings.ping().toNanos() - TimeUnit.MILLISECONDS.toNanos(1)) {
            // Also before the upstream said anything: from here on the status is told, and an error would be an event.
            open(200, EVENTS);
            exchange.answering();
            lastWrite = System.nanoTime();
            response.write(exchange.dialect.ping(begun));
        }
    }
}
