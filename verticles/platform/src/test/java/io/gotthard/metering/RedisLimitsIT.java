package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.gotthard.metering.Limit.Metric;
import io.gotthard.metering.Limit.Outage;
import io.gotthard.metering.Limit.Period;
import io.gotthard.metering.Limit.Subject;
import io.gotthard.platform.Await;
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

/** Limits that two nodes count in one real Redis, also while it is gone or says nothing. */
class RedisLimitsIT {

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

    @Test
    void two_nodes_together_admit_exactly_what_the_limits_allow() {
        var taken = new ArrayList<Taken>();
        for (int i = 0; i < 1_000; i++) {
            var node = i % 2 == 0 ? one : two;
            var bounds = List.of(
                    bound(id, Metric.REQUESTS, Period.DAY, 300),
                    bound(id + 1_000, Metric.TOKENS, Period.DAY, 1_000),
                    bound(id + 2_000, Metric.CONCURRENT, null, 1_000));
            prepare(node, bounds);
            taken.add(take(node, bounds, 10, 0));
        }
        var refusals = taken.stream().map(RedisLimitsIT::refusal).toList();
        assertThat(refusals.stream().filter(refusal -> refusal == null)).hasSize(100);
        assertThat(refusals.stream().filter(refusal -> refusal != null))
                .allMatch(refusal -> refusal.code().equals("rate_limit_exceeded")
                        && refusal.type().equals("tokens")
                        && refusal.retryAfterMillis() > 800_000);
        // What the tokens refused was not taken of the requests.
        var requests = List.of(bound(id, Metric.REQUESTS, Period.DAY, 300));
        for (int i = 0; i < 200; i++) {
            assertThat(ask(two, requests, 0, 0)).isNull();
        }
        assertThat(ask(one, requests, 0, 0)).isNotNull();
    }

    private static void prepare(RedisLimits node, List<Bound> bounds) {
        var ready = node.prepare(bounds);
        Await.until("what was used before", ready::succeeded);
    }

    @Test
    void corrections_count_on_the_other_node_too_and_only_once() {
        var tokens = List.of(bound(id, Metric.TOKENS, Period.DAY, 1_000));
        prepare(one, tokens);
        var taken = take(one, tokens, 1_000, 0);
        assertThat(refusal(taken)).isNull();
        assertThat(ask(two, tokens, 900, 0)).isNotNull();
        taken.correct(100, 0);
        taken.release();
        Await.until("the correction", () -> ask(two, tokens, 890, 0) == null);
        assertThat(ask(two, tokens, 20, 0)).isNotNull();
        var more = take(two, tokens, 5, 0);
        assertThat(refusal(more)).isNull();
        more.correct(505, 0);
        Await.until("what is owed", () -> {
            var refusal = ask(one, tokens, 1, 0);
            return refusal != null && refusal.retryAfterMillis() > 86_400 * 400;
        });
    }

    @Test
    void a_request_that_is_over_before_redis_answered_is_corrected_nevertheless() {
        var bounds = List.of(
                bound(id, Metric.REQUESTS, Period.DAY, 100),
                bound(id + 1_000, Metric.CONCURRENT, null, 100),
                bound(id + 2_000, Metric.MONEY, Period.MONTH, 1_000));
        prepare(one, bounds);
        for (int i = 0; i < 100; i++) {
            take(one, bounds, 0, 1_000).release();
        }
        Await.until("all of it to be back", () -> {
            var taken = take(two, bounds, 0, 1_000);
            boolean all = refusal(taken) == null;
            taken.release();
            return all;
        });
        assertThat(one.take(List.of(), 0, 0, 1)).isSameAs(Free.TAKEN);
    }

