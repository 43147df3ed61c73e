package io.gotthard.metering;

import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Outcome;
import io.gotthard.contracts.Usage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What Prometheus sees of metering: under the names of OpenTelemetry's conventions for generative AI where they have one, with the buckets
 * they recommend, and else as {@code gotthard.metering.…}. Labels hold what the configuration bounds, never a key, an account or a tenant:
 * those are in {@code /api/v1/usage}. Safe to be called from any thread.
 */
final class GenAiMetrics {

    /** More combinations than any configuration has; what comes after them is counted together. */
    private static final int MOST_SERIES = 5_000;

    private static final String OTHER = "_OTHER";
    private static final double NANOS = 1e9;

    private static final double[] TOKENS = {
        1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864
    };
    private static final Duration[] DURATIONS =
            millis(10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10_240, 20_480, 40_960, 81_920);
    private static final Duration[] FIRST_TOKEN =
            millis(1, 5, 10, 20, 40, 60, 80, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000);
    private static final Duration[] PER_TOKEN = millis(10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 2500);

    /** What a request is counted under. */
    private record Series(String operation, String model, String provider, Outcome.End end) {}

    /** The meters of a series, looked up once because a look-up costs more than a count. */
    private record Meters(
            Timer duration,
            Timer firstToken,
            Timer perToken,
            DistributionSummary input,
            DistributionSummary output,
            Counter cached,
            Counter reasoning,
            Counter cost,
            Counter writtenOff) {}

    private final MeterRegistry registry;
    private final String currency;
    private final Map<Series, Meters> series = new ConcurrentHashMap<>();
    private final Map<String, Counter> refusals = new ConcurrentHashMap<>();
    private final Map<String, Counter> unpriced = new ConcurrentHashMap<>();
    private final Counter late;

    /**
     * @param registry where the meters are registered
     * @param currency the currency of all amounts
     */
    GenAiMetrics(MeterRegistry registry, String currency) {
        this.registry = registry;
        this.currency = currency;
        late = Counter.builder("gotthard.metering.settlements.late")
                .description("Charges that came while the database was away, and wait on the disk for it")
                .register(registry);
    }

    /**
     * Counts a request that has ended.
     *
     * @param demand what was asked for
     * @param outcome what became of it
     * @param amountNanos what it was charged, in nanos
     * @param writtenOffNanos what it cost beyond what its wallet had, in nanos
     * @param durationNanos from its admission to its end
     */
    void settled(Demand demand, Outcome outcome, long amountNanos, long writtenOffNanos, long durationNanos) {
        var usage = outcome.usage();
        var meters = meters(new Series(
                demand.operation(),
                demand.model(),
                usage == null ? demand.most().upstream() : usage.upstream(),
                outcome.end()));
        meters.duration.record(durationNanos, TimeUnit.NANOSECONDS);
        if (outcome.firstTokenNanos() > 0) {
            meters.firstToken.record(outcome.firstTokenNanos(), TimeUnit.NANOSECONDS);
        }
        if (amountNanos > 0) {
            meters.cost.increment(amountNanos / NANOS);
        }
        if (writtenOffNanos > 0) {
            meters.writtenOff.increment(writtenOffNanos / NANOS);
        }
        if (usage != null && usage.source() != Usage.Source.NONE) {
            count(meters, usage);
            // A whole answer has all its tokens at once: how long each took is not to be seen.
            if (outcome.firstTokenNanos() > 0 && usage.completionTokens() > 1 && isStream(demand)) {
                long rest = Math.max(0, durationNanos - outcome.firstTokenNanos());
                meters.perToken.record(rest / (usage.completionTokens() - 1), TimeUnit.NANOSECONDS);
            }
        }
    }

    private static void count(Meters meters, Usage usage) {
        if (usage.promptTokens() > 0) {
            meters.input.record((double) usage.promptTokens());
        }
        if (usage.completionTokens() > 0) {
            meters.output.record((double) usage.completionTokens());
        }
        if (usage.cachedTokens() > 0) {
            meters.cached.increment((double) usage.cachedTokens());
        }
        if (usage.reasoningTokens() > 0) {
            meters.reasoning.increment((double) usage.reasoningTokens());
        }
    }

    private static boolean isStream(Demand demand) {
        var body = demand.call().body();
        return body != null && Boolean.TRUE.equals(body.fields().get("stream"));
    }

