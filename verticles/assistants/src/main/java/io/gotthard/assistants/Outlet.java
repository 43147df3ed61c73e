package io.gotthard.assistants;

import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Failure;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;

/**
 * Where a stream is written in straight lines: who writes waits until the reader has taken most of it. To be used on one context of virtual
 * threads.
 */
final class Outlet {

    private final BusStream stream;
    private Promise<Void> taken = Promise.promise();
    private boolean full;
    private boolean closed;
    private long lastWrite = System.nanoTime();

    /** @param onGone called once if the reader goes away */
    Outlet(BusStream stream, Runnable onGone) {
        this.stream = stream;
        stream.onDrain(() -> taken.tryComplete());
        stream.onCancel(() -> {
            closed = true;
            taken.tryComplete();
            onGone.run();
        });
    }

    /** Writes, and waits if the reader is slow. */
    void write(Buffer data) {
        if (closed) {
            return;
        }
        taken = Promise.promise();
        lastWrite = System.nanoTime();
        if (!stream.write(data) && !closed) {
            full = true;
            taken.future().await();
            full = false;
        }
    }

    /** Writes what keeps a connection alive, if nothing was written for so long and nothing waits to be taken. */
    void alive(Buffer sign, long silentNanos) {
        if (!closed && !full && System.nanoTime() - lastWrite >= silentNanos) {
            lastWrite = System.nanoTime();
            // It is small: however the stream is afterwards, the next write tells.
            stream.write(sign);
        }
    }

    /** Whether nothing that is written gets anywhere any more. */
    boolean isClosed() {
        return closed;
    }

    /** Ends the stream well. */
    void end() {
        if (!closed) {
            closed = true;
            taken.tryComplete();
            stream.end(null);
        }
    }

    /** Ends it badly: the reader is told, or at least gets no end. */
    void fail(Failure cause) {
        if (!closed) {
            closed = true;
            taken.tryComplete();
            stream.fail(cause);
        }
    }
}
