package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.kit.Page;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What went into a wallet and out of it, the latest first. Charges have no index by wallet, which would cost each request something:
 * usage tells in which hours there are any, and these are looked through.
 */
final class Entries {

    /** A page is shorter than it could be rather than looking through more hours. */
    private static final int MOST_HOURS = 48;

    private static final String TRANSFERS = """
        select t.at, 1 as sort, 0::bigint as node, t.id as seq, t.kind, t.reference, t.note, null as model,
            null as key_id, null as account, case t.payee when $1 then t.amount else -t.amount end as amount
        from metering.transfers t
        where (t.payer = $1 or t.payee = $1) and (t.at, 1, 0::bigint, t.id) < ($2, $3::int, $4::bigint, $5::bigint)
        order by t.at desc, t.id desc limit $6
        """;

    private static final String CHARGES = """
        select c.started_at as at, 0 as sort, c.node, c.seq, 'charge' as kind, c.request_id as reference, '' as note,
            s.model, s.key_id, s.account, -c.amount as amount
        from metering.charges c join metering.sources s on s.id = c.source
        where s.payer = $1 and c.amount > 0 and c.started_at >= $7 and c.started_at < $7 + interval '1 hour'
            and (c.started_at, 0, c.node, c.seq) < ($2, $3::int, $4::bigint, $5::bigint)
        order by c.started_at desc, c.node desc, c.seq desc limit $6
        """;

    private static final String HOUR_BEFORE = """
        select max(u.hour) as hour
        from metering.sources s
        cross join lateral (
            select h.hour from metering.usage_hours h where h.source = s.id and h.hour < $2
            order by h.hour desc limit 1) u
        where s.payer = $1
        """;

    private static final Comparator<Row> LATEST_FIRST = Comparator.comparing((Row row) -> row.getOffsetDateTime("at"))
            .thenComparing(row -> row.getInteger("sort"))
            .thenComparing(row -> row.getLong("node"))
            .thenComparing(row -> row.getLong("seq"))
            .reversed();

    private Entries() {}

    /** Where a page begins: after the entry with these. */
    private record Place(OffsetDateTime at, int sort, long node, long seq) {

        private static final Pattern TEXT = Pattern.compile("([0-9]{1,18})_([01])_([0-9]{1,18})_([0-9]{1,18})");

        static Place of(String after) {
            if (after.isEmpty()) {
                return new Place(OffsetDateTime.now(ZoneOffset.UTC).plusDays(1), 0, 0, 0);
            }
            var parts = TEXT.matcher(after);
            if (!parts.matches()) {
                throw Page.badAfter();
            }
            var at = Instant.EPOCH.plus(Long.parseLong(parts.group(1)), ChronoUnit.MICROS);
            return new Place(
                    at.atOffset(ZoneOffset.UTC),
                    Integer.parseInt(parts.group(2)),
                    Long.parseLong(parts.group(3)),
                    Long.parseLong(parts.group(4)));
        }

        static Place of(Row row) {
            return new Place(
                    row.getOffsetDateTime("at"), row.getInteger("sort"), row.getLong("node"), row.getLong("seq"));
        }

        String text() {
            return ChronoUnit.MICROS.between(Instant.EPOCH, at.toInstant()) + "_" + sort + "_" + node + "_" + seq;
        }
    }

    static Answer list(Work work) {
        int wallet = Wallets.find(work).getInteger("id");
        var page = work.page();
        var after = Place.of(page.after());
        var entries = new ArrayList<Row>();
        var rest = charges(work, wallet, after, page.rows(), entries);
        work.run(TRANSFERS, wallet, after.at, after.sort, after.node, after.seq, page.rows())
                .forEach(entries::add);
        entries.sort(LATEST_FIRST);
        // Where not all charges were looked for, what is older comes with the next page.
        entries.removeIf(entry -> rest != null && entry.getOffsetDateTime("at").isBefore(rest));
        var shown = entries.subList(0, Math.min(page.limit(), entries.size()));
        return Work.ok(new JsonObject().put("data", json(shown)).put("next", next(entries, shown, rest)));
    }

    private static String next(List<Row> entries, List<Row> shown, OffsetDateTime rest) {
        if (shown.size() < entries.size()) {
            return Place.of(shown.getLast()).text();
        }
        return rest == null ? null : new Place(rest, 0, 0, 0).text();
    }

    /**
     * Adds as many charges as are needed.
     *
     * @return null if there are no more; else the moment before which nothing was looked for
     */
    private static OffsetDateTime charges(Work work, int wallet, Place after, int rows, List<Row> entries) {
        var hour = after.at.truncatedTo(ChronoUnit.HOURS);
        // What was charged in the last seconds is in no usage yet.
        var now = OffsetDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.HOURS);
        hour = hour.isAfter(now) ? now : hour;
        for (int i = 0; i < MOST_HOURS && hour != null; i++) {
            work.run(CHARGES, wallet, after.at, after.sort, after.node, after.seq, rows - entries.size(), hour)
                    .forEach(entries::add);
            if (entries.size() == rows) {
                return hour;
            }
            hour = work.one(HOUR_BEFORE, wallet, hour).getOffsetDateTime("hour");
        }
        return hour == null ? null : hour.plusHours(1);
    }

    private static JsonArray json(List<Row> rows) {
        var data = new JsonArray();
        for (var row : rows) {
            boolean charge = row.getInteger("sort") == 0;
            data.add(new JsonObject()
                    .put("id", charge ? row.getLong("node") + "-" + row.getLong("seq") : "trf_" + row.getLong("seq"))
                    .put("at", row.getOffsetDateTime("at").toInstant().toString())
                    .put("kind", row.getString("kind"))
                    .put("amount", Money.text(row.getLong("amount")))
                    .put("reference", row.getString("reference"))
                    .put("note", row.getString("note"))
                    .put("model", row.getString("model"))
                    .put("key", row.getString("key_id"))
                    .put("account", row.getString("account")));
        }
        return data;
    }
}
