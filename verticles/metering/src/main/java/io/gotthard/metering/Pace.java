package io.gotthard.metering;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** When the next batch is due: each costs the database much more than one entry more in it. Belongs to the journal's context. */
final class Pace {

    private final Context context;
    private final long pause;
    private final Handler<Void> write;
    private volatile long began;
    private volatile boolean awaited;
    private boolean timed;
    private long timedFor;

    /**
     * @param context the journal's
     * @param pause how long after a batch has begun the next may begin
     * @param write is called there when it is due
     */
    Pace(Context context, Duration pause, Handler<Void> write) {
        this.context = context;
        this.pause = pause.toNanos();
        this.write = write;
        this.began = System.nanoTime() - this.pause;
    }

    /**
     * Whether a batch of what is in the queue is due, and begins now. If not, this calls when it is.
     *
     * @param now whether it is due in any case
     */
    boolean begins(Queue queue, boolean now) {
        long time = System.nanoTime();
        long soonest = began + pause;
        long due = awaited || queue.due() - soonest < 0 ? soonest : queue.due();
        if (now || queue.isFull() || due - time <= 0) {
            began = time;
            awaited = false;
            return true;
        }
        callAt(due, time);
        return false;
    }

    /** Says that somebody waits for what is in the queue. Any thread may. */
    void hurry() {
        if (!awaited) {
            awaited = true;
            context.runOnContext(write);
        }
    }

    // Whether it is called is of no interest: if the event loop ends, so does the journal.
    @SuppressWarnings("FutureReturnValueIgnored")
    private void callAt(long due, long now) {
        if (timed && timedFor - due <= 0) {
            return;
        }
        timed = true;
        timedFor = due;
        // Vert.x counts in milliseconds, of which all who wait for the batch would wait for half a one too many.
        ((ContextInternal) context).nettyEventLoop().schedule(() -> called(due), due - now, TimeUnit.NANOSECONDS);
    }

    private void called(long due) {
        if (timedFor == due) {
            timed = false;
        }
        context.runOnContext(write);
    }

    /** Since when the last batch has been on its way. */
    Duration sinceLast() {
        return Duration.ofNanos(System.nanoTime() - began);
    }
}
