package io.gotthard.assistants;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.EventData;
import io.gotthard.contracts.EventData.ThreadCreated;
import io.gotthard.contracts.EventData.ThreadUpdated;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.gotthard.kit.Ids;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Transaction;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads, each of which exists for its members only: for everybody else, in other tenants, and under other ids there is the same
 * "no such thread". To be used from a virtual thread.
 */
final class Threads {

    private static final Logger LOG = LoggerFactory.getLogger(Threads.class);

    /** A thread by id, tenant and account. */
    static final String VISIBLE = "select " + ThreadRow.COLUMNS + """
        from assistants.threads t join assistants.members m on m.thread = t.number
        where t.id = $1 and t.tenant = $2 and m.account = $3 and t.deleted_at is null
        """;

    /** Events that are copied while others wait for them. */
    private static final long MOST_COPIED = 100_000;

    private static final int SECONDS = 10;
    private static final Pattern ID = Pattern.compile("thr_[a-z2-7]{24}");

    private final Database database;
    private final Transaction.Settings transactions;

    Threads(Database database) {
        this.database = database;
        this.transactions = ThreadWork.settings(database);
    }

    /** What is said of every thread that somebody may not know of. */
    static Failure unknown() {
        return Refusal.notFound("thread");
    }

    /** @throws Failure 404 if there can't be a thread with this id; it costs nothing to find that out */
    static String checked(String id) {
        if (id == null || !ID.matcher(id).matches()) {
            throw unknown();
        }
        return id;
    }

    /** How operations on threads are done. */
    Transaction.Settings transactions() {
        return transactions;
    }

    /**
     * A thread as a member sees it.
     *
     * @throws Failure 404 if there is none or the caller is no member, 403 if their role does not suffice, 503 if that can't be told
     */
    ThreadRow of(Caller caller, String id, Role atLeast) {
        var rows = database.pool()
                .preparedQuery(VISIBLE)
                .execute(Tuple.of(checked(id), caller.tenant(), caller.account()))
                .timeout(SECONDS, TimeUnit.SECONDS)
                .recover(cause -> {
                    LOG.warn("A thread can't be read: {}", cause.getMessage());
                    return Future.failedFuture(Failure.unavailable(transactions.away()));
                })
                .await();
        if (rows.size() == 0) {
            throw unknown();
        }
        return ThreadRow.of(rows.iterator().next()).require(atLeast);
    }

    /**
     * Makes a thread that belongs to the caller, and to others if they are named.
     *
     * @param call who makes it
     * @param members accounts of the caller's tenant
     * @param first what happened in it so far: messages
     */
    ThreadRow create(
            Call call, String title, JsonObject metadata, Map<String, Role> members, List<? extends EventData> first) {
        return ThreadWork.in(transactions, call, work -> {
            var id = Ids.next("thr");
            var number = insert(work, id, title, metadata);
            var happened = new ArrayList<EventData>();
            happened.add(new ThreadCreated(title, null, null));
            happened.addAll(join(work, number, members));
            happened.addAll(first);
            work.append(number, happened);
            return work.find(id);
        });
    }

    private static long insert(ThreadWork work, String id, String title, JsonObject metadata) {
        var caller = work.caller();
        long number = work.one(
                        "insert into assistants.threads (id, tenant, owner, title, metadata) values ($1, $2, $3, $4,"
                                + " $5) returning number",
                        id,
                        caller.tenant(),
                        caller.account(),
                        title,
                        metadata)
                .getLong("number");
        SearchIndex.title(work, number, caller.account(), title);
        return number;
    }

    private static List<EventData> join(ThreadWork work, long number, Map<String, Role> others) {
        var joined = new ArrayList<EventData>();
        joined.add(Members.put(work, number, work.caller().account(), Role.OWNER));
        others.forEach((account, role) -> {
            if (!account.equals(work.caller().account())) {
                joined.add(Members.put(work, number, account, role));
            }
        });
        return joined;
    }

