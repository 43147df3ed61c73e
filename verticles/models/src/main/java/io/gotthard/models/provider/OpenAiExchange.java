package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * One request to an upstream and its response. A client who leaves ends it in whatever phase it is, and so does an upstream
 * that is silent too long: Vert.x's own idle timeout ends when the response begins.
 */
final class OpenAiExchange {

    /** How many times in a row nothing was heard before the upstream is given up. */
    static final int GLANCES = 4;

    /** What has already been received is handed on within an instant; this is how long nothing of it may come. */
    private static final long LAST_WORDS_MILLIS = 1_000;

    private final Vertx vertx;
    private final Set<OpenAiExchange> open;
    private final Outlet outlet;
    private Runnable broken;
    private HttpClientRequest request;
    private boolean cancelled;
    private boolean heard;
    private boolean paused;
    private int silent;

    /**
     * An exchange that has not begun.
     *
     * @param open the exchanges that are glanced at; this one is in it from {@link #send} to {@link #over}
     */
    OpenAiExchange(Vertx vertx, Set<OpenAiExchange> open, Outlet outlet) {
        this.vertx = vertx;
        this.open = open;
        this.outlet = outlet;
        outlet.onCancel(this::cancel);
    }

    Future<HttpClientResponse> send(HttpClientRequest ready, Buffer body) {
        request = ready;
        if (cancelled) {
            ready.reset();
            return Future.failedFuture(Failure.cancelled());
        }
        open.add(this);
        outlet.connected();
        return ready.send(body);
    }

    /** Something of the response arrived. */
    void heard() {
        heard = true;
        outlet.heard();
    }

    /** Makes the upstream wait for a slow reader; its silence is then no fault. */
    void pause(HttpClientResponse response) {
        paused = true;
        response.pause();
    }

    void resume(HttpClientResponse response) {
        paused = false;
        response.resume();
        if (broken != null) {
            vertx.setTimer(LAST_WORDS_MILLIS, late -> tellBroken());
        }
    }

    /**
     * The connection broke. Where the reader is slow, Vert.x says so before it hands on what came before; then it is told after
     * that, if the end of the response was not in it.
     *
     * @param told gets the reason
     */
    void broken(Throwable cause, Consumer<Throwable> told) {
        over();
        broken = () -> told.accept(cause(cause));
        tellBroken();
    }

    private void tellBroken() {
        if (!paused) {
            broken.run();
        }
    }

    /** Gives the upstream up if nothing was heard the last {@value #GLANCES} times. */
    void glance() {
        if (heard || paused) {
            heard = false;
            silent = 0;
        } else if (++silent == GLANCES) {
            over();
            request.reset();
        }
    }

    /** Why the exchange broke: its own reset, if it gave the upstream up. */
    Throwable cause(Throwable broken) {
        return silent == GLANCES ? new TimeoutException() : broken;
    }

    /** Nothing more is to come. */
    void over() {
        open.remove(this);
    }

    /** Lets go of the upstream; with HTTP/1.1 that closes the connection. */
    void cancel() {
        cancelled = true;
        over();
        if (request != null) {
            request.reset();
        }
    }

    /** The whole body, if it is not larger than the limit. */
    Future<Buffer> collect(HttpClientResponse response, long limit) {
        var body = Buffer.buffer();
        response.handler(data -> {
            heard();
            body.appendBuffer(data);
            if (body.length() > limit) {
                cancel();
            }
        });
        return response.end().transform(ended -> {
            over();
            return ended.succeeded()
                    ? Future.succeededFuture(body)
                    : Future.failedFuture(
                            body.length() > limit
                                    ? UpstreamFailure.tooLarge()
                                    : UpstreamFailure.cut(cause(ended.cause())));
        });
    }
}
