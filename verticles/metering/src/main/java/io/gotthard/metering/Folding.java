package io.gotthard.metering;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings balances and usage up to date with what was written. Belongs to the journal's context. */
final class Folding {

    private static final Logger LOG = LoggerFactory.getLogger(Folding.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Nodes nodes;
    private final LongConsumer ended;
    private volatile Consumer<Set<Integer>> folded = payers -> {};
    private long node;
    private Tally tally = new Tally();
    // What is being folded, or has to be once more because nobody knows whether it was.
    private Tally unfolded;
    private Future<Void> last = Future.succeededFuture();

    /** @param ended is told if a node turns out to be ended */
    Folding(Nodes nodes, LongConsumer ended) {
        this.nodes = nodes;
        this.ended = ended;
    }

    /** Calls back, on the journal's own context, with the ledger accounts whose charges have arrived in the balances. */
    void onFolded(Consumer<Set<Integer>> handler) {
        folded = handler;
    }

    /** From now on it is this node that writes; what others wrote is no longer of interest. */
    void begin(long asNode) {
        node = asNode;
        tally = new Tally();
        unfolded = null;
    }

    /** A batch was written. */
    void written(Batch batch, List<Charge> charges) {
        tally.add(batch.number(), charges);
        if (!batch.reserves()) {
            tally.done(batch.number());
        }
        for (var finished : batch.finishes()) {
            if (finished.node() == batch.node()) {
                tally.done(finished.number());
            }
        }
    }

    /** Folds what was written until now. */
    Future<Void> fold() {
        last = last.transform(before -> foldRest())
                .compose(rest -> foldTally())
                .onFailure(failure -> LOG.warn("Balances and usage are not up to date: {}", failure.getMessage()));
        return last;
    }

    private Future<Void> foldTally() {
        if (tally.isEmpty()) {
            return Future.succeededFuture();
        }
        unfolded = tally;
        tally = new Tally(unfolded);
        return foldRest();
    }

    private Future<Void> foldRest() {
        var sums = unfolded;
        long of = node;
        if (sums == null) {
            return Future.succeededFuture();
        }
        return nodes.fold(of, sums)
                .timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .compose(alive -> {
                    if (!alive) {
                        ended.accept(of);
                        return Future.failedFuture("node " + of + " was ended");
                    }
                    if (unfolded == sums) {
                        unfolded = null;
                    }
                    folded.accept(sums.payers());
                    return Future.succeededFuture();
                });
    }
}