    @Test
    void who_has_plenty_left_need_not_wait_and_who_has_not_does() {
        var bounds = List.of(bound(id, Metric.REQUESTS, Period.DAY, 100));
        prepare(one, bounds);
        for (int i = 0; i < 79; i++) {
            assertThat(take(one, bounds, 0, 0).near()).as("request %d", i).isFalse();
        }
        assertThat(take(one, bounds, 0, 0).near()).isFalse();
        var near = take(one, bounds, 0, 0);
        assertThat(near.near()).isTrue();
        assertThat(refusal(near)).isNull();
        assertThat(near.headers("a", "b"))
                .containsEntry("a", "b")
                .containsEntry("x-ratelimit-limit-requests", "100")
                .containsEntry("x-ratelimit-remaining-requests", "19");
    }

    @Test
    void only_so_many_are_under_way_on_all_nodes_together() {
        var two_ = List.of(bound(id, Metric.CONCURRENT, null, 2));
        var first = take(one, two_, 0, 0);
        var second = take(two, two_, 0, 0);
        assertThat(refusal(first)).isNull();
        assertThat(refusal(second)).isNull();
        assertThat(ask(one, two_, 0, 0).retryAfterMillis()).isEqualTo(1_000);
        first.correct(0, 0);
        Await.until("a place", () -> ask(two, two_, 0, 0) == null);
        assertThat(ask(one, two_, 0, 0)).isNotNull();
    }

    @Test
    void requests_of_a_node_that_is_dead_are_forgotten() throws Exception {
        var all = List.of(bound(id, Metric.CONCURRENT, null, 1));
        // As such a node would have left it: it is not a second ago that its time was over.
        redis.ask("ZADD {gotthard}:lim_" + id + " " + (System.currentTimeMillis() * 1_000 - 1) + " dead:1");
        assertThat(ask(one, all, 0, 0)).isNull();
        assertThat(ask(two, all, 0, 0)).isNotNull();
        var dead = redis.ask("ZCOUNT {gotthard}:lim_" + id + " -inf +inf");
        assertThat(dead).isEqualTo(":1");
    }

    @Test
    void day_and_month_begin_with_what_was_used_and_are_restored_if_redis_loses_them() throws Exception {
        var day = List.of(bound(id, Metric.REQUESTS, Period.DAY, 24));
        history.put("lim_" + id, 20 * 3_600_000_000_000L);
        prepare(one, day);
        for (int i = 0; i < 4; i++) {
            assertThat(ask(one, day, 0, 0)).isNull();
        }
        assertThat(ask(two, day, 0, 0)).isNotNull();
        redis.ask("DEL {gotthard}:lim_" + id);
        history.put("lim_" + id, 23 * 3_600_000_000_000L);
        assertThat(ask(two, day, 0, 0)).isNull();
        assertThat(ask(one, day, 0, 0)).isNotNull();
    }

    @Test
    void each_mark_is_told_by_one_node() {
        var day = List.of(bound(id, Metric.MONEY, Period.MONTH, 1_000_000));
        prepare(one, day);
        prepare(two, day);
        for (int i = 0; i < 9; i++) {
            assertThat(ask(i % 2 == 0 ? one : two, day, 0, 100_000)).isNull();
        }
        assertThat(ask(one, day, 0, 200_000).code()).isEqualTo("insufficient_quota");
        assertThat(ask(two, day, 0, 200_000)).isNotNull();
        assertThat(warned).containsExactly("lim_" + id + " 50", "lim_" + id + " 80", "lim_" + id + " 100");
    }

    @Test
    void a_changed_amount_counts_what_was_used_before() {
        var few = List.of(bound(id, Metric.REQUESTS, Period.DAY, 10));
        prepare(one, few);
        for (int i = 0; i < 10; i++) {
            assertThat(ask(one, few, 0, 0)).isNull();
        }
        var more = List.of(bound(id, Metric.REQUESTS, Period.DAY, 12));
        prepare(two, more);
        assertThat(ask(two, more, 0, 0)).isNull();
        assertThat(ask(two, more, 0, 0)).isNull();
        assertThat(ask(two, more, 0, 0)).isNotNull();
    }

    @Test
    void scripts_that_redis_forgot_are_told_again() throws Exception {
        redis.ask("SCRIPT FLUSH");
        assertThat(ask(one, List.of(bound(id, Metric.REQUESTS, Period.MINUTE, 10)), 0, 0))
                .isNull();
    }
}
