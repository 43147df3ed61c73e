package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Database;
import io.gotthard.kit.Transaction;
import io.gotthard.platform.Await;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Limits in a real database: who may set and see them, and for whom they hold. */
@Timeout(60)
class LimitsIT {

    private static final String ADMIN = "gotthard.admin.service.metering";

    private static Vertx vertx;
    private static Database database;
    private static Transaction.Settings transactions;

    private final LocalLimits limiter =
            new LocalLimits(LocalLimits.clock(), new UsageHistory(database.pool())::ahead, (limit, percent) -> {});
    private final Limits limits = new Limits(database.pool(), limiter);
    private final String tenant = id("ten");
    private final String account = id("usr");
    private final String key = id("key");
    private final String role = id("role");
    private final Asker system = Asker.system();
    private final Asker boss = Asker.of(id("usr"), tenant, ADMIN);

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
        database = Database.open(vertx, TestDatabase.url());
        database.migrate("metering").await();
        transactions = Work.settings(database);
    }

    @AfterAll
    static void close() {
        database.close().await();
        vertx.close().await();
    }

    private static String id(String prefix) {
        return prefix + "_" + UUID.randomUUID().toString().replace("-", "");
    }

    private Caller caller(String inTenant) {
        return new Caller(key, account, inTenant, false, List.of(role), Permissions.NONE, null);
    }

    private Bounds bounds() {
        return bounds(caller(tenant));
    }

    private Bounds bounds(Caller caller) {
        var answer = limits.of(caller);
        Await.until("the limits", answer::isComplete);
        return answer.result();
    }

    /** Names of the limits that hold for a model, but for those of everyone, which other tests may have set. */
    private List<String> names(Caller caller, String model) {
        return bounds(caller).of(model).stream()
                .filter(bound -> bound.limit().subject() != Limit.Subject.EVERYONE)
                .map(Bound::id)
                .toList();
    }

    private static JsonObject limit(String subject, String subjectId, String metric, String period, Object amount) {
        return new JsonObject()
                .put("subject", subject)
                .put("subject_id", subjectId)
                .put("metric", metric)
                .put("period", period)
                .put("amount", amount);
    }

    private static String create(Asker asker, JsonObject limit) {
        return asker.ask(transactions, LimitsApi::create, limit).getString("id");
    }

    private static Failure refusal(
            Asker asker, Function<Work, Answer> operation, JsonObject body, String... parameters) {
        try {
            asker.ask(transactions, operation, body, parameters);
        } catch (Failure e) {
            return e;
        }
        throw new AssertionError("it was done");
    }

    @Test
    void a_limit_holds_for_whom_it_is_and_for_the_models_and_the_tenant_it_names() {
        var ofKey = create(system, limit("key", key, "requests", "minute", 10));
        var ofAccount = create(boss, limit("account", account, "tokens", "day", 1_000));
        var ofRole = create(boss, limit("role", role, "concurrent", null, 3).put("model", "openai/*"));
        var ofTenant = create(system, limit("tenant", tenant, "money", "month", "12.5"));
        create(system, limit("key", id("key"), "requests", "minute", 1));
        assertThat(names(caller(tenant), "openai/gpt"))
                .containsExactly(ofKey, ofAccount, ofRole + ":" + account, ofTenant);
        assertThat(names(caller(tenant), "gpt")).containsExactly(ofKey, ofAccount, ofTenant);
        assertThat(names(caller(id("ten")), "openai/gpt"))
                .as("in another tenant")
                .containsExactly(ofKey);
        var money = bounds().of("gpt").getLast().limit();
        assertThat(money.amount()).isEqualTo(12_500_000_000L);
        assertThat(money.system()).isTrue();
    }

    @Test
    void a_change_is_told_to_all_nodes_and_known_at_the_next_question() {
        Queue<String> told = new ConcurrentLinkedQueue<>();
        var subscriber = database.subscriber(vertx);
        var listening = subscriber.connect().compose(connected -> {
            subscriber.channel("metering_changed").handler(told::add);
            return subscriber
                    .actualConnection()
                    .query("listen metering_changed")
                    .execute();
        });
        Await.until("a connection", listening::succeeded);
        assertThat(names(caller(tenant), "m")).isEmpty();
        var before = bounds();
        assertThat(before.isCurrent()).isTrue();
        var created = create(boss, limit("key", key, "requests", "minute", 10));
        var payload = "limits key " + key;
        Await.until("the notification", () -> told.contains(payload));
        assertThat(names(caller(tenant), "m")).as("nobody has forgotten yet").isEmpty();
        limits.forget(payload);
        assertThat(before.isCurrent()).isFalse();
        assertThat(names(caller(tenant), "m")).containsExactly(created);
        told.clear();
        boss.ask(transactions, LimitsApi::update, new JsonObject().put("amount", 20), "limit", created);
        Await.until("the notification", () -> told.contains(payload));
        limits.forgetAll();
        assertThat(bounds().of("m").stream().map(bound -> bound.limit().amount()))
                .contains(20L);
        told.clear();
        boss.ask(transactions, LimitsApi::delete, null, "limit", created);
        Await.until("the notification", () -> told.contains(payload));
        subscriber.close().await();
    }

    @Test
    void a_tenants_administrator_can_not_reach_beyond_their_tenant() {
        assertThat(refusal(boss, LimitsApi::create, limit("tenant", tenant, "requests", "day", 1))
                        .status())
                .isEqualTo(403);
        assertThat(refusal(boss, LimitsApi::create, limit("everyone", null, "requests", "day", 1))
                        .status())
                .isEqualTo(403);
        assertThat(refusal(
                                boss,
                                LimitsApi::create,
                                limit("key", key, "requests", "day", 1).put("tenant", id("ten")))
                        .status())
                .isEqualTo(403);
        var foreign = id("key");
        create(boss, limit("key", foreign, "requests", "day", 1));
        var other = new Caller(foreign, id("usr"), id("ten"), Permissions.NONE, null);
        assertThat(names(other, "m")).as("a key of another tenant").isEmpty();
        var theirs = create(system, limit("key", key, "requests", "day", 1).put("tenant", id("ten")));
        assertThat(refusal(boss, LimitsApi::get, null, "limit", theirs).status())
                .isEqualTo(404);
        assertThat(refusal(boss, LimitsApi::delete, null, "limit", theirs).status())
                .isEqualTo(404);
        assertThat(refusal(boss, LimitsApi::get, null, "limit", "lim_x").status())
                .isEqualTo(404);
    }

    @Test
    void what_a_system_administrator_has_set_others_only_see() {
        var set = create(system, limit("key", key, "requests", "day", 5).put("tenant", tenant));
        assertThat(boss.ask(transactions, LimitsApi::get, null, "limit", set).getBoolean("system"))
                .isTrue();
        assertThat(refusal(boss, LimitsApi::delete, null, "limit", set).status())
                .isEqualTo(403);
        assertThat(refusal(boss, LimitsApi::update, new JsonObject().put("amount", 500), "limit", set)
                        .status())
                .isEqualTo(403);
        var user = Asker.of(account, tenant);
        assertThat(refusal(user, LimitsApi::create, limit("account", account, "requests", "day", 500))
                        .status())
                .isEqualTo(403);
        // The administrator's own may be stricter, and stands beside it.
        var own = create(boss, limit("key", key, "requests", "day", 3));
        assertThat(names(caller(tenant), "m")).containsExactly(set, own);
        assertThat(refusal(boss, LimitsApi::create, limit("key", key, "requests", "day", 4))
                        .code())
                .isEqualTo("limit_exists");
    }

    @Test
    void everybody_sees_the_limits_that_hold_for_them() {
        var mine = create(boss, limit("account", account, "tokens", "day", 5));
        create(boss, limit("account", id("usr"), "tokens", "day", 5));
        var user = Asker.of(account, tenant);
        assertThat(listed(user)).containsExactly(mine);
        assertThat(listed(boss)).hasSize(2).contains(mine);
        assertThat(listed(Asker.of(account, id("ten")))).isEmpty();
        assertThat(listed(system, "subject_id", account)).containsExactly(mine);
    }

    private List<String> listed(Asker asker, String... parameters) {
        var ids = new ArrayList<String>();
        asker.ask(transactions, LimitsApi::list, null, parameters)
                .getJsonArray("data")
                .forEach(entry -> {
                    var limit = (JsonObject) entry;
                    if (!"everyone".equals(limit.getString("subject"))) {
                        ids.add(limit.getString("id"));
                    }
                });
        return ids;
    }

    @Test
    void what_makes_no_sense_is_refused_with_the_field() {
        assertThat(refusal(system, LimitsApi::create, limit("key", null, "requests", "day", 1))
                        .param())
                .isEqualTo("subject_id");
        assertThat(refusal(system, LimitsApi::create, limit("everyone", "x", "requests", "day", 1))
                        .param())
                .isEqualTo("subject_id");
        assertThat(refusal(system, LimitsApi::create, limit("key", key, "concurrent", "day", 1))
                        .param())
                .isEqualTo("period");
        assertThat(refusal(system, LimitsApi::create, limit("key", key, "requests", null, 1))
                        .param())
                .isEqualTo("period");
        assertThat(refusal(system, LimitsApi::create, limit("key", key, "money", "minute", "1"))
                        .param())
                .isEqualTo("period");
        for (Object amount : List.of(0, -1, "1", Long.MAX_VALUE)) {
            assertThat(refusal(system, LimitsApi::create, limit("key", key, "requests", "day", amount))
                            .param())
                    .as("%s", amount)
                    .isEqualTo("amount");
        }
        for (Object amount : List.of(1, "0", "1e-10", "x", "999999999999")) {
            assertThat(refusal(system, LimitsApi::create, limit("key", key, "money", "day", amount))
                            .param())
                    .as("%s", amount)
                    .isEqualTo("amount");
        }
    }

    @Test
    void if_the_database_can_not_be_asked_nobody_knows_their_limits() {
        var away = Database.open(vertx, "postgresql://nobody:x@127.0.0.1:1/none");
        var unknown = new Limits(away.pool(), limiter).of(caller(tenant));
        Await.until("an answer", unknown::isComplete);
        assertThat(unknown.failed()).isTrue();
        away.close().await();
    }
}
