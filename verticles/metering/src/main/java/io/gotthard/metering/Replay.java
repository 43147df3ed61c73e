package io.gotthard.metering;

import io.vertx.pgclient.PgException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes batches that could not be written when they were new. Waits, so it is called on a virtual thread. */
final class Replay {

    private static final Logger LOG = LoggerFactory.getLogger(Replay.class);

    private final Writer writer;
    private final Duration patience;

    Replay(Writer writer, Duration patience) {
        this.writer = writer;
        this.patience = patience;
    }

    /**
     * Writes a batch, unless it was. What the database will never take is left out of the batch, and logged: it must not keep
     * everything else from being written.
     *
     * @return false if the node is ended; nothing is written then
     */
    boolean post(Batch batch) throws IOException {
        try {
            return Patiently.await(writer.post(batch), patience);
        } catch (IOException e) {
            if (!isData(e.getCause())) {
                throw e;
            }
            LOG.error("The ledger has refused a batch; looking for what is wrong in it", e.getCause());
        }
        leaveOutUnsound(batch);
        return Patiently.await(writer.post(batch), patience);
    }

    private void leaveOutUnsound(Batch batch) throws IOException {
        var sound = new Batch(batch.node(), batch.number());
        for (var reservation : batch.reservations()) {
            var alone = new Batch(batch.node(), batch.number());
            alone.reservations().add(reservation);
            if (isSound(alone)) {
                sound.reservations().add(reservation);
            }
        }
        for (var charge : batch.charges()) {
            var alone = new Batch(batch.node(), batch.number());
            alone.charges().add(charge);
            if (isSound(alone)) {
                sound.charges().add(charge);
            }
        }
        batch.retain(sound);
    }

    private boolean isSound(Batch alone) throws IOException {
        try {
            Patiently.await(writer.tryOut(alone), patience);
            return true;
        } catch (IOException e) {
            if (!isData(e.getCause())) {
                throw e;
            }
            LOG.error("The ledger will never take this: {}", Frames.json(alone).encode(), e.getCause());
            return false;
        }
    }

    /** Whether the database would say the same the next time: the data is at fault, and not the database. */
    static boolean isData(Throwable cause) {
        return cause instanceof PgException refused
                && refused.getSqlState() != null
                && (refused.getSqlState().startsWith("22")
                        || refused.getSqlState().startsWith("23"));
    }

    /**
     * What remains to be written of a batch whose node is ended, as a batch of another node: reservations that were written have a
     * charge by then, and that is final.
     */
    Batch moved(Batch batch, long toNode, long toNumber) throws IOException {
        var seqs = new HashSet<Long>();
        batch.reservations().forEach(reservation -> seqs.add(reservation.seq()));
        batch.charges().forEach(charge -> seqs.add(charge.reservation().seq()));
        var ended = Patiently.await(writer.charged(batch.node(), seqs), patience);
        var moved = new Batch(toNode, toNumber);
        batch.reservations().stream()
                .filter(reservation -> !ended.contains(reservation.seq()))
                .forEach(moved.reservations()::add);
        batch.charges().stream()
                .filter(charge -> !ended.contains(charge.reservation().seq()))
                .forEach(moved.charges()::add);
        return moved;
    }
}
