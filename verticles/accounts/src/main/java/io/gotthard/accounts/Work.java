package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.kit.Database;
import io.gotthard.kit.Fields;
import io.gotthard.kit.Page;
import io.gotthard.kit.Transaction;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.function.Function;

/** One operation in one transaction: what it changes and the audit rows that tell of it are there together or not at all. */
final class Work {

    private final Transaction transaction;
    private final Actor actor;

    private Work(Transaction transaction) {
        this.transaction = transaction;
        var caller = transaction.call().caller();
        var known = one("select administrator from accounts.accounts where id = $1 and active", caller.account());
        this.actor = Actor.of(caller, known != null && known.getBoolean("administrator"));
    }

    /** How operations on accounts are done. */
    static Transaction.Settings settings(Database database) {
        return new Transaction.Settings(
                database, "Accounts can't be read or changed at the moment.", AccountRules::broken);
    }

    /**
     * Does the work, and undoes all of it if it throws.
     *
     * @throws io.gotthard.contracts.Failure what it throws, or what the database's refusal means to who asked
     */
    static Answer in(Transaction.Settings settings, Call call, Function<Work, Answer> operation) {
        return Transaction.in(settings, call, transaction -> operation.apply(new Work(transaction)));
    }

    Actor actor() {
        return actor;
    }

    /** A path or query parameter, or null. */
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

    /** The only row, or null if there is none. */
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
                transaction.call().address(),
                transaction.call().requestId());
    }

    static Answer ok(JsonObject body) {
        return Answer.json(body.toBuffer());
    }

    static Answer deleted(String id) {
        return ok(new JsonObject().put("id", id).put("deleted", true));
    }
}
