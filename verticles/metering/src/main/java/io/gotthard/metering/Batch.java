package io.gotthard.metering;

import io.vertx.core.Completable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is written at once: all of it or nothing, and once only, by its number. Only the journal's writer touches it. */
final class Batch {

    private static final Logger LOG = LoggerFactory.getLogger(Batch.class);

    private long node;
    private long number;
    private List<Reservation> reservations = new ArrayList<>();
    private List<Charge> charges = new ArrayList<>();
    private List<Queue.Entry> waiting = new ArrayList<>();
    // Batches that have no open reservation any more once this one is written.
    private final List<Batch> finishes = new ArrayList<>(1);
    private int open;
    private boolean reserves;

    /** @param number batches of a node are numbered without gaps, from 1 */
    Batch(long node, long number) {
        this.node = node;
        this.number = number;
    }

    /**
     * Adds what was taken from the queue. A reservation whose charge is here too needs not be written. What belongs to a node that the
     * others cleared up after is final already, and left out; a reservation that the predicate refuses is left out as well.
     */
    void add(Queue.Entry first, Predicate<Queue.Entry> admitted) {
        for (var entry = first; entry != null; entry = entry.next()) {
            if (entry.charge != null) {
                entry.charge.reservation().charged = this;
            }
        }
        for (var entry = first; entry != null; entry = entry.next()) {
            if (entry.charge != null) {
                add(entry.charge);
            } else if (entry.reservation.charged == this) {
                waiting.add(entry);
            } else if (admitted.test(entry)) {
                waiting.add(entry);
                add(entry.reservation);
            }
        }
    }

    void add(Reservation reservation) {
        reservation.batch = this;
        reservations.add(reservation);
        reserves = true;
        open++;
    }

    void add(Charge charge) {
        var reserved = charge.reservation().batch;
        if (reserved == null) {
            charges.add(charge);
        } else if (reserved.node == node) {
            charges.add(charge);
            if (--reserved.open == 0) {
                finishes.add(reserved);
            }
        }
    }

    boolean isEmpty() {
        return reservations.isEmpty() && charges.isEmpty();
    }

    /** Whether it has, or had, reservations: then another batch finishes it. */
    boolean reserves() {
        return reserves;
    }

    long node() {
        return node;
    }

    long number() {
        return number;
    }

    /** Makes it a batch of another node, which never heard of it. */
    void move(long toNode, long toNumber) {
        node = toNode;
        number = toNumber;
    }

    List<Reservation> reservations() {
        return reservations;
    }

    List<Charge> charges() {
        return charges;
    }

    List<Batch> finishes() {
        return finishes;
    }

    /** Leaves out the reservations, because they were refused; a charge of one that was charged meanwhile stands for itself. */
    void forgetReservations() {
        reservations.forEach(reservation -> reservation.batch = null);
        reservations = List.of();
        reserves = false;
    }

    /** Leaves out what the database refuses. */
    void retain(Batch sound) {
        reservations = sound.reservations;
        charges = sound.charges;
    }

    /** Forgets what is in it, because it is on disk. */
    void forget() {
        reservations = List.of();
        charges = List.of();
    }

    /** Who waits for it to be durable; from now on the caller has to tell them. */
    List<Queue.Entry> takeWaiting() {
        var taken = waiting;
        waiting = List.of();
        return taken;
    }

    /**
     * Tells those who wait, each on its own context: one hop for all of a context.
     *
     * @param failure why it can't be durable, or null if it is
     */
    static void tell(List<Queue.Entry> waiting, Throwable failure) {
        while (!waiting.isEmpty()) {
            var context = waiting.getFirst().notify;
            var here = new ArrayList<Completable<Void>>(waiting.size());
            var elsewhere = new ArrayList<Queue.Entry>();
            for (var entry : waiting) {
                if (entry.notify == context) {
                    here.add(entry.durable);
                } else {
                    elsewhere.add(entry);
                }
            }
            context.runOnContext(told -> here.forEach(durable -> tell(durable, failure)));
            waiting = elsewhere;
        }
    }

    private static void tell(Completable<Void> durable, Throwable failure) {
        try {
            durable.complete(null, failure);
        } catch (RuntimeException e) {
            LOG.error("Who waited for a reservation failed", e);
        }
    }
}
