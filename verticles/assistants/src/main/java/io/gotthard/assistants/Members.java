package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.EventData;
import io.gotthard.contracts.EventData.MemberAdded;
import io.gotthard.contracts.EventData.MemberRemoved;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.Map;

/**
 * Who belongs to a thread. A member sees the others, owners say who there is, and everybody may leave, but for the last owner. To be used
 * from a virtual thread.
 */
final class Members {

    private final Threads threads;
    private final Bus bus;

    Members(Threads threads, Bus bus) {
        this.threads = threads;
        this.bus = bus;
    }

    /**
     * Asks accounts whether somebody can belong to the caller's threads.
     *
     * @throws Failure 404 if there is no active account of this id in the caller's tenant
     */
    void requireAccount(Call call, String account) {
        var parameters = Map.of("account", account, "tenant", call.caller().tenant());
        bus.ask("accounts.checkMember", new Call(bus.nextId(), call.requestId(), Caller.NOBODY, parameters, null))
                .next()
                .await();
    }

    private static JsonObject json(Row row) {
        return new JsonObject()
                .put("id", row.getString("account"))
                .put("role", row.getString("role"))
                .put("added_at", Times.text(row, "added_at"));
    }

    /** Writes that somebody belongs to a thread, and returns the event that tells of it. */
    static EventData put(ThreadWork work, long thread, String account, Role role) {
        work.run("""
            insert into assistants.members (thread, account, role) values ($1, $2, $3)
            on conflict (thread, account) do update set role = excluded.role
            """, thread, account, role.text());
        return new MemberAdded(account, role.text());
    }

    private static Row find(ThreadWork work, long thread, String account) {
        return work.one(
                "select account, role, added_at from assistants.members where thread = $1 and account = $2",
                thread,
                account);
    }

    /** {@code GET /api/v1/threads/{thread}/members}: all of them, because there are not many. */
    JsonObject list(Call call) {
        return ThreadWork.in(threads.transactions(), call, work -> {
            var thread = work.find(Threads.checked(call.parameters().get("thread")));
            var page = work.transaction().page();
            var rows = work.run("""
                select account, role, added_at from assistants.members
                where thread = $1 and account > $2 order by account limit $3
                """, thread.number(), page.after(), page.rows());
            return page.json(rows, Members::json);
        });
    }

    /** {@code PUT /api/v1/threads/{thread}/members/{account}}. */
    JsonObject put(Call call) {
        var account = call.parameters().get("account");
        // Who may not do it is not told who there is.
        threads.of(call.caller(), call.parameters().get("thread"), Role.OWNER);
        requireAccount(call, account);
        return ThreadWork.in(threads.transactions(), call, work -> {
            var thread = work.lock(Role.OWNER);
            var role = ThreadForm.role(work.transaction().body());
            var before = find(work, thread.number(), account);
            if (before == null) {
                requireRoom(work, thread.number());
            } else if (before.getString("role").equals(role.text())) {
                return json(before);
            } else {
                requireAnotherOwner(work, thread.number(), before);
            }
            work.append(thread.number(), put(work, thread.number(), account, role));
            return json(find(work, thread.number(), account));
        });
    }

    /** {@code DELETE /api/v1/threads/{thread}/members/{account}}. */
    String remove(Call call) {
        return ThreadWork.in(threads.transactions(), call, work -> {
            var account = call.parameters().get("account");
            var leaves = account.equals(work.caller().account());
            var thread = work.lock(leaves ? Role.READER : Role.OWNER);
            var member = find(work, thread.number(), account);
            if (member == null) {
                throw Refusal.notFound("member");
            }
            requireAnotherOwner(work, thread.number(), member);
            work.run("delete from assistants.members where thread = $1 and account = $2", thread.number(), account);
            work.append(thread.number(), new MemberRemoved(account));
            return account;
        });
    }

    private static void requireRoom(ThreadWork work, long thread) {
        var count = work.one("select count(*) as count from assistants.members where thread = $1", thread);
        if (count.getLong("count") >= ThreadForm.MOST_MEMBERS) {
            throw Refusal.conflict("too_many_members", "A thread has at most " + ThreadForm.MOST_MEMBERS + " members.");
        }
    }

    private static void requireAnotherOwner(ThreadWork work, long thread, Row member) {
        if (Role.of(member.getString("role")) != Role.OWNER) {
            return;
        }
        var other = work.one(
                "select from assistants.members where thread = $1 and account <> $2 and role = 'owner' limit 1",
                thread,
                member.getString("account"));
        if (other == null) {
            throw Refusal.conflict(
                    "last_owner", "A thread has an owner; this is the last one. Delete it, or give it to another.");
        }
    }
}
