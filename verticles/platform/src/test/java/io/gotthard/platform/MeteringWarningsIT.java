package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.BudgetReached;
import io.gotthard.platform.Customer.Seen;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who listens on the event bus hears that half, four fifths and all of a budget are used, while requests use it. */
class MeteringWarningsIT {

    /** Of every request, whatever it is. */
    private static final String PRICE = "0.01";

    private static final String TEN_TIMES = "0.1";
    private static final String LATE = "late";

    private static final Queue<BudgetReached> heard = new ConcurrentLinkedQueue<>();

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static Hub admin;
    private static final Ledger ledger = new Ledger(TestDatabase.url());

    @BeforeAll
    static void start() {
        // Longer than the platform needs to look at the wallet a few times meanwhile.
        upstream = PricedUpstream.start().on(LATE, visit -> {
            visit.pause(Duration.ofMillis(900));
            PricedUpstream.answer(visit);
        });
        platform = RunningPlatform.start(
                PricedUpstream.configuration(upstream, "metering: {fold: 200ms}", PRICE), TestDatabase.url());
        platform.events()
                .<BudgetReached>localConsumer(BudgetReached.ADDRESS, reached -> heard.add(reached.body()))
                .completion()
                .await();
        admin = new Hub(platform.url(), RunningPlatform.KEY);
    }

    @AfterAll
    static void stop() {
        platform.close();
        upstream.close();
    }

    private static List<BudgetReached> heardOf(String id) {
        return heard.stream().filter(event -> event.id().equals(id)).toList();
    }

    private static List<Integer> percents(String id) {
        return heardOf(id).stream().map(BudgetReached::percent).toList();
    }

    private static void awaitPercents(String id, Integer... percents) {
        Await.until("budget events " + List.of(percents), () -> percents(id).equals(List.of(percents)));
    }

    private static void ask(Purse purse, int times) {
        try (var customer = purse.customer()) {
            assertThat(IntStream.range(0, times).mapToObj(i -> customer.ask(PricedUpstream.WHOLE)))
                    .allMatch(Seen::answered);
        }
    }

    private static void assertRefused(Purse purse) {
        try (var customer = purse.customer()) {
            assertThat(customer.ask(PricedUpstream.WHOLE).status()).isEqualTo(429);
        }
    }

    @Test
    void a_wallet_tells_each_mark_once_and_again_after_a_top_up() {
        var begun = Instant.now();
        var purse = Purse.with(admin, TEN_TIMES);
        ask(purse, 4);
        ledger.awaitBalanced(purse.wallet());
        assertThat(percents(purse.id())).isEmpty();
        ask(purse, 1);
        awaitPercents(purse.id(), 50);
        ask(purse, 2);
        ledger.awaitBalanced(purse.wallet());
        assertThat(percents(purse.id())).containsExactly(50);
        ask(purse, 1);
        awaitPercents(purse.id(), 50, 80);
        ask(purse, 2);
        awaitPercents(purse.id(), 50, 80, 100);
        assertRefused(purse);
        purse.topUp(TEN_TIMES);
        Await.until("the money is there", () -> {
            try (var customer = purse.customer()) {
                return customer.ask(PricedUpstream.WHOLE).answered();
            }
        });
        ask(purse, 4);
        awaitPercents(purse.id(), 50, 80, 100, 50);
        assertThat(heardOf(purse.id())).allSatisfy(event -> {
            assertThat(event.kind()).isEqualTo("wallet");
            assertThat(event.tenant()).isEqualTo(purse.tenant());
            assertThat(event.at()).isBetween(begun, Instant.now());
        });
    }

    @Test
    void a_wallet_that_its_last_request_empties_tells_so_though_nobody_asks_again() {
        var purse = Purse.with(admin, PRICE);
        try (var customer = purse.customer()) {
            assertThat(customer.ask(LATE).answered()).isTrue();
        }
        awaitPercents(purse.id(), 100);
    }

    @Test
    void limits_of_requests_and_of_money_tell_each_mark_once() {
        for (var metric : List.of("requests", "money")) {
            var purse = Purse.with(admin, "10");
            var limit = limit(purse, metric, metric.equals("money") ? TEN_TIMES : 10);
            ask(purse, 4);
            assertThat(percents(limit)).isEmpty();
            ask(purse, 6);
            assertRefused(purse);
            assertRefused(purse);
            awaitPercents(limit, 50, 80, 100);
            assertThat(heardOf(limit)).allSatisfy(event -> {
                assertThat(event.kind()).isEqualTo("limit");
                assertThat(event.tenant()).isEqualTo(purse.tenant());
            });
            assertThat(percents(purse.id())).isEmpty();
        }
    }

    private static String limit(Purse purse, String metric, Object amount) {
        var limit = object("subject", "tenant", "subject_id", purse.tenant(), "metric", metric, "period", "day");
        return admin.post("/limits", limit.put("amount", amount)).id();
    }
}
