package io.gotthard.metering;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.eventbus.EventBus;

/** Says once, to whoever listens, that half, four fifths or all of a budget is used. */
final class Warnings {

    private final EventBus bus;
    private final MeterRegistry registry;

    Warnings(EventBus bus, MeterRegistry registry) {
        this.bus = bus;
        this.registry = registry;
    }

    /**
     * A budget has reached a mark: publishes {@code metering.budget.reached} on this node.
     *
     * @param kind {@code limit} or {@code wallet}
     * @param id which
     * @param tenant whose, or an empty text
     * @param percent 50, 80 or 100
     */
    void reached(String kind, String id, String tenant, int percent) {
        registry.counter("gotthard.metering.budgets.reached", "kind", kind, "percent", Integer.toString(percent))
                .increment();
        bus.publish("metering.budget.reached", null);
    }
}
