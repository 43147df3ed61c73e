package io.gotthard.metering;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The batches that are still to be written, in their order: on disk, or in memory if the disk did not take them. */
final class Backlog {

    /** A batch, and where it is in the spool; -1 if it is in memory only. */
    private record Kept(Batch batch, long at) {}

    private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);

    private final Path folder;
    private final Spool spool;
    private ArrayDeque<Kept> kept = new ArrayDeque<>();
    private boolean full;

    Backlog(Path folder, Spool spool) {
        this.folder = folder;
        this.spool = spool;
    }

    /** Adds a batch. @return whether it is durable */
    boolean add(Batch batch) {
        try {
            kept.add(new Kept(batch, spool.append(batch)));
            batch.forget();
            full = false;
            return true;
        } catch (IOException e) {
            kept.add(new Kept(batch, -1));
            if (!full) {
                LOG.error("{} takes no more: everything is refused until the ledger is back", folder, e);
            }
            full = true;
            return false;
        }
    }

    boolean isEmpty() {
        return kept.isEmpty();
    }

    /** The next batch to be written, as it was added; what is in it may be on disk. */
    Batch first() {
        return kept.getFirst().batch;
    }

    /** The next batch to be written, with all that is in it. */
    Batch readFirst() throws IOException {
        var first = kept.getFirst();
        return first.at < 0 ? first.batch : spool.read(first.at);
    }

    void removeFirst() {
        kept.removeFirst();
    }

    /**
     * Makes all of them batches of another node, without what is final because the node they were of is ended. If this fails, nothing
     * has changed.
     *
     * @return the number of the last one
     */
    long move(Replay replay, long successor) throws IOException {
        var inMemory = new HashMap<Batch, Batch>();
        var onDisk = new ArrayList<Long>();
        var numbers = new ArrayDeque<Long>();
        long last = 0;
        for (var one : kept) {
            last++;
            if (one.at < 0) {
                inMemory.put(one.batch, replay.moved(one.batch, successor, last));
            } else {
                onDisk.add(one.at);
                numbers.add(last);
            }
        }
        var places = spool.rewrite(onDisk, batch -> replay.moved(batch, successor, numbers.remove()))
                .iterator();
        var moved = new ArrayDeque<Kept>();
        long number = 0;
        for (var one : kept) {
            number++;
            var content = inMemory.get(one.batch);
            long at = content == null ? places.next() : -1;
            if (content != null && !content.isEmpty()) {
                one.batch.retain(content);
            }
            if (at >= 0 || (content != null && !content.isEmpty())) {
                one.batch.move(successor, number);
                moved.add(new Kept(one.batch, at));
            }
        }
        kept = moved;
        return last;
    }

    /** Removes what is on disk, once all is written. */
    void clear() {
        try {
            spool.clear();
        } catch (IOException e) {
            LOG.error("{} can't be emptied", folder, e);
        }
    }

    /** Leaves what is on disk for who comes next. */
    void close() {
        try {
            spool.close();
        } catch (IOException e) {
            LOG.error("{} can't be closed", folder, e);
        }
    }
}
