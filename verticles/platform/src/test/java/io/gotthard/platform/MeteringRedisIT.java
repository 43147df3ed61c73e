package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Customer.Seen;
import java.net.URI;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Limits as clients of two nodes see them, which count in a real Redis, and while that is gone. */
class MeteringRedisIT {

    private static final int AT_ONCE = 200;

    private static RedisServer redis;
    private static ScriptedUpstream upstream;
    private static RunningPlatform one;
    private static RunningPlatform two;
    private static Hub admin;

    private final Purse purse = Purse.with(admin, "10");

    @BeforeAll
    static void start() {
        redis = RedisServer.start();
        upstream = PricedUpstream.start();
        var yaml = PricedUpstream.configuration(upstream, "metering: {fold: 500ms}\nredis_url: " + redis.url());
        one = RunningPlatform.start(yaml, TestDatabase.url());
        two = RunningPlatform.start(yaml, TestDatabase.url());
        admin = new Hub(one.url(), RunningPlatform.KEY);
    }

    @AfterAll
    static void stop() {
        if (redis != null) {
            two.close();
            one.close();
            upstream.close();
            redis.close();
        }
    }

    /** By somebody else: who is known already may be served a moment longer by the limits of before. */
    @BeforeEach
    void awaitRedis() {
        var other = Purse.with(admin, "10");
        limit(other, 1_000, "closed");
        for (var node : List.of(one.url(), two.url())) {
            Await.until("limits are counted in Redis", () -> ask(other, node).answered());
        }
    }

    private static void limit(Purse purse, int amount, String whenGone) {
        var limit = object("subject", "account", "subject_id", purse.account(), "metric", "requests", "period", "day");
        admin.post("/limits", limit.put("amount", amount).put("on_redis_down", whenGone))
                .ok();
    }

    private static Seen ask(Purse purse, URI node) {
        try (var customer = Customer.of(node, purse.key())) {
            return customer.ask(PricedUpstream.WHOLE);
        }
    }

    private List<Seen> together() {
        Queue<Seen> seen = new ConcurrentLinkedQueue<>();
        var threads = IntStream.range(0, AT_ONCE)
                .mapToObj(i -> Thread.ofVirtual().start(() -> seen.add(ask(purse, i % 2 == 0 ? one.url() : two.url()))))
                .toList();
        Await.until("all are answered", () -> threads.stream().noneMatch(Thread::isAlive));
        assertThat(seen).hasSize(AT_ONCE);
        return List.copyOf(seen);
    }

    private static long answered(List<Seen> seen) {
        return seen.stream().filter(Seen::answered).count();
    }

    @Test
    void two_nodes_together_admit_exactly_as_many_as_the_limit_says() {
        limit(purse, 50, "closed");
        var seen = together();
        var unsure = seen.stream().filter(each -> each.status() == 503).count();
        // Where Redis did not answer in time on a busy machine, a closed limit lets nobody through.
        assertThat(answered(seen)).isBetween(50 - unsure, 50L);
        assertThat(seen)
                .filteredOn(each -> !each.answered() && each.status() != 503)
                .allSatisfy(each -> {
                    assertThat(each.status()).isEqualTo(429);
                    assertThat(each.headers()).containsKey("retry-after");
                });
        var ledger = new Ledger(TestDatabase.url());
        seen.stream().filter(Seen::answered).forEach(each -> ledger.charge(each.requestId()));
        ledger.awaitBalanced(purse.wallet());
        assertThat(ledger.charged(purse.wallet())).isEqualTo(answered(seen) * PricedUpstream.COST);
    }

    @Test
    void while_redis_is_gone_each_node_keeps_a_local_limit_for_itself() {
        limit(purse, 30, "local");
        whileRedisIsGone(() -> assertThat(answered(together())).isBetween(30L, 60L));
    }

    @Test
    void while_redis_is_gone_a_closed_limit_lets_nobody_through() {
        limit(purse, 30, "closed");
        whileRedisIsGone(() -> {
            Await.until("it is noticed", () -> ask(purse, one.url()).status() == 503);
            assertThat(together())
                    .allSatisfy(each -> assertThat(each.answered()).isFalse());
        });
        Await.until("it is open again", () -> ask(purse, one.url()).answered());
    }

    @Test
    void while_redis_is_gone_an_open_limit_does_not_hold() {
        limit(purse, 5, "open");
        whileRedisIsGone(() -> assertThat(answered(together())).isEqualTo(AT_ONCE));
        Await.until("it holds again", () -> ask(purse, one.url()).status() == 429);
        Await.until("it holds there too", () -> ask(purse, two.url()).status() == 429);
    }

    private static void whileRedisIsGone(Runnable test) {
        redis.kill();
        try {
            test.run();
        } finally {
            redis.restart();
        }
    }
}
