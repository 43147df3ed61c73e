package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Usage;
import io.gotthard.platform.Customer.Seen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is asked in Anthropic's words costs what it costs in OpenAI's, exactly once, however it ends. */
class MessagesMeteringIT {

    /** "Hello" as a message of a user: one token, and what a chat's format adds. */
    private static final int HELLO = 8;

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static Ledger ledger;
    private static Purse purse;

    @BeforeAll
    static void start() {
        upstream = PricedUpstream.start().on("stream-that-waits", visit -> {
            visit.open();
            visit.word("Hello ");
            visit.word("you");
            visit.silence();
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

    private static long counted(int words) {
        return PricedUpstream.nanos(PricedUpstream.REQUEST) + 1_000L * HELLO + 2_000L * words;
    }

    private static void assertCharged(Seen seen, Usage.Source source, long amount) {
        var charge = ledger.charge(seen.requestId());
        assertThat(charge.outcome()).isEqualTo(Ledger.SETTLED);
        assertThat(charge.amount()).isEqualTo(amount);
        assertThat(charge.counted())
                .as("%s of %s", charge, seen)
                .isEqualTo(List.of(Usage.Source.values()).indexOf(source));
    }

    @Test
    void a_message_costs_what_its_upstream_says() {
        try (var customer = purse.customer()) {
            var seen = customer.askMessages(PricedUpstream.WHOLE);
            assertThat(seen.status()).isEqualTo(200);
            assertThat(new JsonObject(seen.text()).getJsonObject("usage").getInteger("input_tokens"))
                    .isEqualTo(PricedUpstream.PROMPT_TOKENS);
            assertCharged(seen, Usage.Source.REPORTED, PricedUpstream.COST);
        }
    }

    @Test
    void a_stream_costs_what_its_upstream_says() {
        try (var customer = purse.customer()) {
            var seen = customer.askMessages(PricedUpstream.STREAM);
            assertThat(seen.whole()).isTrue();
            assertCharged(seen, Usage.Source.REPORTED, PricedUpstream.COST);
        }
    }

    @Test
    void a_stream_that_its_upstream_breaks_ends_with_an_error_and_costs_what_was_delivered() {
        try (var customer = purse.customer()) {
            var seen = customer.askMessages(PricedUpstream.BROKEN);
            assertThat(seen.answered()).isTrue();
            assertThat(seen.whole()).isFalse();
            assertThat(seen.text())
                    .contains("event: message_start\n")
                    .contains("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\"")
                    .contains("\"request_id\":\"" + seen.requestId() + "\"")
                    .doesNotContain("message_delta")
                    .doesNotContain("message_stop");
            assertCharged(seen, Usage.Source.COUNTED, counted(3));
        }
    }

    @Test
    void a_stream_that_its_client_leaves_costs_what_was_delivered() {
        try (var customer = purse.customer()) {
            var seen = customer.leaveMessages("stream-that-waits", "you");
            assertThat(seen.answered()).isTrue();
            assertCharged(seen, Usage.Source.COUNTED, counted(2));
            upstream.visit("stream-that-waits", 1).awaitClosed();
        }
    }

    @Test
    void counting_costs_nothing_and_asks_nobody() {
        int before = upstream.visits(PricedUpstream.WHOLE).size();
        try (var customer = purse.customer()) {
            var seen = customer.countTokens(PricedUpstream.WHOLE);
            assertThat(seen.text()).isEqualTo("{\"input_tokens\":" + HELLO + "}");
            // What is asked afterwards has a charge; when that is there, this would have been there, too.
            var next = customer.ask(PricedUpstream.STREAM);
            ledger.charge(next.requestId());
            assertThat(ledger.charges(List.of(seen.requestId())).get(seen.requestId()))
                    .isEmpty();
        }
        assertThat(upstream.visits(PricedUpstream.WHOLE)).hasSize(before);
    }

    @Test
    void who_has_no_money_is_told_so_and_not_to_try_again() {
        var poor = Purse.with(new Hub(platform.url(), RunningPlatform.KEY), "0.000001");
        try (var customer = poor.customer()) {
            var seen = customer.askMessages(PricedUpstream.WHOLE);
            assertThat(seen.status()).isEqualTo(402);
            assertThat(seen.headers()).containsEntry("x-should-retry", "false");
            assertThat(new JsonObject(seen.text()).getJsonObject("error").getString("type"))
                    .isEqualTo("billing_error");
        }
    }

    @Test
    void limits_are_told_in_their_own_headers() {
        var hub = new Hub(platform.url(), RunningPlatform.KEY);
        var limited = Purse.with(hub, "1");
        hub.post(
                        "/limits",
                        Hub.object(
                                "subject", "tenant",
                                "subject_id", limited.tenant(),
                                "metric", "requests",
                                "period", "minute",
                                "amount", 1))
                .ok();
        try (var customer = limited.customer()) {
            var first = customer.askMessages(PricedUpstream.STREAM);
            assertThat(first.headers())
                    .containsEntry("anthropic-ratelimit-requests-limit", "1")
                    .containsEntry("anthropic-ratelimit-requests-remaining", "0")
                    .doesNotContainKey("x-ratelimit-limit-requests");
            assertThat(first.headers().get("anthropic-ratelimit-requests-reset"))
                    .endsWith("Z");
            var second = customer.askMessages(PricedUpstream.WHOLE);
            assertThat(second.status()).isEqualTo(429);
            assertThat(second.headers()).containsKeys("retry-after", "anthropic-ratelimit-requests-reset");
            assertThat(new JsonObject(second.text()).getJsonObject("error").getString("type"))
                    .isEqualTo("rate_limit_error");
        }
    }

    @Test
    void all_of_it_adds_up() {
        try (var customer = purse.customer()) {
            customer.askMessages(PricedUpstream.WHOLE);
        }
        ledger.awaitBalanced(purse.wallet());
    }
}
