package io.gotthard.metering;

import io.gotthard.kit.Database;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Clears up after nodes that are no more. */
final class Recovery {

    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Context context;
    private final Database database;
    private final Nodes nodes;

    Recovery(Context context, Database database) {
        this.context = context;
        this.database = database;
        this.nodes = new Nodes(database);
    }

    /**
     * Takes a place, and clears up after those who had it before, or one of the others that are free: who was there is dead. Waits, so it
     * is called on a virtual thread.
     *
     * @param data the process's data folder
     */
    Place takePlace(Path data) throws IOException {
        var places = Place.takeFree(data);
        try {
            for (var place : places) {
                clear(place);
            }
        } catch (IOException | RuntimeException e) {
            places.getFirst().release();
            throw e;
        } finally {
            for (var place : places.subList(1, places.size())) {
                place.release();
            }
        }
        return places.getFirst();
    }

    /** Writes what they kept in the spool, and ends them. */
    private void clear(Place place) throws IOException {
        // Its limit is for who adds to it.
        var spool = new Spool(place.folder(), 0, new Sources());
        while (spool.isLeft() && !written(place, spool)) {
            LOG.info("A node was ended while its batches were being written");
        }
        for (long node : Patiently.await(nodes.at(place.id()), PATIENCE)) {
            end(node, Patiently.await(nodes.recover(node), PATIENCE));
        }
    }

    /** @return false if a node was ended meanwhile, so that this has to begin again */
    private boolean written(Place place, Spool spool) throws IOException {
        var places = spool.open();
        LOG.info("Writing {} batches that were left in {}", places.size(), place.folder());
        if (!places.isEmpty()) {
            long node = spool.read(places.getFirst()).node();
            var lives = Patiently.await(nodes.lives(node, place.id()), PATIENCE);
            if (lives == null) {
                LOG.error("{} has batches of node {}, which the ledger never heard of", place.folder(), node);
                spool.setAside();
                return true;
            }
            var writer = Writer.connect(context, database, PATIENCE);
            try {
                if (!written(place, spool, places, lives, new Replay(writer, PATIENCE))) {
                    spool.close();
                    return false;
                }
            } finally {
                writer.close();
            }
        }
        spool.clear();
        return true;
    }

    private boolean written(Place place, Spool spool, List<Long> places, boolean lives, Replay replay)
            throws IOException {
        var left = places;
        if (!lives) {
            long successor = Patiently.await(nodes.begin(place.id()), PATIENCE);
            var numbers = new long[1];
            left = spool.rewrite(places, batch -> replay.moved(batch, successor, ++numbers[0]));
        }
        for (long at : left) {
            if (at >= 0 && !replay.post(spool.read(at))) {
                return false;
            }
        }
        return true;
    }

    /** Ends the nodes that have not been heard of for too long. */
    Future<Void> endSilent() {
        return nodes.silent().compose(silent -> {
            Future<Void> ended = Future.succeededFuture();
            for (long node : silent) {
                ended = ended.compose(before -> nodes.recover(node)).map(unknown -> end(node, unknown));
            }
            return ended;
        });
    }

    private static Void end(long node, Integer unknown) {
        if (unknown != null) {
            LOG.warn("Node {} is no more; of {} requests nobody knows what became of them", node, unknown);
        }
        return null;
    }
}
