package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.util.function.Consumer;

/** One request to an upstream and its response. Whoever wants it no more ends it in whatever phase it is. */
final class OpenAiExchange {

    /** What has already been received is handed on within an instant; this is how long nothing of it may come. */
    static final long LAST_WORDS_MILLIS = 1_000;

    private final Vertx vertx;
    private final Outlet outlet;
    private Runnable broken;
    private HttpClientRequest request;
    private boolean cancelled;
    private boolean paused;

    /** An exchange that has not begun. */
    OpenAiExchange(Vertx vertx, Outlet outlet) {
        this.vertx = vertx;
        this.outlet = outlet;
        outlet.onCancel(this::cancel);
    }

    Future<HttpClientResponse> send(HttpClientRequest ready, Buffer body) {
        request = ready;
        if (cancelled) {
            ready.reset();
            return Future.failedFuture(Failure.cancelled());
        }
        outlet.connected();
        return ready.send(body);
    }

    /** Something of the response arrived. */
    void heard() {
        outlet.heard();
    }

    /** Makes the upstream wait for a slow reader. */
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

    /** Does something after a while, in which the reader was not slow at the end; but not if nobody wants it any more. */
    void later(long millis, Runnable action) {
        vertx.setTimer(millis, late -> {
            if (paused) {
                later(millis, action);
            } else if (!cancelled) {
                action.run();
            }
        });
    }

    /**
     * The connection broke. Where the reader is slow, Vert.x says so before it hands on what came before; then it is told after
     * that, if the end of the response was not in it.
     *
     * @param told gets the reason
     */
    void broken(Throwable cause, Consumer<Throwable> told) {
        broken = () -> told.accept(cause);
        tellBroken();
    }

    private void tellBroken() {
        if (!paused) {
            broken.run();
        }
    }

    /** Lets go of the upstream; with HTTP/1.1 that closes the connection. */
    void cancel() {
        cancelled = true;
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
            return ended.succeeded()
                    ? Future.succeededFuture(body)
                    : Future.failedFuture(
                            body.length() > limit ? UpstreamFailure.tooLarge() : UpstreamFailure.cut(ended.cause()));
        });
    }
}
