package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Customer.Seen;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where requests may be answered: by what a key, its tenant and the request itself allow, also when something fails. */
class ResidencyIT {

    private static final String MODELS = """
        models:
          mixed:
            {strategy: priority, fallbacks: [], targets: [{upstream: cloud, model: internal/us, region: us},
              {upstream: somewhere, model: internal/anywhere, priority: 2}, {upstream: zurich, model: internal/ch, region: ch, priority: 3}], MORE}
          mixed-stream:
            {strategy: priority, targets: [{upstream: cloud, model: internal/us, region: us}, {upstream: zurich, model: internal/ch-stream, region: ch}], MORE}
          falling: {targets: [{upstream: zurich, model: internal/fails, region: ch}], fallbacks: [foreign, mixed], MORE}
          lonely: {strategy: priority, targets: [{upstream: zurich, model: internal/fails, region: ch}, {upstream: cloud, model: internal/us, region: us}], MORE}
          foreign: {targets: [{upstream: cloud, model: internal/us, region: us}, {upstream: somewhere, model: internal/anywhere}], MORE}
        """.replace(
            "MORE",
            "kind: chat, price: {request: 0.001}, retries: {attempts: 2, backoff: 1ms}, breaker: {failures:" + " 0}");

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static Hub admin;

    private Purse purse;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start()
                .on("us", PricedUpstream::answer)
                .on("ch", PricedUpstream::answer)
                .on("anywhere", PricedUpstream::answer)
                .on("ch-stream", visit -> {
                    visit.open();
                    visit.word("Hello");
                    visit.finish();
                    visit.event("[DONE]");
                    visit.end();
                })
                .on("fails", visit -> visit.json(500, "{\"error\":{\"message\":\"no\"}}"));
        var upstreams = "upstreams:\n" + upstream.as("zurich") + upstream.as("cloud") + upstream.as("somewhere");
        platform = RunningPlatform.start(
                "metering: {fold: 500ms}\nexternal: {model: mixed}\n" + upstreams + MODELS, TestDatabase.url());
        admin = new Hub(platform.url(), RunningPlatform.KEY);
    }

    @AfterAll
    static void stop() {
        platform.close();
        upstream.close();
    }

    @BeforeEach
    void somebody_with_money() {
        purse = Purse.with(admin, "1");
    }

    private static int abroad() {
        return upstream.visits("us").size() + upstream.visits("anywhere").size();
    }

    /** A key of the purse's account that is only for these regions. */
    private Hub limited(String... regions) {
        var key = admin.post(
                "/keys",
                object("name", "limited", "account", purse.account(), "tenant", purse.tenant(), "only", list((Object[])
                        regions)));
        return admin.with(key.ok().json().getString("key"));
    }

    private static Seen ask(Hub who, String model) {
        try (var customer = Customer.of(platform.url(), who.key())) {
            return customer.ask(model);
        }
    }

    private JsonObject receipt(String id) {
        return purse.spender().get("/usage/receipts/" + id).ok().json();
    }

    @ParameterizedTest
    @ValueSource(strings = {"mixed", "mixed-stream"})
    void who_is_limited_is_answered_there_and_nowhere_else(String model) {
        int before = abroad();
        var limited = limited("ch", "li");
        for (int i = 0; i < 5; i++) {
            var seen = ask(limited, model);
            assertThat(seen.status()).as(seen.text()).isEqualTo(200);
            assertThat(seen.headers()).containsEntry("x-gotthard-target", "zurich");
        }
        assertThat(abroad()).isEqualTo(before);
        assertThat(ask(purse.spender(), "mixed").headers()).containsEntry("x-gotthard-target", "cloud");
    }

    @Test
    void it_holds_for_retries_and_fallbacks_and_the_receipt_says_so() {
        int before = abroad();
        var seen = ask(limited("ch"), "falling");
        assertThat(seen.status()).as(seen.text()).isEqualTo(200);
        assertThat(abroad()).isEqualTo(before);
        var receipt = receipt(seen.requestId());
        assertThat(receipt.getString("asked")).isEqualTo("falling");
        assertThat(receipt.getString("model")).isEqualTo("mixed");
        assertThat(receipt.getString("upstream")).isEqualTo("zurich");
        assertThat(receipt.getString("region")).isEqualTo("ch");
        assertThat(receipt.getJsonArray("only")).isEqualTo(list("ch"));
        assertThat(receipt.getInteger("attempts")).isEqualTo(3);
    }

    @Test
    void who_is_not_limited_has_a_receipt_that_says_where_it_was() {
        var receipt = receipt(ask(purse.spender(), "falling").requestId());
        assertThat(receipt.getString("model")).isEqualTo("foreign");
        assertThat(receipt.getValue("only")).isNull();
    }

    @Test
    void rather_than_being_answered_elsewhere_a_request_fails() {
        int before = abroad();
        assertThat(ask(limited("ch"), "lonely").status()).isGreaterThanOrEqualTo(500);
        assertThat(abroad()).isEqualTo(before);
        assertThat(ask(purse.spender(), "lonely").status()).isEqualTo(200);
    }

    @Test
    void where_no_target_is_allowed_the_request_is_refused_by_name_and_costs_nothing() {
        int before = upstream.count();
        var seen = ask(limited("ch"), "foreign");
        assertThat(seen.status()).isEqualTo(403);
        assertThat(seen.code()).isEqualTo("region_not_allowed");
        assertThat(seen.text()).contains("foreign").contains("ch");
        assertThat(upstream.count()).isEqualTo(before);
        assertThat(purse.balance()).isEqualTo("1");
    }

    @Test
    void a_request_can_allow_less_and_never_more() {
        var client = KeyedClient.of(purse, platform.url());
        try (var answer = client.with("x-gotthard-only: ch, li", "mixed")) {
            assertThat(answer.headers()).containsEntry("x-gotthard-target", "zurich");
            assertThat(receipt(answer.receipt()).getJsonArray("only")).isEqualTo(list("ch"));
        }
        var limited = new KeyedClient(platform.url(), limited("ch").key());
        try (var answer = limited.with("x-gotthard-only: ch,us", "mixed")) {
            assertThat(answer.headers()).containsEntry("x-gotthard-target", "zurich");
        }
        try (var answer = limited.with("x-gotthard-only: us", "mixed")) {
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.code()).isEqualTo("region_not_allowed");
        }
        for (var bad : new String[] {"", "ch,,us", "CH", "ch;us", ","}) {
            try (var answer = client.with("x-gotthard-only: " + bad, "mixed")) {
                assertThat(answer.status()).as(bad).isEqualTo(400);
            }
        }
    }

    @Test
    void a_tenants_regions_hold_for_all_its_keys_within_a_second() {
        var abroad = limited("us");
        assertThat(ask(abroad, "mixed").status()).isEqualTo(200);
        var changed = admin.patch("/tenants/" + purse.tenant(), object("only", list("li", "ch")))
                .ok();
        assertThat(changed.json().getJsonArray("only")).isEqualTo(list("ch", "li"));
        Await.until("the change is known", () -> ask(abroad, "mixed").status() == 403);
        assertThat(ask(purse.spender(), "mixed").headers()).containsEntry("x-gotthard-target", "zurich");
        admin.patch("/tenants/" + purse.tenant(), object("name", purse.tenant()))
                .ok();
        assertThat(ask(abroad, "mixed").status()).isEqualTo(403);
        admin.patch("/tenants/" + purse.tenant(), object("only", null)).ok();
        Await.until("the change is known", () -> ask(abroad, "mixed").status() == 200);
    }

    @Test
    void who_has_a_limited_key_makes_no_other_kind() {
        var limited = limited("ch", "li");
        var same = limited.post("/keys", object("name", "same")).ok().json();
        assertThat(same.getJsonArray("only")).isEqualTo(list("ch", "li"));
        var less = limited.post("/keys", object("name", "less", "only", list("ch")))
                .ok()
                .json();
        assertThat(less.getJsonArray("only")).isEqualTo(list("ch"));
        var more = limited.post("/keys", object("name", "more", "only", list("ch", "us")));
        assertThat(more.status()).isEqualTo(403);
        assertThat(more.param()).isEqualTo("only");
        var rotated = admin.with(same.getString("key"))
                .post("/keys/" + same.getString("id") + "/rotate", object())
                .ok()
                .json();
        assertThat(rotated.getJsonArray("only")).isEqualTo(list("ch", "li"));
    }

    @Test
    void what_is_no_region_is_refused() {
        for (var bad : new JsonArray[] {list("CH"), list(""), list("ch", "a b"), new JsonArray()}) {
            var refused = purse.spender().post("/keys", object("name", "bad", "only", bad));
            assertThat(refused.status()).as(bad.encode()).isEqualTo(400);
            assertThat(refused.param()).startsWith("only");
        }
    }

    @Test
    void it_holds_in_the_dialect_of_swissai_too() {
        int before = abroad();
        try (var customer = Customer.of(platform.url(), limited("ch").key())) {
            var seen = customer.askExternal("whatever");
            assertThat(seen.headers()).containsEntry("x-gotthard-target", "zurich");
        }
        assertThat(abroad()).isEqualTo(before);
    }

    @Test
    void what_a_request_would_cost_is_said_of_where_it_may_be_answered() {
        var request = object("model", "foreign", "messages", list(object("role", "user", "content", "Hello")));
        var body = object("operation", "chat", "request", request);
        assertThat(purse.spender().post("/routes/explain", body).status()).isEqualTo(200);
        assertThat(limited("ch").post("/routes/explain", body).code()).isEqualTo("region_not_allowed");
    }
}
