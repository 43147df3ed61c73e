package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.gotthard.metering.Limit.Metric;
import io.gotthard.metering.Limit.Outage;
import io.gotthard.metering.Limit.Period;
import io.gotthard.metering.Limit.Subject;
import io.gotthard.platform.Await;
import io.gotthard.platform.CapturedLog;
import io.gotthard.platform.RedisServer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What limits say for the case that Redis is gone, or says nothing. */
class RedisAwayIT {

    /** A machine that is busy with other tests must not look like a Redis that is gone. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final AtomicLong IDS = new AtomicLong(1_000);

    private static Vertx vertx;
    private static RedisServer redis;

    private final Map<String, Long> history = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> warned = new ConcurrentLinkedQueue<>();
    private final List<RedisLimits> nodes = new ArrayList<>();
    private final long id = IDS.incrementAndGet();
    private final RedisLimits one = node(PATIENCE);
    private final RedisLimits two = node(PATIENCE);

    @BeforeAll
    static void start() {
        redis = RedisServer.start();
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() {
        if (redis != null) {
            redis.close();
            vertx.close().await();
        }
    }

    @AfterEach
    void close() {
        nodes.forEach(node -> node.close().await());
    }

    private RedisLimits node(Duration patience) {
        var node = new RedisLimits(
                vertx,
                redis.url(),
                patience,
                LocalLimits.clock(),
                bound -> Future.succeededFuture(history.getOrDefault(bound.id(), 0L)),
                (limit, percent) -> warned.add(limit.name() + " " + percent));
        nodes.add(node);
        Await.until("a connection to Redis", node::isUp);
        return node;
    }

    /** A bound of its own for each node, as in life. */
    private static Bound bound(long id, Metric metric, Period period, long amount, Outage outage) {
        return new Bound(new Limit(id, Subject.TENANT, "t", null, "*", metric, period, amount, outage, true), "");
    }

    private static Bound bound(long id, Metric metric, Period period, long amount) {
        return bound(id, metric, period, amount, Outage.LOCAL);
    }

    private static Taken take(RedisLimits node, List<Bound> bounds, long tokens, long money) {
        return node.take(bounds, tokens, money, node.now());
    }

    /** Null if it agreed. */
    private static Failure refusal(Taken taken) {
        if (taken.refusal() != null) {
            return taken.refusal();
        }
        try {
            taken.agreed().await(20, TimeUnit.SECONDS);
            return null;
        } catch (Exception e) {
            return Failure.of(e);
        }
    }

    private static Failure ask(RedisLimits node, List<Bound> bounds, long tokens, long money) {
        return refusal(take(node, bounds, tokens, money));
    }

    private static void prepare(RedisLimits node, List<Bound> bounds) {
        var ready = node.prepare(bounds);
        Await.until("what was used before", ready::succeeded);
    }

    @Test
    void each_limit_says_what_holds_while_redis_is_gone_and_counting_together_goes_on_when_it_is_back() {
        var local = List.of(bound(id, Metric.REQUESTS, Period.DAY, 5, Outage.LOCAL));
        var open = List.of(bound(id + 1_000, Metric.REQUESTS, Period.DAY, 1, Outage.OPEN));
        var closed = List.of(bound(id + 2_000, Metric.REQUESTS, Period.DAY, 1_000, Outage.CLOSED));
        List.of(local, open, closed).forEach(bounds -> List.of(one, two).forEach(node -> prepare(node, bounds)));
        assertThat(ask(one, local, 0, 0)).isNull();
        assertThat(ask(one, open, 0, 0)).isNull();
        assertThat(ask(one, closed, 0, 0)).isNull();
        try (var log = CapturedLog.start()) {
            redis.kill();
            Await.until("both to notice", () -> !one.isUp() && !two.isUp());
            holdsAlone(local, open, closed);
            assertThat(log.lines().stream().filter(line -> line.contains("Redis can't be used")))
                    .hasSizeBetween(2, 3);
            redis.restart();
            Await.until("both to be back", () -> one.isUp() && two.isUp());
            assertThat(log.lines()).noneMatch(line -> line.startsWith("ERROR io.gotthard"));
        }
        assertThat(ask(one, closed, 0, 0)).isNull();
        var minute = List.of(bound(id + 3_000, Metric.REQUESTS, Period.MINUTE, 1));
        assertThat(ask(one, minute, 0, 0)).isNull();
        assertThat(ask(two, minute, 0, 0)).isNotNull();
    }

    private void holdsAlone(List<Bound> local, List<Bound> open, List<Bound> closed) {
        for (int i = 0; i < 4; i++) {
            assertThat(ask(one, local, 0, 0))
                    .as("what is left as far as this node knows")
                    .isNull();
        }
        assertThat(ask(one, local, 0, 0).status()).isEqualTo(429);
        for (int i = 0; i < 20; i++) {
            assertThat(ask(one, open, 0, 0)).isNull();
        }
        var refusal = ask(two, closed, 0, 0);
        assertThat(refusal.status()).isEqualTo(503);
        assertThat(refusal.getMessage()).contains("lim_" + (id + 2_000));
    }

    @Test
    void nobody_waits_long_for_a_redis_that_says_nothing_and_it_is_used_when_it_speaks_again() {
        var local = List.of(bound(id, Metric.REQUESTS, Period.DAY, 1_000, Outage.LOCAL));
        var closed = List.of(bound(id + 1_000, Metric.REQUESTS, Period.DAY, 1_000, Outage.CLOSED));
        var one = node(RedisLimits.PATIENCE);
        prepare(one, local);
        prepare(one, closed);
        try (var log = CapturedLog.start()) {
            redis.hang();
            try {
                long began = System.nanoTime();
                var taken = new ArrayList<Taken>();
                for (int i = 0; i < 200; i++) {
                    taken.add(take(one, i % 2 == 0 ? local : closed, 0, 0));
                }
                for (int i = 0; i < 200; i++) {
                    var refusal = refusal(taken.get(i));
                    assertThat(refusal == null).isEqualTo(i % 2 == 0);
                }
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
                assertThat(one.isUp()).isFalse();
                began = System.nanoTime();
                for (int i = 0; i < 100; i++) {
                    assertThat(ask(one, local, 0, 0)).isNull();
                }
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(500));
            } finally {
                redis.goOn();
            }
            Await.until("it to be used again", one::isUp);
            assertThat(log.lines().stream().filter(line -> line.contains("RedisLink")))
                    .hasSizeLessThan(4)
                    .noneMatch(line -> line.startsWith("ERROR"));
        }
        Await.until("it to answer in time", () -> ask(one, closed, 0, 0) == null);
    }
}
