package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Usage;
import io.gotthard.platform.Customer.Seen;
import io.gotthard.platform.ScriptedUpstream.Visit;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What answers cost that end otherwise than they should, and what their receipts say. */
class MeteringStreamsIT {

    /** "Hello" as a message of a user: one token, and what a chat's format adds. */
    private static final int HELLO = 8;

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static Ledger ledger;
    private static Purse purse;

    @BeforeAll
    static void start() {
        upstream = PricedUpstream.start()
                .on("mute", visit -> visit.json(200, """
                    {"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":"Hello you"},"finish_reason":"stop"}]}\
                    """))
                .on("broken-after-usage", visit -> {
                    words(visit);
                    visit.event(
                            "{\"id\":\"1\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":8}}");
                    visit.reset();
                })
                .on("broken-at-once", Visit::reset)
                .on("broken-after-head", visit -> {
                    visit.open();
                    visit.reset();
                })
                .on("stream-that-waits", visit -> {
                    words(visit);
                    visit.silence();
                })
                .on("stream-that-thinks", Visit::silence)
                .on("stream-of-nothing", visit -> {
                    visit.open();
                    visit.finish();
                    visit.event("[DONE]");
                    visit.end();
                });
        platform = RunningPlatform.start(
                PricedUpstream.configuration(upstream, "metering: {fold: 500ms}"), TestDatabase.url());
        ledger = new Ledger(TestDatabase.url());
        purse = Purse.with(new Hub(platform.url(), RunningPlatform.KEY), "1");
    }

    @AfterAll
    static void stop() {
        platform.close();
        upstream.close();
    }

    private static void words(Visit visit) throws IOException {
        visit.open();
        visit.word("Hello ");
        visit.word("you");
        visit.pause(Duration.ofMillis(20));
    }

    private static Seen ask(String model) {
        try (var customer = purse.customer()) {
            return customer.ask(model);
        }
    }

    private static JsonObject receipt(Seen seen) {
        return purse.spender().get("/usage/receipts/" + seen.requestId()).ok().json();
    }

    /** Two tokens of output, which "Hello" and " you" are. */
    private static long counted(int output) {
        return PricedUpstream.nanos(PricedUpstream.REQUEST) + 1_000L * HELLO + 2_000L * output;
    }

    private static void assertCharged(Seen seen, int outcome, Usage.Source source, long amount) {
        var charge = ledger.charge(seen.requestId());
        assertThat(charge.outcome()).as("%s of %s", charge, seen).isEqualTo(outcome);
        assertThat(charge.counted())
                .as("%s of %s", charge, seen)
                .isEqualTo(List.of(Usage.Source.values()).indexOf(source));
        assertThat(charge.amount()).as("%s of %s", charge, seen).isEqualTo(amount);
        assertThat(charge.amount()).isLessThanOrEqualTo(charge.reserved());
    }

    @Test
    void a_stream_that_its_upstream_reports_costs_what_it_reports() {
        var seen = ask(PricedUpstream.STREAM);
        assertThat(seen.whole()).isTrue();
        assertCharged(seen, Ledger.SETTLED, Usage.Source.REPORTED, PricedUpstream.COST);
        assertThat(receipt(seen).encode()).contains("\"reported\"").contains(PricedUpstream.STREAM);
        assertThat(seen.headers()).containsKey("x-gotthard-receipt");
    }

    @Test
    void a_receipt_is_found_by_its_own_id_too_and_by_nobody_else() {
        var seen = ask(PricedUpstream.WHOLE);
        ledger.charge(seen.requestId());
        var id = seen.headers().get("x-gotthard-receipt");
        assertThat(purse.spender().get("/usage/receipts/" + id).ok().text()).contains(seen.requestId());
        var other = Purse.with(purse.admin(), "1");
        assertThat(other.spender().get("/usage/receipts/" + id).status()).isEqualTo(404);
        assertThat(other.spender().get("/usage/receipts/" + seen.requestId()).status())
                .isEqualTo(404);
    }

    @Test
    void a_stream_whose_upstream_says_nothing_is_counted() {
        var seen = ask(PricedUpstream.SILENT);
        assertThat(seen.whole()).isTrue();
        // "word " eight times: a token each, and the last space.
        assertCharged(seen, Ledger.SETTLED, Usage.Source.COUNTED, counted(9));
        assertThat(receipt(seen).encode()).contains("\"counted\"");
    }

    @Test
    void a_whole_answer_whose_upstream_says_nothing_is_counted() {
        var seen = ask("mute");
        assertCharged(seen, Ledger.SETTLED, Usage.Source.COUNTED, counted(2));
    }

    @Test
    void a_stream_that_its_upstream_breaks_costs_what_was_delivered() {
        var seen = ask(PricedUpstream.BROKEN);
        assertThat(seen.answered()).isTrue();
        assertThat(seen.whole()).isFalse();
        assertCharged(seen, Ledger.SETTLED, Usage.Source.COUNTED, counted(3));
    }

    @Test
    void a_stream_that_breaks_after_its_usage_costs_that() {
        var seen = ask("broken-after-usage");
        assertThat(seen.whole()).isFalse();
        assertCharged(seen, Ledger.SETTLED, Usage.Source.REPORTED, PricedUpstream.COST);
    }

    @Test
    void a_stream_that_its_client_leaves_costs_what_was_delivered() {
        try (var customer = purse.customer()) {
            var seen = customer.leave("stream-that-waits", "you");
            assertThat(seen.answered()).isTrue();
            assertCharged(seen, Ledger.SETTLED, Usage.Source.COUNTED, counted(2));
        }
    }

    @Test
    void a_client_that_leaves_before_anything_came_pays_nothing() {
        try (var customer = purse.customer()) {
            var seen = customer.leaveAtOnce("stream-that-thinks", () -> upstream.visit("stream-that-thinks", 1));
            assertCharged(seen, Ledger.RELEASED, Usage.Source.NONE, 0);
        }
    }

    @Test
    void a_stream_without_a_word_costs_its_input() {
        var seen = ask("stream-of-nothing");
        assertThat(seen.whole()).isTrue();
        assertCharged(seen, Ledger.SETTLED, Usage.Source.COUNTED, counted(0));
    }

    @Test
    void an_upstream_that_fails_before_it_says_anything_costs_nothing() {
        for (var model : new String[] {PricedUpstream.FAILING, "broken-at-once", "broken-after-head"}) {
            var seen = ask(model);
            assertCharged(seen, Ledger.RELEASED, Usage.Source.NONE, 0);
            assertThat(receipt(seen).encode()).contains("\"released\"");
        }
    }

    @Test
    void all_of_it_adds_up() {
        ask(PricedUpstream.WHOLE);
        ledger.awaitBalanced(purse.wallet());
    }
}
