package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One operation in one transaction: what it changes and the audit rows that tell of it are there together or not at all. To be
 * used from a virtual thread, which waits for the database.
 */
final class Work {

    private static final Logger LOG = LoggerFactory.getLogger(Work.class);

    /** Nobody waits longer for the database, nor for others who change the same. */
    private static final String LIMITS = "set local statement_timeout = 10000; set local lock_timeout = 5000";

    private final SqlConnection connection;
    private final Call call;
    private final Actor actor;

    private Work(SqlConnection connection, Call call) {
        this.connection = connection;
        this.call = call;
        var known = one(
                "select administrator from accounts.accounts where id = $1 and active",
                call.caller().account());
        this.actor = Actor.of(call.caller(), known != null && known.getBoolean("administrator"));
    }

    /**
     * Does the work, and undoes all of it if it throws.
     *
     * @throws Failure what it throws, or what the database's refusal means to who asked
     */
    static Answer in(Database database, Call call, Function<Work, Answer> operation) {
        var connection =
                database.pool().getConnection().recover(Work::unreachable).await();
        try {
            var transaction = connection.begin().await();
            try {
                connection.query(LIMITS).execute().await();
                var answer = operation.apply(new Work(connection, call));
                transaction.commit().await();
                return answer;
            } catch (RuntimeException e) {
                // If the connection is lost there is nothing left to roll back, and the first cause is the better one.
                transaction.rollback().otherwiseEmpty().await();
                throw Refusal.of(e);
            }
        } finally {
            connection.close().otherwiseEmpty().await();
        }
    }

    private static Future<SqlConnection> unreachable(Throwable cause) {
        LOG.warn("The database can't be reached: {}", cause.getMessage());
        return Future.failedFuture(Failure.unavailable("Accounts can't be read or changed at the moment."));
    }

    Actor actor() {
        return actor;
    }

    /** A path or query parameter, or null. */
    String parameter(String name) {
        return call.parameters().get(name);
    }

    /** The request's body. */
    Fields body() {
        return new Fields(call.body() == null ? Map.of() : call.body().fields());
    }

    RowSet<Row> run(String sql, Object... values) {
        return connection.preparedQuery(sql).execute(Tuple.from(values)).await();
    }

    /** The only row, or null if there is none. */
    Row one(String sql, Object... values) {
        var rows = run(sql, values);
        return rows.size() == 0 ? null : rows.iterator().next();
    }

    /**
     * Writes down what is done.
     *
     * @param action the operation's id
     * @param tenant the tenant whose administrators may read it, or null for system administrators only
     * @param object the id of what is changed
     * @param before what it was, as clients see it, or null if it is new
     * @param after what it is, or null if it is gone
     */
    void audit(String action, String tenant, String object, JsonObject before, JsonObject after) {
        run(
                """
                insert into accounts.audit (account, key_id, tenant, action, object, before, after, address, request_id)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """,
                actor.account(),
                actor.keyId(),
                tenant,
                action,
                object,
                before,
                after,
                call.address(),
                call.requestId());
    }

    static Answer ok(JsonObject body) {
        return Answer.json(body.toBuffer());
    }

    static Answer deleted(String id) {
        return ok(new JsonObject().put("id", id).put("deleted", true));
    }
}
