package io.gotthard.realtime;

import io.gotthard.contracts.Caller;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;

/** Which of our threads somebody's front end means by a name of its own, at any node. What is not used for 90 days is forgotten. */
final class AgUiThreads {

    private final Database database;

    AgUiThreads(Database database) {
        this.database = database;
    }

    /** The thread's id, or null. */
    Future<String> find(Caller caller, String name) {
        return database.pool()
                .preparedQuery("""
                    update realtime.ag_ui_threads set used_at = now() where account = $1 and tenant = $2 and name = $3 returning thread
                    """)
                .execute(Tuple.of(caller.account(), caller.tenant(), name))
                .map(rows -> rows.size() == 0 ? null : rows.iterator().next().getString("thread"));
    }

    /** From now on the name means this thread. */
    Future<Void> remember(Caller caller, String name, String thread) {
        return database.pool()
                .preparedQuery("""
                    insert into realtime.ag_ui_threads (account, tenant, name, thread) values ($1, $2, $3, $4)
                    on conflict (account, tenant, name) do update set thread = excluded.thread, used_at = now()
                    """)
                .execute(Tuple.of(caller.account(), caller.tenant(), name, thread))
                .mapEmpty();
    }

    /** Forgets those that nobody used for long. */
    Future<Void> sweep() {
        return database.pool()
                .query("delete from realtime.ag_ui_threads where used_at < now() - interval '90 days'")
                .execute()
                .mapEmpty();
    }
}
