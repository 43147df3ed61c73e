package io.gotthard.assistants;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes away what is not to stay: the events of deleted threads, and those that are older than the retention. In small pieces, one after
 * the other and on one node at a time, so that nobody else has to wait for it.
 */
final class LogKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(LogKeeper.class);
    private static final int PIECE = 2000;
    private static final int THREADS = 200;

    private final Database database;
    private final Duration retention;
    private final AtomicBoolean sweeping = new AtomicBoolean();
    private volatile boolean closed;

    LogKeeper(Database database, Duration retention) {
        this.database = database;
        this.retention = retention;
    }

    /** Takes all of it away; does nothing if the last sweep is still at it. */
    Future<Void> sweep() {
        if (closed || !sweeping.compareAndSet(false, true)) {
            return Future.succeededFuture();
        }
        return purge().compose(purged -> retention.isZero()
                        ? Future.succeededFuture()
                        : expire(OffsetDateTime.now(ZoneOffset.UTC).minus(retention), 0))
                .compose(expired -> writers())
                .onFailure(failure -> LOG.warn("Events that are to go stay for now: {}", failure.getMessage()))
                .onComplete(done -> sweeping.set(false));
    }

    private Future<Void> purge() {
        return number("select assistants.purge($1)", Tuple.of(PIECE))
                .compose(gone -> gone == null || gone == 0 || closed ? Future.succeededFuture() : purge());
    }

    private Future<Void> expire(OffsetDateTime before, long after) {
        return number("select assistants.expire($1, $2, $3, $4)", Tuple.of(before, after, THREADS, PIECE))
                .compose(last -> last == null || closed ? Future.succeededFuture() : expire(before, last));
    }

    /** Forgets processes that have not written for a day. Who does again begins anew. */
    private Future<Void> writers() {
        return database.pool()
                .query("delete from assistants.writers where written_at < now() - interval '1 day'")
                .execute()
                .mapEmpty();
    }

    private Future<Long> number(String sql, Tuple parameters) {
        return database.pool()
                .preparedQuery(sql)
                .execute(parameters)
                .map(rows -> rows.iterator().next().getLong(0));
    }

    void close() {
        closed = true;
    }
}
