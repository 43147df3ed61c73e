package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Customer.Seen;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What models cost, over HTTP: from when on, to whom it is said before and after, and what becomes of models without a price. */
class MeteringPricesIT {

    private static final String CHANGING = "price-changes";
    private static final String ENDING = "price-ends";
    private static final String PLANNED = "price-is-planned";
    private static final String EXPLAINED = "price-is-explained";

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static Purse purse;
    private static Hub admin;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start()
                .on(CHANGING, PricedUpstream::answer)
                .on(ENDING, PricedUpstream::answer)
                .on(PLANNED, PricedUpstream::answer)
                .on(EXPLAINED, PricedUpstream::answer);
        platform = RunningPlatform.start(
                PricedUpstream.configuration(upstream, "metering: {fold: 500ms}"), TestDatabase.url());
        admin = new Hub(platform.url(), RunningPlatform.KEY);
        purse = Purse.with(admin, "10");
    }

    @AfterAll
    static void stop() {
        platform.close();
        upstream.close();
    }

    private static Seen ask(String model) {
        try (var customer = purse.customer()) {
            return customer.ask(model);
        }
    }

    private static JsonObject receipt(Seen seen) {
        return purse.spender().get("/usage/receipts/" + seen.requestId()).ok().json();
    }

    private static JsonObject price(String model, Instant at) {
        var prices = purse.spender().get("/prices?model=" + model + "&at=" + at).data();
        return prices.isEmpty() ? null : prices.getJsonObject(0);
    }

    @Test
    void a_receipt_names_the_price_that_the_configuration_gave() {
        var seen = ask(CHANGING);
        var receipt = receipt(seen);
        assertThat(seen.status()).isEqualTo(200);
        assertThat(receipt.getString("id")).isEqualTo(seen.headers().get("x-gotthard-receipt"));
        assertThat(receipt.getString("outcome")).isEqualTo("settled");
        assertThat(receipt.getJsonObject("price").getString("id")).startsWith("prc_");
        assertThat(PricedUpstream.nanos(receipt.getString("charged"))).isPositive();
        assertThat(receipt.getJsonArray("entries").getJsonObject(0))
                .isEqualTo(
                        object("account", purse.id(), "kind", "wallet", "amount", "-" + receipt.getString("charged")));
    }

    @Test
    void a_new_price_holds_from_its_moment_on_and_what_was_charged_before_stays() {
        var before = ask(CHANGING);
        var created = admin.post("/prices", object("model", CHANGING, "rates", object("request", "0.25")))
                .ok()
                .json();
        var after = new Seen[1];
        Await.until("the new price is charged", () -> {
            after[0] = ask(CHANGING);
            return receipt(after[0]).getJsonObject("price").getString("id").equals(created.getString("id"));
        });
        assertThat(receipt(after[0]).getString("charged")).isEqualTo("0.25");
        assertThat(receipt(before).getJsonObject("price").getString("id")).isNotEqualTo(created.getString("id"));
        assertThat(price(CHANGING, Instant.now()).getJsonObject("rates")).isEqualTo(object("request", "0.25"));
    }

    @Test
    void a_planned_price_holds_when_its_moment_has_come() {
        var moment = Instant.now().plusSeconds(3);
        var planned = admin.post(
                        "/prices",
                        object("model", PLANNED, "rates", object("request", "0.125"), "valid_from", moment.toString()))
                .ok()
                .json();
        assertThat(price(PLANNED, moment.plusSeconds(1)).getString("id")).isEqualTo(planned.getString("id"));
        assertThat(String.valueOf(price(PLANNED, Instant.now().minusSeconds(1))))
                .doesNotContain("\"" + planned.getString("id") + "\"");
        Await.until("its moment has come", () -> {
            var seen = ask(PLANNED);
            var receipt = receipt(seen);
            boolean holds = receipt.getString("charged").equals("0.125");
            assertThat(holds
                            && Instant.parse(receipt.getString("started_at"))
                                    .plusMillis(1)
                                    .isBefore(moment))
                    .isFalse();
            return holds;
        });
    }

    @Test
    void a_model_without_a_price_is_an_alarm_and_refused_and_never_free() {
        try (var log = CapturedLog.start()) {
            assertThat(ask(ENDING).status()).isEqualTo(200);
            var price = price(ENDING, Instant.now()).getString("id");
            admin.post("/prices/" + price + "/end", object()).ok();
            Await.until("the price has ended", () -> ask(ENDING).status() == 503);
            assertThat(ask(ENDING).text()).contains("no price");
            assertThat(log.lines().stream().filter(line -> line.contains("Nothing can be charged for " + ENDING)))
                    .hasSize(1);
        }
        assertThat(admin.post("/prices", object("model", ENDING, "rates", object("input", "0", "output", "0")))
                        .status())
                .isEqualTo(200);
        Await.until("it is free, because that was said", () -> ask(ENDING).status() == 200);
        assertThat(receipt(ask(ENDING)).getString("charged")).isEqualTo("0");
    }

    @Test
    void only_system_administrators_say_what_models_cost() {
        var price = price(EXPLAINED, Instant.now()).getString("id");
        var free = object("model", EXPLAINED, "rates", object("request", "0"));
        assertThat(purse.spender().post("/prices", free).status()).isEqualTo(403);
        assertThat(purse.spender().post("/prices/" + price + "/end", object()).status())
                .isEqualTo(403);
        for (var rates : List.of(
                object(),
                object("input", 0.5),
                object("input", "-1"),
                object("input", "1e3"),
                object("input", "."),
                object("input", "1.0.0"),
                object("input", "1000001"),
                object("input", "0.0000000001"),
                object("tea", "1"))) {
            assertThat(admin.post("/prices", object("model", EXPLAINED, "rates", rates))
                            .status())
                    .as(rates.encode())
                    .isEqualTo(400);
        }
        assertThat(admin.get("/prices/prc_x").status()).isEqualTo(404);
        assertThat(admin.get("/prices?at=now").status()).isEqualTo(400);
    }

    @Test
    void what_a_request_would_cost_is_said_without_sending_it() {
        var request = object(
                "model", EXPLAINED, "max_tokens", 100, "messages", list(object("role", "user", "content", "Hello")));
        var explained = purse.spender()
                .post("/routes/explain", object("operation", "chat", "request", request))
                .ok()
                .json();
        assertThat(explained.getJsonObject("price").getString("id"))
                .isEqualTo(price(EXPLAINED, Instant.now()).getString("id"));
        assertThat(explained.getString("unpriced")).isNull();
        var most = explained.getJsonObject("most");
        assertThat(most.getLong("completion_tokens")).isEqualTo(100);
        var cost = new BigDecimal(PricedUpstream.REQUEST)
                .add(new BigDecimal(PricedUpstream.INPUT)
                        .multiply(BigDecimal.valueOf(most.getLong("prompt_tokens"), 6)))
                .add(new BigDecimal(PricedUpstream.OUTPUT).multiply(BigDecimal.valueOf(100, 6)));
        assertThat(new BigDecimal(most.getString("cost"))).isEqualByComparingTo(cost);
        assertThat(new BigDecimal(explained.getJsonObject("likely").getString("cost")))
                .isLessThan(cost);
        // It is the tenant's wallet: how much is in it is the administrators' affair.
        assertThat(explained.getJsonObject("wallet"))
                .isEqualTo(object("id", purse.id(), "kind", "wallet", "balance", null, "enough", true));
        assertThat(explained.containsKey("limit")).isTrue();
        request.put("max_tokens", 100_000_000);
        var tooMuch = purse.spender()
                .post("/routes/explain", object("operation", "chat", "request", request))
                .ok()
                .json();
        assertThat(tooMuch.getJsonObject("wallet").getBoolean("enough")).isFalse();
    }
}
