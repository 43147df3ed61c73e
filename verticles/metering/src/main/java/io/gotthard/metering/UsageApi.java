package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Transaction;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Answers for usage by time, model, key and whatever else it can be told apart by. To be used from a virtual thread. */
final class UsageApi {

    /** Whoever needs more rows wants a file: see {@link UsageExport}. */
    static final int MOST_ROWS = 10_000;

    /** Nobody looks at a chart for so long, and others need the database as well. */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private static final String CANCELLED = "57014";

    private final Transaction.Settings transactions;
    private final String currency;
    private final Supplier<Future<Void>> fold;
    private final LongSupplier node;
    private final Duration age;

    /**
     * @param settings say how old the parts of other nodes may be
     * @param fold brings this node's part of usage up to date
     * @param node this node's number
     */
    UsageApi(
            Transaction.Settings transactions,
            MeteringSettings settings,
            Supplier<Future<Void>> fold,
            LongSupplier node) {
        this.transactions = transactions;
        this.currency = settings.currency();
        this.fold = fold;
        this.node = node;
        this.age = settings.fold();
    }

    /** {@code GET /api/v1/usage}. */
    Answer get(Call call) {
        var query = UsageQuery.of(call, OffsetDateTime.now(ZoneOffset.UTC)).inHours();
        fold.get().await();
        return Work.in(transactions, call, work -> Work.ok(read(work, query)));
    }

    private JsonObject read(Work work, UsageQuery query) {
        var asOf = work.one("""
            select least(now(), min(seen_at) - $2 * interval '1 millisecond') as as_of
            from metering.nodes where ended_at is null and id <> $1
            """, node.getAsLong(), age.toMillis());
        var rows = rows(work, UsageSql.sums(query, MOST_ROWS + 1));
        if (rows.size() > MOST_ROWS) {
            throw tooMuch("That would be more than " + MOST_ROWS + " rows.");
        }
        var data = new JsonArray();
        rows.forEach(row -> data.add(json(query, row)));
        var groups = new JsonArray();
        query.groups().forEach(group -> groups.add(group.word()));
        return new JsonObject()
                .put("from", query.from().toInstant().toString())
                .put("to", query.to().toInstant().toString())
                .put("bucket", query.bucket() == null ? "none" : query.bucket().word())
                .put("group_by", groups)
                .put("currency", currency)
                .put("as_of", asOf.getOffsetDateTime("as_of").toInstant().toString())
                .put("data", data);
    }

    private static RowSet<Row> rows(Work work, UsageSql sql) {
        work.run("set local jit = off");
        work.run("set local statement_timeout = " + LONGEST.toMillis());
        try {
            return work.run(sql.text(), sql.parameters().toArray());
        } catch (PgException e) {
            if (CANCELLED.equals(e.getSqlState())) {
                throw tooMuch("That takes too long to add up while you wait.");
            }
            throw e;
        }
    }

    private static Failure tooMuch(String why) {
        return Failure.invalid(
                "group_by", why + " Choose a longer 'bucket', a shorter time, fewer groups or a filter, or export it.");
    }

    private static JsonObject json(UsageQuery query, Row row) {
        var json = new JsonObject();
        if (query.bucket() != null) {
            json.put("at", row.getOffsetDateTime("at").toInstant().toString());
        }
        for (var group : query.groups()) {
            var value = row.getString(group.column());
            json.put(group.word(), value.isEmpty() ? null : value);
        }
        long requests = row.getLong("requests");
        return json.put("requests", requests)
                .put("failed", row.getLong("failed"))
                .put("prompt_tokens", row.getLong("prompt"))
                .put("completion_tokens", row.getLong("completion"))
                .put("cached_tokens", row.getLong("cached"))
                .put("reasoning_tokens", row.getLong("reasoning"))
                .put("images", row.getLong("images"))
                .put("audio_ms", row.getLong("audio_ms"))
                .put("characters", row.getLong("characters"))
                .put("amount", Money.text(row.getLong("amount")))
                .put("written_off", Money.text(row.getLong("written_off")))
                .put("average_duration_ms", requests == 0 ? null : row.getLong("duration_ms") / requests);
    }
}
