package io.gotthard.router;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The metrics of one event loop's requests. Meters are looked up once and kept, because a look-up costs more than a count. */
final class Meters {

    /** Labels hold only what the configuration and the contract bound; a client can't make new ones. */
    private record Requests(String operation, int status) {}

    private record Tokens(Counter prompt, Counter completion) {}

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(20),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(2),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60)
    };

    private final MeterRegistry registry;
    private final Map<Requests, Timer> durations = new HashMap<>();
    private final Map<String, Timer> firstBytes = new HashMap<>();
    private final Map<String, Tokens> tokens = new HashMap<>();

    Meters(MeterRegistry registry) {
        this.registry = registry;
    }

    void record(Exchange exchange, long now) {
        var operation = exchange.operation == null ? "none" : exchange.operation;
        durations
                .computeIfAbsent(new Requests(operation, exchange.status), this::duration)
                .record(now - exchange.began, TimeUnit.NANOSECONDS);
        if (exchange.firstByte != 0) {
            firstBytes
                    .computeIfAbsent(operation, this::firstByte)
                    .record(exchange.firstByte - exchange.began, TimeUnit.NANOSECONDS);
        }
        var usage = exchange.usage;
        if (usage != null && usage.reported()) {
            var counted = tokens.computeIfAbsent(usage.model(), this::tokens);
            counted.prompt.increment((double) usage.promptTokens());
            counted.completion.increment((double) usage.completionTokens());
        }
    }

    private Timer duration(Requests key) {
        return Timer.builder("gotthard.request.duration")
                .description("From the request's headers to the last byte of the answer")
                .tag("operation", key.operation())
                .tag("status", Integer.toString(key.status()))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    private Timer firstByte(String operation) {
        return Timer.builder("gotthard.request.first.byte")
                .description("From the request's headers to the first byte of the answer")
                .tag("operation", operation)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    private Tokens tokens(String model) {
        return new Tokens(counter(model, "prompt"), counter(model, "completion"));
    }

    private Counter counter(String model, String type) {
        return Counter.builder("gotthard.tokens")
                .description("Tokens as the upstreams reported them")
                .tag("model", model)
                .tag("type", type)
                .register(registry);
    }
}
