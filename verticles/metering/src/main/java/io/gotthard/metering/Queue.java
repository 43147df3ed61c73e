package io.gotthard.metering;

import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/**
 * What is handed over to be written, in that order. Any thread adds; the journal's writer takes all at once. Adding is one
 * compare-and-set.
 */
final class Queue {

    /** A reservation with who is to be told of it, or a charge. */
    static final class Entry {

        final Reservation reservation;
        final Context notify;
        final Completable<Void> durable;
        final Charge charge;
        private final long own;
        private Entry next;
        // How many there are, and the first time that one is due, this one included.
        private int entries;
        private long due;

        private Entry(Reservation reservation, Context notify, Completable<Void> durable, Charge charge, long due) {
            this.reservation = reservation;
            this.notify = notify;
            this.durable = durable;
            this.charge = charge;
            this.own = due;
        }

        /** What was added after this one, or null. */
        Entry next() {
            return next;
        }
    }

    /** How long charges may wait for reservations to be written with. */
    private static final long CHARGES = Duration.ofMillis(20).toNanos();

    private final int full;
    // The one that was added last; the others are linked backwards.
    private final AtomicReference<Entry> last = new AtomicReference<>();
    private final LongAdder open = new LongAdder();

    /** @param full how many are enough for not waiting for more */
    Queue(int full) {
        this.full = full;
    }

    /** Ends a reservation with a charge, which is to be added then. @return false if it has ended before */
    boolean charged(Reservation reservation) {
        boolean first = reservation.charged();
        if (first) {
            open.decrement();
        }
        return first;
    }

    /** Ends a reservation by refusing it. @return false if it has ended before */
    boolean refused(Reservation reservation) {
        boolean first = reservation.refused();
        if (first) {
            open.decrement();
        }
        return first;
    }

    /** How many reservations were added and have not ended. */
    int open() {
        return open.intValue();
    }

    /** @return whether the writer should look: it is due before all others, or there are enough now */
    boolean add(Reservation reservation, Context notify, Completable<Void> durable) {
        open.increment();
        // Each request may have a context of its own, on one of a few event loops.
        return add(new Entry(reservation, ((ContextInternal) notify).unwrap(), durable, null, reservation.due()));
    }

    /** @return whether the writer should look */
    boolean add(Charge charge) {
        return add(new Entry(null, null, null, charge, System.nanoTime() + CHARGES));
    }

    private boolean add(Entry entry) {
        Entry before;
        do {
            before = last.get();
            entry.next = before;
            entry.entries = before == null ? 1 : before.entries + 1;
            entry.due = before == null || entry.own - before.due < 0 ? entry.own : before.due;
        } while (!last.compareAndSet(before, entry));
        return entry.entries == 1 || entry.entries == full || entry.due != before.due;
    }

    boolean isEmpty() {
        return last.get() == null;
    }

    boolean isFull() {
        var entry = last.get();
        return entry != null && entry.entries >= full;
    }

    /** When the first of them should be on its way, in {@link System#nanoTime}; there has to be one. */
    long due() {
        return last.get().due;
    }

    /** Empties it. @return the first one, which leads to the others; null if there is none */
    Entry takeAll() {
        var entry = last.getAndSet(null);
        Entry first = null;
        while (entry != null) {
            var before = entry.next;
            entry.next = first;
            first = entry;
            entry = before;
        }
        return first;
    }
}
