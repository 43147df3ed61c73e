package io.gotthard.assistants;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.EventData;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.gotthard.kit.Ids;
import io.gotthard.kit.Transaction;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What is done to threads in one transaction: the change and the events that tell of it are there together or not at all, and events
 * are in the order of the changes.
 */
final class ThreadWork {

    private final Transaction transaction;

    private ThreadWork(Transaction transaction) {
        this.transaction = transaction;
    }

    /** How operations on threads are done. */
    static Transaction.Settings settings(Database database) {
        return new Transaction.Settings(database, "Threads can't be read or changed at the moment.", cause -> null);
    }

    /**
     * Does the work, and undoes all of it if it throws.
     *
     * @throws Failure what it throws, or what the database's refusal means to who asked
     */
    static <T> T in(Transaction.Settings settings, Call call, Function<ThreadWork, T> operation) {
        return Transaction.in(settings, call, transaction -> operation.apply(new ThreadWork(transaction)));
    }

    Caller caller() {
        return transaction.call().caller();
    }

    /** The transaction itself. */
    Transaction transaction() {
        return transaction;
    }

    /**
     * The thread that the call names, which nobody else changes until this is done.
     *
     * @throws Failure 404 if there is none or the caller is no member, 403 if their role does not suffice
     */
    ThreadRow lock(Role atLeast) {
        var id = Threads.checked(transaction.parameter("thread"));
        // What is read in the same statement would be as old as its begin, and not as the end of the waiting.
        run("select from assistants.threads where id = $1 and tenant = $2 for no key update", id, caller().tenant());
        return find(id).require(atLeast);
    }

    /** The thread as the caller sees it. */
    ThreadRow find(String id) {
        var row = one(Threads.VISIBLE, id, caller().tenant(), caller().account());
        if (row == null) {
            throw Threads.unknown();
        }
        return ThreadRow.of(row);
    }

    /** Writes what happened, done by the caller. */
    void append(long thread, EventData... happened) {
        append(thread, List.of(happened));
    }

    /**
     * Writes what happened, done by the caller. It is what {@link EventLog#append} does, but in this transaction, which has locked the
     * thread: as a writer who writes once.
     */
    void append(long thread, List<? extends EventData> happened) {
        var events = happened.stream()
                .map(data -> new Unplaced(new Draft(data, null, null, caller().account())))
                .toList();
        var writer = Ids.next("once");
        int count = events.size();
        run(
                "select assistants.append($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                writer,
                new Long[] {thread},
                new String[] {null},
                new Long[] {null},
                new String[] {null},
                new Integer[] {count},
                IntStream.range(0, count).mapToObj(i -> 1).toArray(Integer[]::new),
                IntStream.range(0, count).boxed().toArray(Integer[]::new),
                events.stream().map(Unplaced::type).toArray(String[]::new),
                new String[count],
                new String[count],
                events.stream().map(Unplaced::body).toArray(String[]::new));
        run("delete from assistants.writers where id = $1", writer);
    }

    RowSet<Row> run(String sql, Object... values) {
        return transaction.run(sql, values);
    }

    /** The first row, or null if there is none. */
    Row one(String sql, Object... values) {
        return transaction.one(sql, values);
    }
}
