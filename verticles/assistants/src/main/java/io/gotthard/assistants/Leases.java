package io.gotthard.assistants;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which runs a node holds, as the database has it. */
final class Leases {

    /** Those that wait for a worker, those whose worker fell silent, and those of any class whose time is over while nobody works on them. */
    private static final String TAKE = """
        with ready as (
            select id from assistants.runs
            where agent_class = $1 and status in ('queued', 'in_progress') and ready_at <= now()
                and (status = 'queued' or leased_until < now())
            order by ready_at limit $2 for update skip locked),
        overdue as (
            select id from assistants.runs
            where status in ('queued', 'requires_action') and deadline is not null and deadline < now()
            order by deadline limit $2 for update skip locked),
        taken as (select id from ready union select id from overdue)
        update assistants.runs r set lease = r.lease + 1, node = $3, leased_until = now() + $4::bigint * interval '1 ms', woken = false,
            attempt = case when r.status = 'in_progress' then r.attempt + 1 when r.attempt = 0 then 1 else r.attempt end,
            status = 'in_progress', started_at = coalesce(r.started_at, now()),
            deadline = coalesce(r.deadline, now() + r.left_ms * interval '1 ms')
        from taken, assistants.threads t
        where r.id = taken.id and t.number = r.thread and t.deleted_at is null
        returning
        """ + RunRow.COLUMNS;

    private final Database database;
    private final String node;
    private final long millis;

    Leases(Database database, String node, Duration lease) {
        this.database = database;
        this.node = node;
        this.millis = lease.toMillis();
    }

    /** The node, as rows have it. */
    String node() {
        return node;
    }

    /** How long a lease is good. */
    long millis() {
        return millis;
    }

    /** Takes runs of a class that are ready, {@code limit} at most; nobody else has them by then. */
    Future<List<RunRow>> take(String agentClass, int limit) {
        return ask(TAKE, agentClass, limit, node, millis).map(rows -> {
            var taken = new ArrayList<RunRow>();
            rows.forEach(row -> taken.add(RunRow.of(row)));
            return taken;
        });
    }

    /** Keeps runs for longer, and returns those of them that are still held. */
    Future<Set<String>> renew(Collection<Hold> held) {
        return ask(
                        """
                        with kept as (
                            select r.id from assistants.runs r join unnest($1::text[], $2::bigint[]) as h (id, lease) using (id, lease)
                            where r.status = 'in_progress' order by r.id for no key update of r)
                        update assistants.runs r set leased_until = now() + $3::bigint * interval '1 ms' from kept
                        where r.id = kept.id returning r.id
                        """,
                        held.stream().map(Hold::run).toArray(String[]::new),
                        held.stream().map(Hold::lease).toArray(Long[]::new),
                        millis)
                .map(rows -> {
                    var kept = new HashSet<String>();
                    rows.forEach(row -> kept.add(row.getString("id")));
                    return kept;
                });
    }

    /** Lets go of a run that is not done, which does not count as an attempt; anybody may take it after so long. */
    Future<Void> release(Hold hold, long delayMillis) {
        return ask("""
            with released as (
                update assistants.runs set status = 'queued', lease = lease + 1, node = null, leased_until = null,
                    ready_at = now() + $3::bigint * interval '1 ms'
                where id = $1 and lease = $2 and status = 'in_progress' returning id)
            select pg_notify('assistants_runs', 'ready') from released
            """, hold.run(), hold.lease(), delayMillis).mapEmpty();
    }

    private Future<RowSet<Row>> ask(String sql, Object... values) {
        return database.pool().preparedQuery(sql).execute(Tuple.from(values));
    }
}
