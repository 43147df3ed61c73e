package io.gotthard.metering;

import io.gotthard.kit.Page;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * All that was charged under one request id, for one account in one tenant: a run asks models again and again, and so do the runs that it
 * begins, all of them with the id of the request that began it.
 *
 * @param total what all pages together come to
 * @param charges those of this page, in the order in which they began
 * @param next what to ask for the next page with; null on the last one
 */
record Bill(JsonObject total, JsonArray charges, String next) {

    /** One statement, so that the sums are those of the charges. */
    private static final String ALL = """
        with mine as materialized (
            select r.*, s.model, s.upstream, s.operation, coalesce(nullif(s.asked, ''), s.model) as asked
            from metering.requests r join metering.sources s on s.id = r.source
            where r.request_id = $1 and s.account = $2 and s.tenant = $3),
        page as (
            select * from mine
            where $4::bigint is null or (started_at, node, seq) > (
                select started_at, node, seq from mine where node = $4 and seq = $5::bigint)
            order by started_at, node, seq limit $6)
        select p.*, t.*
        from (
            select count(*) as requests, count(*) filter (where outcome = 0) as pending,
                coalesce(sum(prompt), 0)::bigint as all_prompt, coalesce(sum(completion), 0)::bigint as all_completion,
                coalesce(sum(cached), 0)::bigint as all_cached, coalesce(sum(reasoning), 0)::bigint as all_reasoning,
                coalesce(sum(amount), 0)::bigint as all_amount, coalesce(sum(written_off), 0)::bigint as all_written_off,
                coalesce(bool_or(node = $4 and seq = $5::bigint), false) as known
            from mine) t
        left join page p on true
        order by p.started_at, p.node, p.seq
        """;

    /**
     * The page of it that is asked for.
     *
     * @param newest one of its charges
     * @param entry what is told of each charge
     */
    static Bill of(Work work, Row newest, Function<Row, JsonObject> entry) {
        var page = work.page();
        var place = Receipts.RECEIPT.matcher(page.after());
        if (!page.after().isEmpty() && !place.matches()) {
            throw Page.badAfter();
        }
        boolean first = page.after().isEmpty();
        var rows = new ArrayList<Row>();
        work.run(
                        ALL,
                        newest.getString("request_id"),
                        newest.getString("account"),
                        newest.getString("tenant"),
                        first ? null : Long.parseLong(place.group(1)),
                        first ? null : Long.parseLong(place.group(2)),
                        page.rows())
                .forEach(rows::add);
        var total = rows.getFirst();
        if (!first && !total.getBoolean("known")) {
            throw Page.badAfter();
        }
        rows.removeIf(row -> row.getLong("seq") == null);
        var shown = page.json(rows, entry);
        return new Bill(
                total(total.getLong("requests"), total.getLong("pending"), sum -> total.getLong("all_" + sum)),
                shown.getJsonArray("data"),
                shown.getString("next"));
    }

    /** Of one charge alone. */
    static Bill of(Row one, boolean pending, Function<Row, JsonObject> entry) {
        return new Bill(
                total(1, pending ? 1 : 0, sum -> pending ? 0 : one.getLong(sum)),
                new JsonArray(List.of(entry.apply(one))),
                null);
    }

    private static JsonObject total(long requests, long pending, ToLongFunction<String> sum) {
        return new JsonObject()
                .put("requests", requests)
                .put("pending", pending)
                .put(
                        "tokens",
                        new JsonObject()
                                .put("prompt", sum.applyAsLong("prompt"))
                                .put("completion", sum.applyAsLong("completion"))
                                .put("cached", sum.applyAsLong("cached"))
                                .put("reasoning", sum.applyAsLong("reasoning")))
                .put("charged", Money.text(sum.applyAsLong("amount")))
                .put("written_off", Money.text(sum.applyAsLong("written_off")));
    }
}
