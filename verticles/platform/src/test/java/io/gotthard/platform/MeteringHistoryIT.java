package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who changed money, prices and limits, and who may know. */
class MeteringHistoryIT {

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static Hub admin;

    private final Purse purse = Purse.with(admin, "10");

    @BeforeAll
    static void start() {
        upstream = PricedUpstream.start();
        platform = RunningPlatform.start(
                PricedUpstream.configuration(upstream, "metering: {fold: 500ms}"), TestDatabase.url());
        admin = new Hub(platform.url(), RunningPlatform.KEY);
    }

    @AfterAll
    static void stop() {
        platform.close();
        upstream.close();
    }

    private String limit() {
        var limit = object("subject", "tenant", "subject_id", purse.tenant(), "metric", "requests", "period", "day");
        return admin.post("/limits", limit.put("amount", 5)).id();
    }

    private static List<JsonObject> changes(Hub reader, String query) {
        return reader.get("/metering/changes?" + query).data().stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private static List<String> actions(List<JsonObject> changes) {
        return changes.stream().map(change -> change.getString("action")).toList();
    }

    /** Who administers what is metered in the purse's tenant, and nothing else. */
    private Hub manager() {
        var role = admin.post(
                        "/roles",
                        object(
                                "name",
                                UUID.randomUUID().toString(),
                                "tenant",
                                purse.tenant(),
                                "rules",
                                list("gotthard.admin.service.metering")))
                .id();
        admin.put("/tenants/" + purse.tenant() + "/members/" + purse.account() + "/roles/" + role)
                .ok();
        return purse.spender();
    }

    @Test
    void a_change_says_who_made_it_and_what_was_before_and_after_the_latest_first() {
        var limit = limit();
        admin.patch("/limits/" + limit, object("amount", 7)).ok();
        admin.delete("/limits/" + limit).ok();

        var found = changes(admin, "object=" + limit);

        assertThat(actions(found)).containsExactly("deleteLimit", "updateLimit", "createLimit");
        assertThat(found.get(0).getValue("after")).isNull();
        assertThat(found.get(2).getValue("before")).isNull();
        assertThat(found.get(1).getJsonObject("before").getValue("amount"))
                .isNotEqualTo(found.get(1).getJsonObject("after").getValue("amount"));
        assertThat(found.get(1).getJsonObject("after")).isEqualTo(found.get(0).getJsonObject("before"));
        assertThat(found).allSatisfy(change -> {
            assertThat(change.getString("account")).isEqualTo("administrator");
            assertThat(change.getString("tenant")).isEqualTo(purse.tenant());
            assertThat(change.getString("request_id")).startsWith("req_");
            assertThat(change.getInstant("at")).isNotNull();
        });
    }

    @Test
    void wallets_and_prices_are_in_it_and_what_was_refused_is_not() {
        purse.topUp("5");
        admin.post("/wallets/" + purse.id() + "/top-ups", object("amount", "-5", "reference", "no"));
        assertThat(actions(changes(admin, "object=" + purse.id())))
                .containsExactly("topUpWallet", "topUpWallet", "createWallet");
        var model = "history-" + UUID.randomUUID();
        var price = admin.post("/prices", object("model", model, "rates", object("request", "0.01")))
                .id();
        var found = changes(admin, "action=createPrice&object=" + price);
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().getJsonObject("after").getString("model")).isEqualTo(model);
    }

    @Test
    void it_is_read_page_by_page() {
        for (int i = 0; i < 4; i++) {
            purse.topUp("1");
        }
        var query = "tenant=" + purse.tenant() + "&limit=2";
        var all = new ArrayList<String>();
        var page = admin.get("/metering/changes?" + query).ok().json();
        page.getJsonArray("data").forEach(change -> all.add(((JsonObject) change).getString("id")));
        while (page.getString("next") != null) {
            assertThat(page.getJsonArray("data")).hasSize(2);
            page = admin.get("/metering/changes?" + query + "&after=" + page.getString("next"))
                    .ok()
                    .json();
            page.getJsonArray("data").forEach(change -> all.add(((JsonObject) change).getString("id")));
        }
        assertThat(all).hasSize(6).doesNotHaveDuplicates();
        assertThat(admin.get("/metering/changes?after=x").status()).isEqualTo(400);
    }

    @Test
    void who_administers_a_tenant_reads_what_happened_in_it_and_nobody_else_reads_anything() {
        var other = Purse.with(admin, "1");
        assertThat(other.spender().get("/metering/changes").status()).isEqualTo(403);
        var manager = manager();
        assertThat(changes(manager, ""))
                .isNotEmpty()
                .allSatisfy(change -> assertThat(change.getString("tenant")).isEqualTo(purse.tenant()));
        assertThat(changes(manager, "tenant=" + other.tenant())).isEmpty();
        assertThat(changes(manager, "object=" + other.id())).isEmpty();
        assertThat(changes(manager, "action=createPrice")).isEmpty();
        assertThat(manager.get("/audit").status()).isEqualTo(403);
    }
}
