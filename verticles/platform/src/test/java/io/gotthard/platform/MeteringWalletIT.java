package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Customer.Seen;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A thousand requests at once on a wallet that has money for a hundred, on one node and on two. */
class MeteringWalletIT {

    private static final int REQUESTS = 1_000;
    private static final int PAID_FOR = 100;
    private static final String PRICE = "0.01";
    private static final String MONEY = "1";

    @TempDir
    private static Path temp;

    private static ScriptedUpstream upstream;
    private static Postgres postgres;
    private static RunningPlatform one;
    private static RunningPlatform two;
    private static Ledger ledger;

    /** Holds the upstream's answers back until all requests are decided on, so that they really are at once. */
    private static volatile CountDownLatch held = new CountDownLatch(0);

    @BeforeAll
    static void start() throws Exception {
        upstream = ScriptedUpstream.start().on("fixed", visit -> {
            awaitRelease();
            PricedUpstream.answer(visit);
        });
        postgres = Postgres.start(temp, step -> {});
        var yaml = PricedUpstream.configuration(
                upstream, "metering: {fold: 500ms, commit_timeout: 20s}\nexternal: {model: fixed}", PRICE);
        one = RunningPlatform.start(yaml, postgres.url());
        two = RunningPlatform.start(yaml, postgres.url());
        ledger = new Ledger(postgres.url());
    }

    @AfterAll
    static void stop() {
        held.countDown();
        two.close();
        one.close();
        postgres.close();
        upstream.close();
    }

    private static void awaitRelease() {
        try {
            held.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Hub admin() {
        return new Hub(one.url(), RunningPlatform.KEY);
    }

    @Test
    void on_one_node_a_hundred_are_answered_and_nobody_else() {
        var purse = Purse.with(admin(), MONEY);
        var seen = thousandAtOnce(purse, one.url());
        assertThat(seen.stream().filter(Seen::answered)).hasSize(PAID_FOR);
        assertRefusedForMoney(seen);
        assertSpent(purse, seen);
        assertThat(ledger.left(purse.wallet())).isZero();
    }

    @Test
    void on_two_nodes_at_most_a_hundred_are_answered_and_what_is_left_can_be_spent() {
        var purse = Purse.with(admin(), MONEY);
        var seen = new ArrayList<>(thousandAtOnce(purse, one.url(), two.url()));
        assertThat(seen.stream().filter(Seen::answered)).hasSizeLessThanOrEqualTo(PAID_FOR);
        assertRefusedForMoney(seen);
        assertSpent(purse, seen);
        // What a node leased and did not need can be had by the other.
        try (var customer = Customer.of(two.url(), purse.key())) {
            Await.until("the money is spent", () -> {
                seen.add(customer.ask("fixed"));
                return seen.stream().filter(Seen::answered).count() == PAID_FOR;
            });
        }
        assertSpent(purse, seen);
        assertThat(ledger.left(purse.wallet())).isZero();
    }

    @Test
    void money_that_comes_in_ends_the_refusals() {
        var purse = Purse.with(admin(), PRICE);
        try (var customer = purse.customer()) {
            assertThat(customer.ask("fixed").status()).isEqualTo(200);
            assertThat(customer.ask("fixed").status()).isEqualTo(429);
            purse.topUp(PRICE);
            Await.until("the money is there", () -> customer.ask("fixed").answered());
            assertThat(customer.ask("fixed").code()).isEqualTo("insufficient_quota");
        }
        assertThat(purse.balance()).isEqualTo("0");
    }

    @Test
    void the_swissai_dialect_says_402() {
        var purse = Purse.with(admin(), PRICE);
        try (var customer = purse.customer()) {
            assertThat(customer.askExternal("fixed").status()).isEqualTo(200);
            assertThat(customer.askExternal("fixed").status()).isEqualTo(402);
        }
    }

    /** Asks all at once, and lets the upstream answer when there is nobody left who has not reached it or been refused. */
    private static List<Seen> thousandAtOnce(Purse purse, URI... nodes) {
        held = new CountDownLatch(1);
        int before = upstream.count();
        Queue<Seen> seen = new ConcurrentLinkedQueue<>();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < REQUESTS; i++) {
            var node = nodes[i % nodes.length];
            threads.add(Thread.ofVirtual().start(() -> {
                try (var customer = Customer.of(node, purse.key())) {
                    seen.add(customer.ask("fixed"));
                }
            }));
        }
        var done = new AtomicBoolean();
        var verified = CompletableFuture.runAsync(() -> verifyUntil(done));
        Await.until(
                "everybody is at the upstream or refused", () -> upstream.count() - before + seen.size() >= REQUESTS);
        held.countDown();
        Await.until("everybody has an answer", () -> seen.size() == REQUESTS);
        done.set(true);
        verified.join();
        threads.forEach(MeteringWalletIT::join);
        return List.copyOf(seen);
    }

    /** The sum of all entries is zero at every moment. */
    private static void verifyUntil(AtomicBoolean done) {
        while (!done.get()) {
            assertVerified();
        }
    }

    private static void assertVerified() {
        assertThat(admin().post("/usage/verify", object()).ok().json().getBoolean("ok"))
                .isTrue();
    }

    private static void assertRefusedForMoney(List<Seen> seen) {
        assertThat(seen).filteredOn(one -> !one.answered()).allSatisfy(one -> {
            assertThat(one.status()).isEqualTo(429);
            assertThat(one.code()).isEqualTo("insufficient_quota");
            assertThat(one.headers()).containsEntry("x-should-retry", "false");
        });
    }

    private static void assertSpent(Purse purse, List<Seen> seen) {
        long answered = seen.stream().filter(Seen::answered).count();
        ledger.awaitClosed();
        ledger.awaitBalanced(purse.wallet());
        assertThat(ledger.charged(purse.wallet())).isEqualTo(answered * PricedUpstream.nanos(PRICE));
        assertThat(ledger.sumOfBalances()).isZero();
        assertVerified();
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
