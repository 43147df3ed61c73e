package io.gotthard.kit;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One operation in one transaction: all that it changes is there together or not at all. To be used from a virtual thread, which
 * waits for the database; nobody waits longer than 10 seconds for one statement, nor than 5 for others who change the same.
 */
public final class Transaction {

    private static final Logger LOG = LoggerFactory.getLogger(Transaction.class);
    private static final String LIMITS = "set local statement_timeout = 10000; set local lock_timeout = 5000";

    private final SqlConnection connection;
    private final Call call;

    private Transaction(SqlConnection connection, Call call) {
        this.connection = connection;
        this.call = call;
    }

    /**
     * What the operations of a verticle have in common.
     *
     * @param database where its schema is
     * @param away what a client is told with the status 503 if no connection can be had
     * @param refusals what the refusals of its own constraints and triggers mean, or null for any other
     */
    public record Settings(Database database, String away, Function<PgException, Failure> refusals) {}

    /**
     * Does the work, and undoes all of it if it throws.
     *
     * @throws Failure what it throws, or what the database's refusal means to who asked
     */
    public static <T> T in(Settings settings, Call call, Function<Transaction, T> operation) {
        var connection = settings.database()
                .pool()
                .getConnection()
                .recover(cause -> unreachable(settings, cause))
                .await();
        try {
            var transaction = connection.begin().await();
            try {
                connection.query(LIMITS).execute().await();
                var answer = operation.apply(new Transaction(connection, call));
                transaction.commit().await();
                return answer;
            } catch (RuntimeException e) {
                // If the connection is lost there is nothing left to roll back, and the first cause is the better one.
                transaction.rollback().otherwiseEmpty().await();
                throw Refusal.of(e, settings.refusals());
            }
        } finally {
            connection.close().otherwiseEmpty().await();
        }
    }

    private static Future<SqlConnection> unreachable(Settings settings, Throwable cause) {
        LOG.warn("The database can't be reached: {}", cause.getMessage());
        return Future.failedFuture(Failure.unavailable(settings.away()));
    }

    /** What is asked for. */
    public Call call() {
        return call;
    }

    /** A path, query or header parameter, or null. */
    public String parameter(String name) {
        return call.parameters().get(name);
    }

    /** The request's body; without fields if it has none. */
    public Fields body() {
        return new Fields(call.body() == null ? Map.of() : call.body().fields());
    }

    /** The page that is asked for. */
    public Page page() {
        return Page.of(call);
    }

    /** Runs a prepared statement, and waits for it. */
    public RowSet<Row> run(String sql, Object... values) {
        return connection.preparedQuery(sql).execute(Tuple.from(values)).await();
    }

    /** The first row, or null if there is none. */
    public Row one(String sql, Object... values) {
        var rows = run(sql, values);
        return rows.size() == 0 ? null : rows.iterator().next();
    }
}
