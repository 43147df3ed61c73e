package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;

/** The batch of which nobody knows whether it was written, and those who wait for it. */
final class Unanswered {

    private final Batch batch;
    private final Queue queue;

    Unanswered(Batch batch, Queue queue) {
        this.batch = batch;
        this.queue = queue;
    }

    Batch batch() {
        return batch;
    }

    /**
     * Writes it, unless it was, and tells those who wait. What the ledger will never take is refused.
     *
     * @return false if the node is ended; nothing is written then
     */
    boolean post(Replay replay) throws IOException {
        var unsound = new HashSet<>(batch.reservations());
        if (!replay.post(batch)) {
            return false;
        }
        batch.reservations().forEach(unsound::remove);
        unsound.forEach(queue::refused);
        var waiting = batch.takeWaiting();
        Batch.tell(
                waiting.stream()
                        .filter(entry -> !unsound.contains(entry.reservation))
                        .toList(),
                null);
        Batch.tell(
                waiting.stream()
                        .filter(entry -> unsound.contains(entry.reservation))
                        .toList(),
                unavailable());
        return true;
    }

    /** Keeps it for later. Of its reservations, those that may not go on end with a charge of nothing, since it may be written. */
    void keep(Backlog backlog) {
        boolean durable = backlog.add(batch);
        var durables = new ArrayList<Queue.Entry>();
        var refused = new ArrayList<Queue.Entry>();
        for (var entry : batch.takeWaiting()) {
            var reservation = entry.reservation;
            boolean goesOn = durable && (reservation.grace() || !reservation.isOpen());
            if (!goesOn && queue.refused(reservation)) {
                queue.add(Charge.released(reservation, 0, 0));
                refused.add(entry);
            } else {
                (durable ? durables : refused).add(entry);
            }
        }
        Batch.tell(durables, null);
        Batch.tell(refused, unavailable());
    }

    static Failure unavailable() {
        return Failure.unavailable("The request can't be accounted for at the moment.");
    }
}
