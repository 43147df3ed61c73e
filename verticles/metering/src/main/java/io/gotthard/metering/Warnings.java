package io.gotthard.metering;

import io.gotthard.contracts.BudgetReached;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.eventbus.EventBus;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says that half, four fifths or all of a budget is used: to whoever listens on this node, in the metrics, and at the end in the log. */
final class Warnings {

    private static final Logger LOG = LoggerFactory.getLogger(Warnings.class);
    private static final int ALL = 100;

    private final EventBus bus;
    private final MeterRegistry registry;

    /**
     * A teller.
     *
     * @param bus of a Vert.x that has a {@link io.gotthard.contracts.Bus}, by which the event travels
     */
    Warnings(EventBus bus, MeterRegistry registry) {
        this.bus = bus;
        this.registry = registry;
    }

    /**
     * Tells of a budget that has reached a mark. Who calls it sees to it that it is once for each mark.
     *
     * @param kind {@code limit} or {@code wallet}
     * @param id which, as it is shown: {@code lim_<n>} or {@code wal_<n>}
     * @param tenant whose, or null
     * @param percent 50, 80 or 100
     */
    void reached(String kind, String id, String tenant, int percent) {
        var event = new BudgetReached(kind, id, tenant == null ? "" : tenant, percent, Instant.now());
        registry.counter("gotthard.metering.budget.reached", "kind", kind, "percent", Integer.toString(percent))
                .increment();
        if (percent >= ALL) {
            LOG.warn("The {} {} of tenant '{}' is used up.", kind, id, event.tenant());
        }
        bus.publish(BudgetReached.ADDRESS, event);
    }

    /** Tells of a limit that has reached a mark. */
    void reached(Limit limit, int percent) {
        reached("limit", limit.name(), limit.tenant(), percent);
    }
}
