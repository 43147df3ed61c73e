package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Transaction;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * What became of a request, and what it cost: for the account that made it, the administrators of the tenant in whose name that was, and
 * system administrators. For all others there is none.
 */
final class Receipts {

    /** Of requests with the same id that are named besides the newest. */
    private static final int MOST_OTHERS = 100;

    private static final int PENDING = 0;

    /** Who counted, as charges have it. */
    private static final List<String> SOURCES = List.of("reported", "counted", "estimated", "none");

    static final Pattern RECEIPT = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})");

    private static final String VISIBLE = """
        select r.*, s.key_id, s.account, s.tenant, s.model, s.upstream, s.operation, s.price, s.payer,
            coalesce(nullif(s.asked, ''), s.model) as asked, nullif(s.region, '') as region, nullif(s.policy, '') as policy,
            a.kind as payer_kind, p.rates, p.valid_from
        from metering.requests r
        join metering.sources s on s.id = r.source
        join metering.ledger_accounts a on a.id = s.payer
        left join metering.prices p on p.id = s.price
        where ($1 or s.account = $2 or s.tenant = $3) and
        """;

    private final Transaction.Settings transactions;
    private final Supplier<Future<Void>> flush;
    private final String currency;

    /**
     * Receipts of what is in the database.
     *
     * @param flush has what this node knows and the database does not yet written into it
     */
    Receipts(Transaction.Settings transactions, Supplier<Future<Void>> flush, String currency) {
        this.transactions = transactions;
        this.flush = flush;
        this.currency = currency;
    }

    /** The receipt of the request with an id that its client or we gave it, or with the id of the receipt itself. */
    Answer get(Call call) {
        var answer = Work.in(transactions, call, work -> find(work, false));
        if (answer != null) {
            return answer;
        }
        // It may be on its way: what this node has in memory is written first.
        flush.get().await();
        return Work.in(transactions, call, work -> find(work, true));
    }

    /** Null if it could be another one in a moment, unless this is the last time it is looked for. */
    private Answer find(Work work, boolean last) {
        var rows = rows(work, work.parameter("request"));
        if (!last && (rows.isEmpty() || rows.stream().anyMatch(Receipts::isPending))) {
            return null;
        }
        if (rows.isEmpty()) {
            throw Refusal.notFound("receipt");
        }
        var newest = rows.getFirst();
        var others = new JsonArray();
        rows.stream().skip(1).forEach(row -> others.add(id(row)));
        var bill = rows.size() == 1 && work.page().after().isEmpty()
                ? Bill.of(newest, isPending(newest), Receipts::charge)
                : Bill.of(work, newest, Receipts::charge);
        return Work.ok(json(newest)
                .put("others", others)
                .put("total", bill.total())
                .put("charges", bill.charges())
                .put("next", bill.next()));
    }

    private static boolean isPending(Row row) {
        return row.getShort("outcome") == PENDING;
    }

    private static List<Row> rows(Work work, String id) {
        var receipt = RECEIPT.matcher(id);
        if (receipt.matches()) {
            var rows = rows(
                    work,
                    "r.node = $4 and r.seq = $5",
                    Long.parseLong(receipt.group(1)),
                    Long.parseLong(receipt.group(2)));
            if (!rows.isEmpty()) {
                return rows;
            }
        }
        return rows(
                work,
                "r.request_id = $4 order by r.started_at desc, r.node desc, r.seq desc limit $5",
                id,
                MOST_OTHERS + 1);
    }

    private static List<Row> rows(Work work, String where, Object first, Object second) {
        var caller = work.caller();
        // Nobody's tenant is empty.
        var tenant = Work.administers(caller) && !caller.tenant().isEmpty() ? caller.tenant() : null;
        var rows = new ArrayList<Row>();
        work.run(VISIBLE + where, Work.isSystem(caller), caller.account(), tenant, first, second)
                .forEach(rows::add);
        return rows;
    }

    private static String id(Row row) {
        return row.getLong("node") + "-" + row.getLong("seq");
    }

    private JsonObject json(Row row) {
        boolean pending = isPending(row);
        return charge(row)
                .put("request_id", row.getString("request_id"))
                .put("duration_ms", row.getInteger("duration_ms"))
                .put("first_token_ms", row.getInteger("first_token_ms"))
                .put("region", row.getString("region"))
                .put("only", only(row))
                .put("attempts", row.getValue("attempts"))
                .put("key", row.getString("key_id"))
                .put("account", row.getString("account"))
                .put("tenant", row.getString("tenant").isEmpty() ? null : row.getString("tenant"))
                .put("price", price(row))
                .put("currency", currency)
                .put("reserved", Money.text(row.getLong("reserved")))
                .put("entries", pending ? new JsonArray() : entries(row));
    }

    /** A charge as it stands among others. */
    private static JsonObject charge(Row row) {
        int outcome = row.getShort("outcome");
        boolean pending = isPending(row);
        var started = row.getOffsetDateTime("started_at");
        return new JsonObject()
                .put("id", id(row))
                .put(
                        "outcome",
                        pending ? "pending" : Charge.End.of(outcome).name().toLowerCase(Locale.ROOT))
                .put("started_at", started.toInstant().toString())
                .put(
                        "ended_at",
                        pending
                                ? null
                                : started.plus(row.getInteger("duration_ms"), ChronoUnit.MILLIS)
                                        .toInstant()
                                        .toString())
                .put("asked", row.getString("asked"))
                .put("model", row.getString("model"))
                .put("upstream", row.getString("upstream").isEmpty() ? null : row.getString("upstream"))
                .put("operation", row.getString("operation"))
                .put("tokens", pending ? null : tokens(row))
                .put("media", row.getJsonObject("media"))
                .put("charged", pending ? null : Money.text(row.getLong("amount")))
                .put("written_off", pending ? null : Money.text(row.getLong("written_off")));
    }

    /** The policy that it was asked under. */
    private static JsonArray only(Row row) {
        var policy = row.getString("policy");
        return policy == null ? null : new JsonArray(List.of(policy.split(",")));
    }

    private static JsonObject tokens(Row row) {
        return new JsonObject()
                .put("source", SOURCES.get(row.getShort("counted")))
                .put("prompt", row.getLong("prompt"))
                .put("completion", row.getLong("completion"))
                .put("cached", row.getLong("cached"))
                .put("reasoning", row.getLong("reasoning"));
    }

    private static JsonObject price(Row row) {
        return row.getLong("price") == null
                ? null
                : new JsonObject()
                        .put("id", "prc_" + row.getLong("price"))
                        .put("rates", Rates.of(row.getJsonObject("rates")).decimals())
                        .put(
                                "valid_from",
                                row.getOffsetDateTime("valid_from").toInstant().toString());
    }

    /** What the payer gave and what the house got for it. */
    private static JsonArray entries(Row row) {
        long amount = row.getLong("amount");
        return new JsonArray()
                .add(new JsonObject()
                        .put("account", "wal_" + row.getInteger("payer"))
                        .put("kind", row.getString("payer_kind"))
                        .put("amount", Money.text(-amount)))
                .add(new JsonObject()
                        .put("account", "revenue")
                        .put("kind", "revenue")
                        .put("amount", Money.text(amount)));
    }
}
