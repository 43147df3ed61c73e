package io.gotthard.accounts;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down which keys are used, in batches, and each key at most once a minute on all nodes together. The router asks for a
 * key that is in use about once a minute, so this is right to a minute or two.
 */
final class LastUsed {

    private static final Logger LOG = LoggerFactory.getLogger(LastUsed.class);
    private static final long BATCH_MILLIS = 2_000;

    private final Vertx vertx;
    private final Database database;
    private final long timer;
    private Set<String> used = new HashSet<>();

    LastUsed(Vertx vertx, Database database) {
        this.vertx = vertx;
        this.database = database;
        this.timer = vertx.setPeriodic(BATCH_MILLIS, due -> write());
    }

    void add(String keyId) {
        used.add(keyId);
    }

    private Future<?> write() {
        if (used.isEmpty()) {
            return Future.succeededFuture();
        }
        var ids = used.toArray(String[]::new);
        used = new HashSet<>();
        return database.pool()
                .preparedQuery("""
                    update accounts.api_keys set last_used_at = now()
                    where id = any ($1) and (last_used_at is null or last_used_at < now() - interval '1 minute')
                    """)
                .execute(Tuple.of(ids))
                .onFailure(cause -> LOG.warn("It is not written down which keys are used: {}", cause.getMessage()));
    }

    /** Writes what is still to be written. */
    Future<?> close() {
        vertx.cancelTimer(timer);
        return write().timeout(2, TimeUnit.SECONDS).otherwiseEmpty();
    }
}
