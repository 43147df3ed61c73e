package io.gotthard.metering;

import io.gotthard.metering.Limit.Metric;
import io.gotthard.metering.Limit.Outage;
import io.gotthard.metering.Limit.Period;
import io.gotthard.metering.Limit.Subject;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** What limits cost a request on one node; {@code bench/limits} runs it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class LimitsBench {

    private static final int KEYS = 100_000;
    private static final long PLENTY = 1L << 50;

    private final LocalLimits limits =
            new LocalLimits(LocalLimits.clock(), bound -> Future.succeededFuture(0L), (limit, percent) -> {});
    private final List<List<Bound>> keys = new ArrayList<>(KEYS);
    private final List<Bound> exhausted = bounds(KEYS + 1L, 1);

    /** Each key has limits of its own. */
    public LimitsBench() {
        for (int i = 0; i < KEYS; i++) {
            keys.add(bounds(i, PLENTY));
        }
        keys.forEach(key -> limits.take(key, 1, 1, limits.now()).release());
        limits.take(exhausted, 1, 1, limits.now());
    }

    private static List<Bound> bounds(long key, long amount) {
        return List.of(
                bound(4 * key, Metric.REQUESTS, Period.MINUTE, amount),
                bound(4 * key + 1, Metric.TOKENS, Period.DAY, amount),
                bound(4 * key + 2, Metric.MONEY, Period.MONTH, amount),
                bound(4 * key + 3, Metric.CONCURRENT, null, amount));
    }

    private static Bound bound(long id, Metric metric, Period period, long amount) {
        return new Bound(
                new Limit(id, Subject.KEY, "key", null, Limit.ANY_MODEL, metric, period, amount, Outage.LOCAL, true),
                "");
    }

    private Taken take(List<Bound> bounds) {
        var taken = limits.take(bounds, 700, 20_000, limits.now());
        taken.correct(500, 12_345);
        return taken;
    }

    /** Four limits of one key: taken, and corrected at the end. */
    @Benchmark
    public Object oneKey() {
        return take(keys.getFirst());
    }

    /** The same by two threads at once. */
    @Benchmark
    @Threads(2)
    public Object oneKeyByTwoThreads() {
        return take(keys.getFirst());
    }

    /** The same of a hundred thousand keys by chance. */
    @Benchmark
    public Object manyKeys() {
        return take(keys.get(ThreadLocalRandom.current().nextInt(KEYS)));
    }

    /** The same, and the headers as the router goes through them. */
    @Benchmark
    public Object withHeaders() {
        Map<String, String> headers = take(keys.getFirst()).headers("x-gotthard-receipt", "1-1");
        var length = new int[1];
        headers.forEach((name, value) -> length[0] += name.length() + value.length());
        return length;
    }

    /** A request that is refused. */
    @Benchmark
    public Object refused() {
        return limits.take(exhausted, 700, 20_000, limits.now()).refusal();
    }
}
