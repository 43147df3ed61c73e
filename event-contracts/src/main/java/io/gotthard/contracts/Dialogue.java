package io.gotthard.contracts;

import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;

/**
 * The asking side of a dialogue. Each {@link #next} asks for one answer and thereby acknowledges the one before: a reader
 * that does not ask is not sent anything.
 */
public final class Dialogue {

    private final Bus bus;
    private final String address;
    private final String id;
    private Call call;
    private Message<Answer> answered;
    private boolean asking;
    private boolean over;

    Dialogue(Bus bus, String address, Call call) {
        this.bus = bus;
        this.address = address;
        this.id = call.id();
        this.call = call;
    }

    /**
     * Asks the question, or for more of the answer. Only to be called again after an answer with {@link Answer#more()}.
     * However long the answer takes, this waits as long as the answering side lives and says so.
     *
     * @return the answer, or a {@link Failure}: what the operation failed with, 503 if nobody serves the address, 504 if the
     *     answering side fell silent
     */
    public Future<Answer> next() {
        asking = true;
        Future<Message<Answer>> asked =
                answered == null ? bus.request(address, call) : answered.replyAndRequest(null, bus.calleePatience());
        // A stream may last long, and a request be large.
        call = null;
        return asked.transform(result -> {
            asking = false;
            if (result.failed()) {
                return Future.failedFuture(failed(result.cause()));
            }
            answered = result.result();
            var answer = answered.body();
            if (answer.pending()) {
                return over ? Future.failedFuture(Failure.cancelled()) : next();
            }
            over = !answer.more();
            return Future.succeededFuture(answer);
        });
    }

    private Failure failed(Throwable cause) {
        var failure = Failure.of(cause);
        if (!over && failure.status() == 504 && cause != failure) {
            // It may only be slow: nobody is left to read what it says.
            bus.cancel(id);
        }
        over = true;
        return failure;
    }

    /** Says that nobody wants the answer any more; at once also while the answering side is silent. */
    public void cancel() {
        if (!over) {
            over = true;
            if (asking) {
                bus.cancel(id);
            } else if (answered != null) {
                answered.reply(Bus.CANCELLED);
            }
        }
    }
}
