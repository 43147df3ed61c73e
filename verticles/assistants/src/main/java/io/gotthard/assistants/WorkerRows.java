package io.gotthard.assistants;

import io.gotthard.kit.Database;
import io.gotthard.kit.Ids;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.TimeUnit;

/** The table of workers: who is connected to which node. */
final class WorkerRows {

    /** How long a worker is believed to live since its node last said so. */
    static final long ALIVE_MILLIS = 3_500;

    private static final long PATIENCE_SECONDS = 2;

    private final Database database;
    /** Names this process; a node that comes back is another one. */
    private final String node = Ids.next("node");

    WorkerRows(Database database) {
        this.database = database;
    }

    String node() {
        return node;
    }

    /** All nodes know of it when this is done, or some milliseconds later. */
    Future<Void> add(Worker worker) {
        return database.pool()
                .preparedQuery("""
                    insert into assistants.workers (id, tenant, class, account, node, announcement, alive_until)
                    values ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 millisecond')
                    """)
                .execute(Tuple.tuple()
                        .addString(worker.id())
                        .addString(worker.agentClass().tenant())
                        .addString(worker.agentClass().name())
                        .addString(worker.account())
                        .addString(node)
                        .addJsonObject(worker.agentClass().json())
                        .addLong(ALIVE_MILLIS))
                .mapEmpty();
    }

    Future<Void> remove(String worker) {
        return database.pool()
                .preparedQuery("delete from assistants.workers where id = $1")
                .execute(Tuple.of(worker))
                .mapEmpty();
    }

    /** Says that all of this node's live, and takes away those whose node is gone. */
    Future<Void> renew() {
        return database.pool()
                .preparedQuery("""
                    with mine as (
                        update assistants.workers set alive_until = now() + $2 * interval '1 millisecond' where node = $1)
                    delete from assistants.workers where node <> $1 and alive_until < now() - interval '10 seconds'
                    """)
                .execute(Tuple.of(node, ALIVE_MILLIS))
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .mapEmpty();
    }

    /** Those that live, in the order in which they were announced. */
    Future<RowSet<Row>> live() {
        return database.pool().query("""
            select tenant, class, node, announcement, (extract(epoch from alive_until - now()) * 1000)::bigint as left_ms
            from assistants.workers where alive_until > now() order by announced_at
            """).execute().timeout(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