    /** Counts a request that was not admitted, by the failure's word for programs. */
    void refused(Failure failure) {
        var code = failure.code() == null ? OTHER : failure.code();
        bounded(
                        refusals,
                        code,
                        OTHER,
                        reason -> Counter.builder("gotthard.metering.refusals")
                                .description(
                                        "Requests that were not admitted: a limit was reached, the money used up, the"
                                                + " ledger away")
                                .tag("error.type", reason)
                                .register(registry))
                .increment();
    }

    /** Counts a request for a model that has no price: an alarm, whether it was refused or free. */
    void unpriced(String model) {
        bounded(
                        unpriced,
                        model,
                        OTHER,
                        name -> Counter.builder("gotthard.metering.unpriced")
                                .description("Requests for a model that has no price")
                                .tag("gen_ai.request.model", name)
                                .register(registry))
                .increment();
    }

    /** Counts a charge that waits on the disk for the database. */
    void late() {
        late.increment();
    }

    /** Shows a state. The names that are there: those of {@link Gauges}. */
    void show(Gauges gauge, LongSupplier value) {
        Gauge.builder(gauge.metric, value, LongSupplier::getAsLong)
                .description(gauge.description)
                .strongReference(true)
                .register(registry);
    }

    /** The states of this node that are shown. */
    enum Gauges {
        OPEN_RESERVATIONS("gotthard.metering.reservations.open", "Admitted requests that have not ended"),
        LEDGER_LAG(
                "gotthard.metering.ledger.lag.milliseconds", "Age of the oldest entry that is not in the ledger yet"),
        LEDGER_AWAY("gotthard.metering.ledger.away", "1 while the database can't be reached, else 0"),
        LEASES("gotthard.metering.leases", "Wallets of which this node has money as its allowance"),
        LEASED("gotthard.metering.leased.nanos", "Money this node has as its allowance, in billionths of the currency"),
        SPOOL("gotthard.metering.spool.bytes", "What waits on the disk for the database");

        private final String metric;
        private final String description;

        Gauges(String metric, String description) {
            this.metric = metric;
            this.description = description;
        }
    }

    private Meters meters(Series key) {
        return bounded(series, key, new Series(OTHER, OTHER, OTHER, key.end), this::register);
    }

    /** A client can't make new labels; should it ever find a way, it makes a bounded number of them. */
    private static <K, V> V bounded(Map<K, V> known, K key, K other, Function<K, V> made) {
        var found = known.get(key);
        if (found != null) {
            return found;
        }
        return known.computeIfAbsent(known.size() < MOST_SERIES ? key : other, made);
    }

    private Meters register(Series key) {
        var tags = Tags.of(
                "gen_ai.operation.name", key.operation,
                "gen_ai.request.model", key.model,
                "gen_ai.provider.name", key.provider);
        var money = tags.and("currency", currency);
        return new Meters(
                timer("gen_ai.server.request.duration", "From the admission to the end", DURATIONS)
                        .tags(tags.and("error.type", error(key.end)))
                        .register(registry),
                timer("gen_ai.server.time_to_first_token", "From the admission to the first content", FIRST_TOKEN)
                        .tags(tags)
                        .register(registry),
                timer("gen_ai.server.time_per_output_token", "Of a stream, after its first token", PER_TOKEN)
                        .tags(tags)
                        .register(registry),
                tokens(tags, "input"),
                tokens(tags, "output"),
                counter("gotthard.metering.tokens.cached", "Tokens of inputs that the upstream had cached", tags),
                counter("gotthard.metering.tokens.reasoning", "Tokens of outputs that were reasoning", tags),
                counter("gotthard.metering.cost", "What was charged, in the currency", money),
                counter("gotthard.metering.written.off", "What was used beyond what the wallet had", money));
    }

    private static String error(Outcome.End end) {
        return switch (end) {
            case COMPLETED -> "";
            case FAILED -> "upstream_failed";
            case CANCELLED -> "client_closed_request";
        };
    }

    private static Timer.Builder timer(String name, String description, Duration... buckets) {
        return Timer.builder(name).description(description).serviceLevelObjectives(buckets);
    }

    private DistributionSummary tokens(Tags tags, String type) {
        return DistributionSummary.builder("gen_ai.client.token.usage")
                .description("Number of input and output tokens used")
                .serviceLevelObjectives(TOKENS)
                .tags(tags.and("gen_ai.token.type", type))
                .register(registry);
    }

    private Counter counter(String name, String description, Tags tags) {
        return Counter.builder(name).description(description).tags(tags).register(registry);
    }

    private static Duration[] millis(long... millis) {
        return Arrays.stream(millis).mapToObj(Duration::ofMillis).toArray(Duration[]::new);
    }
}
