package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.gotthard.kit.Transaction;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** What tests of receipts have in common: requests of an account of their own, in a real database. */
@Timeout(60)
class OnReceipts {

    static Vertx vertx;
    static Database database;
    static Transaction.Settings transactions;

    final String id = "req_" + UUID.randomUUID();
    final String account = "usr_" + UUID.randomUUID();
    final String tenant = "ten_" + UUID.randomUUID();
    final Asker owner = Asker.of(account, tenant, "gotthard.user.>");
    long node;
    int payer;
    long price;
    int source;

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

    static Row run(String sql, Object... values) {
        var rows =
                database.pool().preparedQuery(sql).execute(Tuple.from(values)).await();
        return rows.size() == 0 ? null : rows.iterator().next();
    }

    @BeforeEach
    void fill() {
        node = run("insert into metering.nodes (place) values ('test') returning id")
                .getLong("id");
        payer = run(
                        "insert into metering.ledger_accounts (kind, owner_kind, owner) values ('wallet', 'account',"
                                + " $1) returning id",
                        account)
                .getInteger("id");
        price = run(
                        "insert into metering.prices (model, rates, valid_from, created_by) values ($1, $2,"
                                + " '2026-01-01T00:00:00Z', 'x') returning id",
                        "model-" + id,
                        new JsonObject().put("input", 150_000_000).put("output", 600_000_000))
                .getLong("id");
        source = source("main", price);
    }

    int source(String upstream, Long priced) {
        return source(upstream, priced, account, tenant);
    }

    int source(String upstream, Long priced, String account, String tenant) {
        return run(
                        "insert into metering.sources (key_id, account, tenant, model, upstream, operation, price,"
                                + " payer) values ('key_1', $1, $2, $3, $4, 'chat', $5, $6) returning id",
                        account,
                        tenant,
                        "model-" + id,
                        upstream,
                        priced,
                        payer)
                .getInteger("id");
    }

    void reserve(long batch, long seq) {
        run(
                "insert into metering.batches (node, batch, seqs, request_ids, sources, reserved, unknown, started)"
                        + " values ($1, $2, array[$3::bigint, $3 + 1000], array[$4, 'other'], array[$5::int, $5],"
                        + " '{3000000, 1}', '{1, 1}', array[1769860800000000 + $3::bigint, 0])",
                node,
                batch,
                seq,
                id,
                source);
    }

    void charge(long seq, int outcome, int counted, long amount, JsonObject media) {
        run(
                "insert into metering.charges (node, seq, batch, request_id, source, started_at, duration_ms,"
                        + " first_token_ms, outcome, counted, attempts, prompt, completion, cached, reasoning, media,"
                        + " reserved, amount, written_off) values ($1, $2::bigint, 9, $3, $4, timestamptz"
                        + " '2026-01-31T12:00:00Z' + $2::bigint * interval '1 microsecond', 1500, 200, $5, $6, 2, 1000,"
                        + " 500, 100, 50, $7, 3000000, $8, 5)",
                node,
                seq,
                id,
                source,
                (short) outcome,
                (short) counted,
                media,
                amount);
    }

    /** @param parameters names and values in turn */
    static JsonObject receipt(Asker asker, String of, String... parameters) {
        var all = new ArrayList<>(List.of("request", of));
        all.addAll(List.of(parameters));
        return new Receipts(transactions, Future::succeededFuture, "CHF")
                .get(asker.call(null, all.toArray(String[]::new)))
                .body()
                .toJsonObject();
    }

    static JsonObject receipt(Asker asker, String of, Supplier<Future<Void>> flush) {
        return new Receipts(transactions, flush, "CHF")
                .get(asker.call(null, "request", of))
                .body()
                .toJsonObject();
    }

    static void assertNotFound(Asker asker, String of) {
        assertThatThrownBy(() -> receipt(asker, of, Future::succeededFuture))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(404));
    }

    /** The sums of so many charges of the test, of which some have not ended. */
    static JsonObject total(int requests, int pending, String charged, String writtenOff) {
        int ended = requests - pending;
        return new JsonObject()
                .put("requests", requests)
                .put("pending", pending)
                .put(
                        "tokens",
                        new JsonObject()
                                .put("prompt", 1000 * ended)
                                .put("completion", 500 * ended)
                                .put("cached", 100 * ended)
                                .put("reasoning", 50 * ended))
                .put("charged", charged)
                .put("written_off", writtenOff);
    }

    static List<String> ids(JsonObject receipt) {
        return receipt.getJsonArray("charges").stream()
                .map(charge -> ((JsonObject) charge).getString("id"))
                .toList();
    }
}
