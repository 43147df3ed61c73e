package io.gotthard.assistants;

import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Failure;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.function.Function;

/**
 * Where a stream is written in straight lines: who writes waits until the reader has taken most of it. To be used on one context of virtual
 * threads.
 */
final class Outlet {

    private static final int PART = 64 * 1024;

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

    /**
     * Writes what each event is as text, and waits in between if the reader is slow: many large events are not all made texts at a time.
     */
    void write(List<Logged> events, Function<Logged, String> text) {
        var part = Buffer.buffer();
        for (var event : events) {
            part.appendString(text.apply(event));
            if (part.length() > PART) {
                write(part);
                part = Buffer.buffer();
            }
        }
        if (part.length() > 0) {
            write(part);
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
