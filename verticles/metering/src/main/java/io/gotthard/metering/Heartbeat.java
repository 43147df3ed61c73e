package io.gotthard.metering;

import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says that this node lives, and ends those that no longer say so. Belongs to the journal's context. */
final class Heartbeat {

    private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

    private final Nodes nodes;
    private final Recovery recovery;
    private final LongConsumer ended;
    // Who could not reach the database itself can't say that another is silent: maybe nobody could.
    private long connectedSince = System.nanoTime();

    /** @param ended is told if a node turns out to be ended */
    Heartbeat(Nodes nodes, Recovery recovery, LongConsumer ended) {
        this.nodes = nodes;
        this.recovery = recovery;
        this.ended = ended;
    }

    /** To be called every {@link Nodes#BEAT}. */
    void beat(long node) {
        nodes.beat(node).timeout(Nodes.BEAT.toMillis(), TimeUnit.MILLISECONDS).onComplete((alive, failure) -> {
            if (failure != null) {
                connectedSince = System.nanoTime();
            } else if (!alive) {
                ended.accept(node);
            } else if (System.nanoTime() - connectedSince > Nodes.SILENCE.toNanos()) {
                recovery.endSilent()
                        .onFailure(e -> LOG.warn("Dead nodes are not cleared up after: {}", e.getMessage()));
            }
        });
    }
}
