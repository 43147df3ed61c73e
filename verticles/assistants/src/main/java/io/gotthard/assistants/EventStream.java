package io.gotthard.assistants;

import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the events of a thread to one reader, from a place on and as long as it wants them, as fast as it takes them. It ends when the thread
 * is gone. On one context of virtual threads.
 */
final class EventStream {

    /** As what events are written. */
    enum Format {
        /** Server-sent events, with comments in between that keep a silent connection alive. */
        SSE,
        /** An event a line, and nothing else. */
        JSONL
    }

    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    private static final long HEARTBEAT_MILLIS = 15_000;
    /** Then whoever reads comes back, and shows anew who they are. */
    private static final long LONGEST_MILLIS = TimeUnit.HOURS.toMillis(1);

    private static final Buffer ALIVE = Buffer.buffer(": ping\n\n");

    /** Makes the head go out at once, and a browser that lost the connection come back soon. */
    private static final Buffer BEGIN = Buffer.buffer("retry: 1000\n\n");

    private final Vertx vertx;
    private final ThreadRow thread;
    private final Caller reader;
    private final Follow follow;
    private final Format format;
    private final Outlet outlet;
    private final List<Long> timers = new ArrayList<>();

    EventStream(Vertx vertx, ThreadRow thread, Caller reader, Follow follow, Format format, BusStream stream) {
        this.vertx = vertx;
        this.thread = thread;
        this.reader = reader;
        this.follow = follow;
        this.format = format;
        this.outlet = new Outlet(stream, follow::close);
    }

    String threadId() {
        return thread.id();
    }

    Caller reader() {
        return reader;
    }

    Format format() {
        return format;
    }

    /** Sends until the end; to be called on a virtual thread of its own. */
    void run() {
        if (format == Format.SSE) {
            outlet.write(BEGIN.copy());
            long silent = TimeUnit.MILLISECONDS.toNanos(HEARTBEAT_MILLIS - 1);
            timers.add(vertx.setPeriodic(HEARTBEAT_MILLIS, tick -> outlet.alive(ALIVE.copy(), silent)));
            timers.add(vertx.setTimer(LONGEST_MILLIS, due -> end()));
        }
        try {
            while (!outlet.isClosed()) {
                var events = follow.next().await();
                if (events.isEmpty()) {
                    outlet.end();
                } else {
                    outlet.write(events, this::text);
                }
            }
        } catch (Throwable e) {
            var failure = Failure.of(e);
            if (failure.status() == 500) {
                LOG.error("The events of a thread broke off", e);
            }
            outlet.fail(failure);
        } finally {
            timers.forEach(vertx::cancelTimer);
            follow.close();
        }
    }

    private String text(Logged event) {
        var json = event.json(thread.id());
        return format == Format.SSE
                ? "id: " + event.seq() + "\nevent: " + event.type() + "\ndata: " + json + "\n\n"
                : json + "\n";
    }

    /** Sends no more. */
    void end() {
        outlet.end();
        follow.close();
    }
}
