package io.gotthard.assistants;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells the work on a run that it has to stop: somebody else has it, it was cancelled, its time is over, or the node stops. Whatever the work
 * is waiting for then, it waits no longer. On one context only.
 */
final class Halt {

    private final Vertx vertx;
    private final List<Runnable> waiting = new ArrayList<>();
    private RuntimeException cause;

    Halt(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Stops the work; the first cause counts. */
    void stop(RuntimeException why) {
        if (cause == null) {
            cause = why;
            List.copyOf(waiting).forEach(Runnable::run);
        }
    }

    /** Whether it was stopped. */
    boolean isStopped() {
        return cause != null;
    }

    /** @throws RuntimeException the cause, if it was stopped */
    void check() {
        if (cause != null) {
            throw cause;
        }
    }

    /** What is done for as long as the result is open, if it is stopped. */
    Attached with(Runnable onStop) {
        check();
        waiting.add(onStop);
        return () -> waiting.remove(onStop);
    }

    /** Until when somebody is told. */
    interface Attached extends AutoCloseable {
        @Override
        void close();
    }

    /** Waits for something, and no longer than until it is stopped. */
    <T> T await(Future<T> future) {
        Promise<T> first = Promise.promise();
        try (var _ = with(() -> first.tryFail(cause))) {
            future.onComplete(first::tryComplete, first::tryFail);
            return first.future().await();
        }
    }

    /** Waits for so long. */
    void pause(long millis) {
        Promise<Void> over = Promise.promise();
        vertx.setTimer(Math.max(1, millis), due -> over.tryComplete());
        await(over.future());
    }
}
