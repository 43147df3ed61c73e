package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Rule.Level;
import io.gotthard.kit.Database;
import io.gotthard.kit.Fields;
import io.gotthard.kit.Page;
import io.gotthard.kit.Transaction;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.function.Function;

/**
 * One operation in one transaction: what it changes and the rows that tell of it are there together or not at all. Whoever
 * administers {@code service.metering} does so in their own tenant; a system administrator does in all of them, and no other tenant's
 * things exist for anybody else.
 */
final class Work {

    private static final String METERING = "service.metering";

    private final Transaction transaction;

    private Work(Transaction transaction) {
        this.transaction = transaction;
    }

    /** How operations of metering are done. */
    static Transaction.Settings settings(Database database) {
        return new Transaction.Settings(
                database, "What is metered can't be read or changed at the moment.", LedgerRules::broken);
    }

    /**
     * Does the work, and undoes all of it if it throws.
     *
     * @throws Failure what it throws, or what the database's refusal means to who asked
     */
    static Answer in(Transaction.Settings settings, Call call, Function<Work, Answer> operation) {
        return Transaction.in(settings, call, transaction -> operation.apply(new Work(transaction)));
    }

    /** Who asks. */
    Caller caller() {
        return transaction.call().caller();
    }

    /** What is asked for. */
    Call call() {
        return transaction.call();
    }

    /** Whether a caller administers metering, be it of one tenant. */
    static boolean administers(Caller caller) {
        return caller.permissions().allows(Level.ADMIN, METERING);
    }

    /** Whether a caller administers the metering of all tenants. */
    static boolean isSystem(Caller caller) {
        return caller.administrator() && administers(caller);
    }

    /** Whether who asks administers the metering of a tenant, which may be null. */
    boolean administers(String tenant) {
        return isSystem(caller())
                || (administers(caller())
                        && !caller().tenant().isEmpty()
                        && caller().tenant().equals(tenant));
    }

    /** @throws Failure 403 unless who asks administers metering, be it of one tenant */
    void requireAdministrator() {
        if (!administers(caller())) {
            throw Failure.forbidden(
                    "This needs the permission 'gotthard.admin." + METERING + "', which you do not have.");
        }
    }

    /** @throws Failure 403 unless who asks is a system administrator */
    void requireSystem() {
        requireAdministrator();
        if (!isSystem(caller())) {
            throw Failure.forbidden("Only a system administrator may do this.");
        }
    }

    /** The tenant that an administrator's lists are limited to, or null if they are not. */
    String limitedTo() {
        return isSystem(caller()) ? null : caller().tenant();
    }

    /** A path, query or header parameter, or null. */
    String parameter(String name) {
        return transaction.parameter(name);
    }

    /** The request's body. */
    Fields body() {
        return transaction.body();
    }

    /** The page that is asked for. */
    Page page() {
        return transaction.page();
    }

    RowSet<Row> run(String sql, Object... values) {
        return transaction.run(sql, values);
    }

    /** The first row, or null if there is none. */
    Row one(String sql, Object... values) {
        return transaction.one(sql, values);
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
    void changed(String action, String tenant, String object, JsonObject before, JsonObject after) {
        run("""
            insert into metering.changes (account, key_id, tenant, action, object, before, after, request_id)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            """, caller().account(), caller().keyId(), tenant, action, object, before, after, call().requestId());
    }

    static Answer ok(JsonObject body) {
        return Answer.json(body.toBuffer());
    }

    static Answer deleted(String id) {
        return ok(new JsonObject().put("id", id).put("deleted", true));
    }
}