    /**
     * Changes what the form names; what it does not name stays.
     *
     * @throws Failure 412 if the parameter {@code if-match} names another state than the thread is in
     */
    ThreadRow update(Call call) {
        return ThreadWork.in(transactions, call, work -> {
            var before = work.lock(Role.EDITOR);
            requireMatch(call.parameters().get("if-match"), before.etag());
            var form = new ThreadForm(work.transaction().body());
            var title = form.body().has("title") ? form.title() : before.title();
            var metadata = form.body().has("metadata") ? form.metadata() : before.metadata();
            boolean archived = form.body().flag("archived", before.archived());
            var changed = new ThreadUpdated(
                    title.equals(before.title()) ? null : title,
                    metadata.equals(before.metadata()) ? null : metadata,
                    archived == before.archived() ? null : archived);
            if (changed.title() == null && changed.metadata() == null && changed.archived() == null) {
                return before;
            }
            work.run(
                    "update assistants.threads set title = $2, metadata = $3, archived = $4, version = version + 1"
                            + " where number = $1",
                    before.number(),
                    title,
                    metadata,
                    archived);
            if (changed.title() != null) {
                SearchIndex.title(work, before.number(), before.owner(), title);
            }
            if (changed.archived() != null) {
                work.run("update assistants.members set archived = $2 where thread = $1", before.number(), archived);
            }
            work.append(before.number(), changed);
            return work.find(before.id());
        });
    }

    /** Whether an {@code If-Match} allows a change, as HTTP has it. */
    private static void requireMatch(String wanted, String etag) {
        boolean matches = wanted == null
                || Arrays.stream(wanted.split(","))
                        .map(String::strip)
                        .anyMatch(one -> one.equals("*") || one.equals(etag));
        if (!matches) {
            throw Failure.refused(
                    412, "precondition_failed", "Somebody has changed it meanwhile: get it again, and decide anew.");
        }
    }

    /** Makes it as if it had never been; what it is made of goes in the background. */
    String delete(Call call) {
        return ThreadWork.in(transactions, call, work -> {
            var thread = work.lock(Role.OWNER);
            // First, while the thread is there to be named to who listens.
            work.run("delete from assistants.members where thread = $1", thread.number());
            work.run("update assistants.threads set deleted_at = now() where number = $1", thread.number());
            return thread.id();
        });
    }

    /**
     * Copies a thread up to an event, which is the last one that is copied; its places are those of the original. It belongs to the caller
     * alone.
     *
     * @throws Failure 400 if there is no such event, or too many before it
     */
    ThreadRow fork(Call call) {
        return ThreadWork.in(transactions, call, work -> {
            var original = work.find(checked(call.parameters().get("thread")));
            var body = work.transaction().body();
            long at = body.number("at", original.lastSeq());
            if (at > original.lastSeq()) {
                throw Failure.invalid(
                        "at", "'at' must be the place of an event; the last one is " + original.lastSeq() + ".");
            }
            var title = body.has("title") ? ThreadForm.title(body.text("title")) : original.title();
            var id = Ids.next("thr");
            long number = insert(work, id, title, original.metadata());
            long copied = copy(work, original.number(), number, at);
            work.run("""
                update assistants.threads set forked_from = $2, forked_at = $3, last_seq = $3, first_seq = $4 where number = $1
                """, number, original.id(), at, at - copied + 1);
            var happened = new ArrayList<EventData>();
            happened.add(new ThreadCreated(title, original.id(), at));
            happened.addAll(join(work, number, Map.of()));
            work.append(number, happened);
            return work.find(id);
        });
    }

    /** Each event gets a name of its own: its body begins with the 24 digits of it. */
    private static long copy(ThreadWork work, long from, long to, long at) {
        int copied = work.run("""
            insert into assistants.events (thread, seq, type, display, run, added_at, body)
            select $2, seq, type, display, run, added_at, overlay(body placing substr(md5(gen_random_uuid()::text), 1, 24) from 12 for 24)
            from assistants.events where thread = $1 and seq <= $3 order by seq desc limit $4
            """, from, to, at, MOST_COPIED + 1).rowCount();
        if (copied > MOST_COPIED) {
            throw Failure.invalid("at", "At most " + MOST_COPIED + " events can be copied.");
        }
        return copied;
    }
}
