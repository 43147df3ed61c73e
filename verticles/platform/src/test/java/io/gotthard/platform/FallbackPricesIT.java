package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Customer.Seen;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who answers is paid: a model that stands in for another one, or a target, costs its own price, and enough is reserved for the dearest. */
class FallbackPricesIT {

    private static final String MODELS =
            """
            models:
              cheap-then-dear: {targets: [{upstream: main, model: internal/fails}], fallbacks: [dear], price: {request: 0.01}, MORE}
              dear-then-cheap: {targets: [{upstream: main, model: internal/fails}], fallbacks: [cheap], price: {request: 0.5}, MORE}
              then-unpriced: {targets: [{upstream: main, model: internal/fails}], fallbacks: [unpriced], price: {request: 0.03}, MORE}
              dear: {targets: [{upstream: other, model: internal/good}], price: {request: 0.5}, MORE}
              cheap: {targets: [{upstream: other, model: internal/good}], price: {request: 0.01}, MORE}
              unpriced: {targets: [{upstream: other, model: internal/good}], MORE}
              two-prices:
                {strategy: priority, targets: [{upstream: main, model: internal/fails}, {upstream: other, model: internal/good, price: {request: 0.2}}],
                 price: {request: 0.01}, MORE}
              own-price: {targets: [{upstream: other, model: internal/good, price: {request: 0.07}}], MORE}
              cheapest:
                {strategy: cheapest, targets: [{upstream: main, model: internal/good, price: {input: 3, output: 3}}, {upstream: other, model: internal/good},
                 {upstream: main, model: internal/better, price: {input: 2, output: 3}}], price: {input: 1, output: 3}, MORE}
              repriced:
                {strategy: cheapest, targets: [{upstream: main, model: internal/good, price: {request: 0.001}}, {upstream: other, model: internal/good}],
                 price: {request: 0.002}, MORE}
              "wild/*": {targets: [{upstream: other, model: internal/good}], price: {request: 0.04}, MORE}
              nothing-works: {targets: [{upstream: main, model: internal/fails}], fallbacks: [fails-too], price: {request: 0.01}, MORE}
              fails-too: {targets: [{upstream: other, model: internal/fails}], price: {request: 0.5}, MORE}
            """.replace("MORE", "kind: chat, retries: {attempts: 2, backoff: 1ms}, breaker: {failures: 0}");

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static Ledger ledger;
    private static Hub admin;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start()
                .on("good", PricedUpstream::answer)
                .on("better", PricedUpstream::answer)
                .on("fails", visit -> visit.json(500, "{\"error\":{\"message\":\"no\"}}"));
        var upstreams = "upstreams:\n" + upstream.as("main") + upstream.as("other");
        platform = RunningPlatform.start("metering: {fold: 500ms}\n" + upstreams + MODELS, TestDatabase.url());
        ledger = new Ledger(TestDatabase.url());
        admin = new Hub(platform.url(), RunningPlatform.KEY);
    }

    @AfterAll
    static void stop() {
        platform.close();
        upstream.close();
    }

    private static Seen ask(Purse purse, String model) {
        try (var customer = purse.customer()) {
            return customer.ask(model);
        }
    }

    private static JsonObject receipt(Purse purse, Seen seen) {
        return purse.spender().get("/usage/receipts/" + seen.requestId()).ok().json();
    }

    @ParameterizedTest
    @CsvSource({
        "cheap-then-dear, dear, 0.5, 0.5, 3",
        "dear-then-cheap, cheap, 0.01, 0.5, 3",
        "then-unpriced, unpriced, 0.03, 0.03, 3",
        "two-prices, two-prices, 0.2, 0.2, 2",
        "own-price, own-price, 0.07, 0.07, 1",
        "dear, dear, 0.5, 0.5, 1",
        "wild/one, wild/one, 0.04, 0.04, 1"
    })
    void what_answered_is_paid(String asked, String answered, String charged, String reserved, int attempts) {
        var purse = Purse.with(admin, "1");
        var seen = ask(purse, asked);
        assertThat(seen.status()).as(seen.text()).isEqualTo(200);
        assertThat(seen.text()).contains("\"model\":\"" + answered + "\"");
        var receipt = receipt(purse, seen);
        assertThat(receipt.getString("asked")).isEqualTo(asked);
        assertThat(receipt.getString("model")).isEqualTo(answered);
        assertThat(receipt.getString("upstream")).isEqualTo("other");
        assertThat(receipt.getInteger("attempts")).isEqualTo(attempts);
        assertThat(receipt.getString("charged")).isEqualTo(charged);
        assertThat(receipt.getString("reserved")).isEqualTo(reserved);
        assertThat(receipt.getString("written_off")).isEqualTo("0");
        assertThat(receipt.getJsonObject("price").getJsonObject("rates").getString("request"))
                .isEqualTo(charged);
        ledger.awaitBalanced(purse.wallet());
        assertThat(ledger.charged(purse.wallet())).isEqualTo(PricedUpstream.nanos(charged));
    }

    @Test
    void who_has_not_enough_for_the_dearest_is_refused_before_anything_is_asked() {
        var purse = Purse.with(admin, "0.3");
        int before = upstream.count();
        var seen = ask(purse, "cheap-then-dear");
        assertThat(seen.code()).isEqualTo("insufficient_quota");
        assertThat(upstream.count()).isEqualTo(before);
        assertThat(ask(purse, "cheap").status()).isEqualTo(200);
    }

    @Test
    void where_everything_fails_nothing_is_paid() {
        var purse = Purse.with(admin, "1");
        var seen = ask(purse, "nothing-works");
        assertThat(seen.status()).isGreaterThanOrEqualTo(500);
        assertThat(ledger.charge(seen.requestId()).amount()).isZero();
        assertThat(ledger.charge(seen.requestId()).outcome()).isEqualTo(Ledger.RELEASED);
        ledger.awaitBalanced(purse.wallet());
        assertThat(ledger.left(purse.wallet())).isEqualTo(PricedUpstream.nanos("1"));
    }

    @Test
    void the_cheapest_is_the_one_whose_price_is_the_lowest_be_it_the_models() {
        var purse = Purse.with(admin, "1");
        var seen = ask(purse, "cheapest");
        assertThat(seen.headers()).containsEntry("x-gotthard-target", "other");
        assertThat(receipt(purse, seen)
                        .getJsonObject("price")
                        .getJsonObject("rates")
                        .getString("input"))
                .isEqualTo("1");
    }

    @Test
    void the_cheapest_is_another_one_when_an_administrator_says_so() {
        var purse = Purse.with(admin, "1");
        assertThat(ask(purse, "repriced").headers()).containsEntry("x-gotthard-target", "main");
        var rates = object("request", "0.3");
        admin.post("/prices", object("model", "repriced@main/internal/good", "rates", rates))
                .ok();
        Await.until(
                "the price is known",
                () -> "other".equals(ask(purse, "repriced").headers().get("x-gotthard-target")));
    }

    @Test
    void a_targets_price_can_be_set_by_an_administrator_too() {
        var purse = Purse.with(admin, "1");
        var prices = admin.get("/prices?model=own-price@other/internal/good").data();
        assertThat(prices).isNotEmpty();
        assertThat(prices.getJsonObject(0).getJsonObject("rates").getString("request"))
                .isEqualTo("0.07");
        assertThat(receipt(purse, ask(purse, "own-price"))
                        .getJsonObject("price")
                        .getString("id"))
                .isEqualTo(prices.getJsonObject(0).getString("id"));
    }
}
