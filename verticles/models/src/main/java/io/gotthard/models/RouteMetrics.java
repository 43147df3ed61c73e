package io.gotthard.models;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** What one event loop counts of its attempts. Labels hold only what the configuration bounds; a client can't make new ones. */
final class RouteMetrics {

    private record Series(String model, String target, String outcome) {}

    private static final String COMPLETED = "completed";

    private final MeterRegistry registry;
    private final Map<Series, Counter> attempts = new HashMap<>();

    RouteMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Shows how a target is. */
    void register(String target, Standing standing) {
        Gauge.builder("gotthard.models.target.state", standing, of -> of.state().value())
                .description("0 is good, 1 was silent, 2 is out of service, 3 refuses our credentials")
                .tag("target", target)
                .strongReference(true)
                .register(registry);
    }

    void completed(Route route, Target target) {
        count(route, target, COMPLETED);
    }

    void failed(Route route, Target target, Fault fault) {
        count(route, target, fault.name().toLowerCase(Locale.ROOT));
    }

    private void count(Route route, Target target, String outcome) {
        attempts.computeIfAbsent(
                        new Series(route.configured(), name(target), outcome),
                        series -> Counter.builder("gotthard.models.attempts")
                                .description("How often upstreams were asked, and how that went")
                                .tag("model", series.model())
                                .tag("target", series.target())
                                .tag("outcome", series.outcome())
                                .register(registry))
                .increment();
    }

    private static String name(Target target) {
        return target.upstream() + "/" + target.settings().model();
    }
}
