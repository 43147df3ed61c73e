package io.gotthard.metering;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;

/** Who waits for a batch to be written, and does not want it to wait for more. Belongs to the journal's context. */
final class Flushes {

    private record Flush(long number, Promise<Void> written) {}

    private final List<Flush> flushes = new ArrayList<>();

    /** Completes when the batch with this number is written. */
    Future<Void> await(long number) {
        var flush = new Flush(number, Promise.promise());
        flushes.add(flush);
        return flush.written.future();
    }

    boolean isEmpty() {
        return flushes.isEmpty();
    }

    /** All batches up to this one are written, or there is nothing to write. */
    void written(long number) {
        flushes.removeIf(flush -> flush.number <= number && flush.written.tryComplete());
    }

    void fail(Throwable failure) {
        flushes.forEach(flush -> flush.written.tryFail(failure));
        flushes.clear();
    }
}
