package io.gotthard.metering;

import io.gotthard.kit.Database;
import io.gotthard.kit.Transaction;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Usage in a database of its own, to be filled and asked. */
final class TestUsage implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx();
    private final Database database;
    private final UsageApi api;
    private final Transaction.Settings transactions;

    /**
     * Something that was charged, in one hour for one source.
     *
     * @param source the words of the source, by the names that clients know
     * @param id the source's number
     */
    record Charged(OffsetDateTime hour, Map<String, String> source, int id, long requests, long amount) {}

    TestUsage() throws Exception {
        var name = "usage_" + UUID.randomUUID().toString().replace("-", "");
        try (var shared = TestDatabase.connect(TestDatabase.url());
                var statement = shared.createStatement()) {
            statement.execute("create database " + name);
        }
        var shared = URI.create(TestDatabase.url());
        database = Database.open(
                vertx,
                "postgresql://" + shared.getUserInfo() + "@" + shared.getHost() + ":" + shared.getPort() + "/" + name);
        database.migrate("metering").await();
        transactions = Work.settings(database);
        var settings = TestLedger.settings(Duration.ofSeconds(2), 1 << 20);
        api = new UsageApi(transactions, settings, Future::succeededFuture, () -> -1);
    }

    Database database() {
        return database;
    }

    Transaction.Settings transactions() {
        return transactions;
    }

    void run(String sql) {
        database.pool().query(sql).execute().await();
    }

    /** A new source. */
    int source(Map<String, String> words) {
        return database.pool()
                .preparedQuery("""
                    insert into metering.sources (key_id, account, tenant, model, upstream, operation, payer)
                    values ($1, $2, $3, $4, $5, $6, metering.house('revenue')) returning id
                    """)
                .execute(Tuple.of(
                        words.get("key"),
                        words.get("account"),
                        words.get("tenant"),
                        words.get("model"),
                        words.get("upstream"),
                        words.get("operation")))
                .await()
                .iterator()
                .next()
                .getInteger(0);
    }

    /** As the journal does it: what is for the same source in the same hour is one row. */
    void fold(List<Charged> charges) {
        database.pool()
                .preparedQuery("""
                    select metering.roll_up(array(
                        select row(hour, source, sum(requests), 0, sum(requests) * 10, 0, 0, 0, 0, 0, 0, sum(amount), 0, 7)
                            ::metering.usage_hours
                        from unnest($1::timestamptz[], $2::int[], $3::bigint[], $4::bigint[]) as c (hour, source, requests, amount)
                        group by hour, source))
                    """)
                .execute(Tuple.of(
                        charges.stream().map(Charged::hour).toArray(OffsetDateTime[]::new),
                        charges.stream().map(Charged::id).toArray(Integer[]::new),
                        charges.stream().map(Charged::requests).toArray(Long[]::new),
                        charges.stream().map(Charged::amount).toArray(Long[]::new)))
                .await();
    }

    /** Where coarser sums are not what finer ones say. */
    JsonArray differences() {
        return database.pool()
                .query("select metering.usage_differences()")
                .execute()
                .await()
                .iterator()
                .next()
                .getJsonArray(0);
    }

    JsonObject ask(Asker asker, String... parameters) {
        return api.get(asker.call(null, parameters)).body().toJsonObject();
    }

    @Override
    public void close() {
        database.close().await();
        vertx.close().await();
    }
}
