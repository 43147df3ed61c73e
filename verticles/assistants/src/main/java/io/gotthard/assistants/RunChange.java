package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.gotthard.kit.Refusal;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One change of runs together with what the log says of it: both are there or neither. To be used on a virtual thread. It locks the thread
 * first; who locks runs in it does that in the order of their ids, so that nobody waits in a circle.
 */
final class RunChange {

    /** Where nodes tell each other of runs: {@code ready}, or {@code changed} with the id of one. */
    static final String CHANNEL = "assistants_runs";

    private static final Logger LOG = LoggerFactory.getLogger(RunChange.class);
    private static final String LIMITS = "set local statement_timeout = 10000; set local lock_timeout = 5000";

    /** A deadlock with somebody who locks otherwise, or a serialization failure: the same again may well work. */
    private static final Set<String> PASSING = Set.of("40P01", "40001");

    private static final int ATTEMPTS = 3;

    private final SqlConnection connection;
    private final long thread;

    private RunChange(SqlConnection connection, long thread) {
        this.connection = connection;
        this.thread = thread;
    }

    /**
     * Makes a change, and undoes all of it if it throws.
     *
     * @throws Failure 404 if the thread is gone, 503 if the database is away
     */
    static <T> T in(Database database, long thread, Function<RunChange, T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return once(database, thread, work);
            } catch (PgException e) {
                if (attempt == ATTEMPTS || !PASSING.contains(e.getSqlState())) {
                    throw e;
                }
                LOG.debug("A change of thread {} is made again", thread, e);
            }
        }
    }

    private static <T> T once(Database database, long thread, Function<RunChange, T> work) {
        var connection = connection(database);
        try {
            var transaction = connection.begin().await();
            try {
                connection.query(LIMITS).execute().await();
                var change = new RunChange(connection, thread);
                change.lock();
                var result = work.apply(change);
                transaction.commit().await();
                return result;
            } catch (Throwable e) {
                // Waiting for a future throws what made it fail, be it checked or not.
                transaction.rollback().otherwiseEmpty().await();
                throw e;
            }
        } finally {
            connection.close().otherwiseEmpty().await();
        }
    }

    /** @throws Failure 503 */
    private static SqlConnection connection(Database database) {
        return database.pool()
                .getConnection()
                .recover(cause -> {
                    LOG.warn("The database can't be reached: {}", cause.getMessage());
                    return Future.failedFuture(Failure.unavailable("Runs can't be changed at the moment."));
                })
                .await();
    }

    private void lock() {
        var found = run(
                "select from assistants.threads where number = $1 and deleted_at is null for no key update", thread);
        if (found.size() == 0) {
            throw Refusal.notFound("thread");
        }
    }

    /** Runs a prepared statement, and waits for it. */
    RowSet<Row> run(String sql, Object... values) {
        return connection.preparedQuery(sql).execute(Tuple.from(values)).await();
    }

    /** The first row, or null if there is none. */
    Row one(String sql, Object... values) {
        var rows = run(sql, values);
        return rows.size() == 0 ? null : rows.iterator().next();
    }

    /** Locks runs of the thread, in the order of their ids. */
    void lockRuns(String... ids) {
        run("select from assistants.runs where id = any ($1) order by id for no key update", (Object) ids);
    }

    /**
     * Checks that the run, which is locked by now, is still held.
     *
     * @throws Fenced if it is not
     */
    void require(Hold hold) {
        var held = run(
                "select from assistants.runs where id = $1 and lease = $2 and status = 'in_progress'",
                hold.run(),
                hold.lease());
        if (held.size() == 0) {
            throw new Fenced(hold.run());
        }
    }

    /** Writes into the log, and returns the place of the first event. */
    long append(List<Draft> drafts) {
        return one(
                        "select assistants.tell($1, $2, $3, $4, $5) as first",
                        thread,
                        drafts.stream().map(draft -> draft.data().type()).toArray(String[]::new),
                        drafts.stream().map(Draft::display).toArray(String[]::new),
                        drafts.stream().map(Draft::run).toArray(String[]::new),
                        drafts.stream().map(draft -> new Unplaced(draft).body()).toArray(String[]::new))
                .getLong("first");
    }

    /** Lets a run go on that may be waiting for what came. */
    void wake(String run) {
        run("""
            update assistants.runs set woken = true,
                ready_at = case when status = 'requires_action' then now() else ready_at end,
                status = case when status = 'requires_action' then 'queued' else status end,
                deadline = case when status = 'requires_action' then coalesce(deadline, now() + left_ms * interval '1 ms') else deadline end
            where id = $1 and status in ('queued', 'in_progress', 'requires_action')
            """, run);
        tell("ready");
        changed(run);
    }

    /** Tells all nodes that a run is not what it was. */
    void changed(String run) {
        tell("changed " + run);
    }

    /** Tells all nodes that there is something to do. */
    void ready() {
        tell("ready");
    }

    private void tell(String text) {
        run("select pg_notify('" + CHANNEL + "', $1)", text);
    }
}
