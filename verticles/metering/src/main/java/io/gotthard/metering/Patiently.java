package io.gotthard.metering;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** For the straight-line code of what is rare: it has a virtual thread of its own, and waits. */
final class Patiently {

    private Patiently() {}

    /** Does something that waits, on a virtual thread that has no context yet. */
    static <T> Future<T> begin(Callable<T> work) {
        Promise<T> done = Promise.promise();
        Thread.startVirtualThread(() -> {
            try {
                done.complete(work.call());
            } catch (Exception e) {
                done.fail(e);
            }
        });
        return done.future();
    }

    /**
     * Waits for a future.
     *
     * @throws IOException if it fails, with what it failed with as the cause, or takes longer
     */
    static <T> T await(Future<T> future, Duration patience) throws IOException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + patience, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
