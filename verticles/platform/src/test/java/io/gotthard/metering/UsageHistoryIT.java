package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Database;
import io.gotthard.kit.Transaction;
import io.gotthard.platform.Await;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What was used of limits before, as a real ledger tells. */
@Timeout(60)
class UsageHistoryIT {

    /** What a test takes at most, in hours. */
    private static final double SOON = 0.02;

    private static final double HOUR = 3_600_000_000_000.0;

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

    /** A node that has folded what it charged, but for its last batch. */
    private long node() {
        return number("insert into metering.nodes (place, folded_batch) values ('limits', 10) returning id");
    }

    private int source(String ofAccount, String model) {
        return (int) number("""
            insert into metering.sources (key_id, account, tenant, model, upstream, operation, payer)
            values ($1, $2, $3, $4, 'u', 'chat', (select min(id) from metering.ledger_accounts)) returning id
            """, key, ofAccount, tenant, model);
    }

    private static long number(String sql, Object... values) {
        var rows =
                database.pool().preparedQuery(sql).execute(Tuple.from(values)).await();
        return rows.size() == 0 ? 0 : rows.iterator().next().getLong(0);
    }

    private void used(int source, int hoursAgo, long requests, long tokens, long amount) {
        number("""
            insert into metering.usage_hours (hour, source, requests, prompt, completion, amount)
            values (date_bin('1 hour', now(), timestamptz 'epoch') - make_interval(hours => $1), $2, $3, $4, 1, $5)
            """, hoursAgo, source, requests, tokens - 1, amount);
    }

    private void charged(long node, int source, int batch, long tokens, long amount) {
        number("""
            insert into metering.charges (node, seq, batch, request_id, source, started_at, duration_ms, outcome, counted,
                attempts, prompt, completion, cached, reasoning, reserved, amount)
            values ($1, $2, $3, 'r', $4, $5, 1, 1, 0, 1, $6, 0, 0, 0, $7, $7)
            """, node, System.nanoTime(), (long) batch, source, OffsetDateTime.now(ZoneOffset.UTC), tokens, amount);
    }

    private double hours(String subject, String subjectId, String metric, String period, Object amount, String model) {
        create(system, limit(subject, subjectId, metric, period, amount).put("model", model));
        limits.forgetAll();
        var bound = bounds().of(model.replace("*", "gpt")).stream()
                .filter(one -> one.limit().subjectId().equals(subjectId)
                        && one.limit().metric().name().equalsIgnoreCase(metric)
                        && one.limit().model().equals(model))
                .findFirst()
                .orElseThrow();
        return limiter.counters().rate(bound).ahead(limiter.now()) / HOUR;
    }

    @Test
    void a_day_and_a_month_begin_with_what_was_used_of_them() {
        int source = source(account, "openai/gpt");
        used(source, 2, 10, 100, 1_000);
        used(source, 30, 10, 100, 1_000);
        long node = node();
        charged(node, source, 10, 1_000_000, 1_000_000);
        charged(node, source, 11, 20, 200);
        // Of 24 a day one is refilled each hour. The hour before the last has ended one to two hours ago.
        assertThat(hours("key", key, "requests", "day", 24, "*")).isBetween(10.0 - 2 + 1 - SOON, 10.0 - 1 + 1);
        assertThat(hours("account", account, "tokens", "day", 240, "*")).isBetween(10.0 - 2 + 2 - SOON, 10.0 - 1 + 2);
        // What is folded: 1000 of 7200 nanos take 100 hours; 28 hours after the first came the second. And 200 that are
        // not.
        assertThat(hours("tenant", tenant, "money", "month", "0.0000072", "*"))
                .isBetween(172.0 - 2 + 20 - SOON, 172.0 - 1 + 20);
        assertThat(hours("account", account, "requests", "day", 24, "anthropic/*"))
                .isLessThanOrEqualTo(0);
        assertThat(hours("account", account, "requests", "day", 24, "open_i/*")).isLessThanOrEqualTo(0);
        assertThat(hours("role", role, "requests", "day", 48, "openai/*"))
                .isBetween(5.0 - 2 + 0.5 - SOON, 5.0 - 1 + 0.5);
    }

    @Test
    void who_has_used_nothing_begins_with_nothing() {
        assertThat(hours("key", key, "requests", "day", 24, "*")).isLessThanOrEqualTo(0);
    }
}
