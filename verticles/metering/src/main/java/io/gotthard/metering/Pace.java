package io.gotthard.metering;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** When the next batch is due: each costs the database much more than one entry more in it. Belongs to the journal's context. */
final class Pace {

    /** How long charges may wait for reservations to be written with. */
    private static final Duration CHARGES = Duration.ofMillis(20);

    private final Vertx vertx;
    private final Duration reservations;
    private final Runnable write;
    private volatile long began = System.nanoTime() - CHARGES.toNanos();
    private boolean timed;
    private long timedFor;

    /**
     * @param reservations how long after a batch has begun the next may begin that has reservations
     * @param write is called when it is due
     */
    Pace(Vertx vertx, Duration reservations, Runnable write) {
        this.vertx = vertx;
        this.reservations = reservations;
        this.write = write;
    }

    /** Whether a batch of what is in the queue is due, and begins now. If not, this calls when it is. */
    boolean begins(Queue queue, boolean hurry) {
        long now = System.nanoTime();
        long due = began + (queue.hasReservations() ? reservations : CHARGES).toNanos();
        if (hurry || queue.isFull() || due - now <= 0) {
            began = now;
            return true;
        }
        callAt(due, now);
        return false;
    }

    private void callAt(long due, long now) {
        if (timed && timedFor - due <= 0) {
            return;
        }
        timed = true;
        timedFor = due;
        vertx.setTimer(TimeUnit.NANOSECONDS.toMillis(due - now) + 1, id -> {
            if (timedFor == due) {
                timed = false;
            }
            write.run();
        });
    }

    /** Since when the last batch has been on its way. */
    Duration sinceLast() {
        return Duration.ofNanos(System.nanoTime() - began);
    }
}
