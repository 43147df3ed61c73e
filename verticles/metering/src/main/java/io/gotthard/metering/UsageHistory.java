package io.gotthard.metering;

import io.gotthard.metering.Limit.Subject;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

/**
 * What was used of limits of days and months before this process began, as the ledger has it. It knows the hour in which a request began,
 * so all of an hour counts as used at its end, or now if it has not ended: a counter that is made of that says at most one hour more than
 * the one that was lost, and never less. Requests that are not charged yet do not count. Only the database's clock is asked.
 */
final class UsageHistory {

    private static final double NANOS = 1e9;

    private final Pool pool;

    UsageHistory(Pool pool) {
        this.pool = pool;
    }

    /**
     * The nanoseconds in which what was used will be refilled.
     *
     * @param bound of a day's or month's limit
     */
    Future<Long> ahead(Bound bound) {
        var limit = bound.limit();
        long period = limit.period().nanos();
        return pool.preparedQuery(sql(limit))
                .execute(Tuple.of(
                        (int) (period / 3_600_000_000_000L),
                        limit.subject() == Subject.ROLE ? bound.counter() : limit.subjectId(),
                        limit.tenant(),
                        Glob.like(limit.model())))
                .map(rows -> {
                    long ahead = 0;
                    long before = Long.MAX_VALUE;
                    for (var row : rows) {
                        long age = (long) (row.getDouble("age") * NANOS);
                        ahead = Math.max(0, ahead - (before - age)) + Gcra.nanos(units(row), limit.amount(), period);
                        // As a counter never owes more than that.
                        ahead = Math.min(ahead, 2 * period);
                        before = age;
                    }
                    return before == Long.MAX_VALUE ? 0 : Math.max(0, ahead - before);
                });
    }

    private static long units(Row row) {
        return row.getLong("units");
    }

    private static String sql(Limit limit) {
        var hour = switch (limit.metric()) {
            case TOKENS -> "u.prompt + u.completion";
            case MONEY -> "u.amount + u.written_off";
            case REQUESTS, CONCURRENT -> "u.requests";
        };
        var charge = switch (limit.metric()) {
            case TOKENS -> "c.prompt + c.completion";
            case MONEY -> "c.amount + c.written_off";
            case REQUESTS, CONCURRENT -> "1";
        };
        var whose = switch (limit.subject()) {
            case KEY -> "s.key_id = $2";
            case ACCOUNT, ROLE -> "s.account = $2";
            case TENANT -> "s.tenant = $2";
            case EVERYONE -> "$2 = ''";
        };
        return """
            with mine as (
                select id from metering.sources s
                where %s and ($3::text is null or s.tenant = $3) and s.model like $4
            ), used as (
                select u.hour, %s as units from metering.usage_hours u join mine on mine.id = u.source
                where u.hour > now() - make_interval(hours => $1 + 1)
                union all
                select date_bin('1 hour', c.started_at, timestamptz 'epoch'), %s
                from metering.nodes n
                join metering.charges c on c.node = n.id and c.batch > n.folded_batch
                join mine on mine.id = c.source
                where n.ended_at is null and c.started_at > now() - make_interval(hours => $1 + 1)
            )
            select extract(epoch from greatest(interval '0', now() - hour - interval '1 hour'))::float8 as age,
                least(sum(units), 1152921504606846976)::bigint as units
            from used group by hour order by hour
            """.formatted(whose, hour, charge);
    }
}
