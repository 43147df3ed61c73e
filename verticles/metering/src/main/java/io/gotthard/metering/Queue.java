package io.gotthard.metering;

import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
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
        private Entry next;
        // How many there are, this one included.
        private int entries;
        private int reservations;

        private Entry(Reservation reservation, Context notify, Completable<Void> durable, Charge charge) {
            this.reservation = reservation;
            this.notify = notify;
            this.durable = durable;
            this.charge = charge;
        }

        /** What was added after this one, or null. */
        Entry next() {
            return next;
        }
    }

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

    /** @return whether the writer should look: it is the first one, or the first reservation, or there are enough now */
    boolean add(Reservation reservation, Context notify, Completable<Void> durable) {
        open.increment();
        // Each request may have a context of its own, on one of a few event loops.
        return add(new Entry(reservation, ((ContextInternal) notify).unwrap(), durable, null));
    }

    /** @return whether the writer should look */
    boolean add(Charge charge) {
        return add(new Entry(null, null, null, charge));
    }

    private boolean add(Entry entry) {
        int reserves = entry.reservation == null ? 0 : 1;
        Entry before;
        do {
            before = last.get();
            entry.next = before;
            entry.entries = before == null ? 1 : before.entries + 1;
            entry.reservations = before == null ? reserves : before.reservations + reserves;
        } while (!last.compareAndSet(before, entry));
        return entry.entries == 1 || entry.entries == full || (reserves == 1 && entry.reservations == 1);
    }

    boolean isEmpty() {
        return last.get() == null;
    }

    boolean isFull() {
        var entry = last.get();
        return entry != null && entry.entries >= full;
    }

    boolean hasReservations() {
        var entry = last.get();
        return entry != null && entry.reservations > 0;
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
