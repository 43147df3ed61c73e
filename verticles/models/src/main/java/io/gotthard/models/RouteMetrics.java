package io.gotthard.models;

import io.micrometer.core.instrument.Counter;
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
