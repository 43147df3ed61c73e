package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Ids;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;

/**
 * The people. They belong to no tenant alone, so only system administrators change them; who administers a tenant sees its
 * members.
 */
final class Users {

    private static final String VISIBLE = """
        select a.* from accounts.accounts a where a.kind = 'user' and ($1::text is null
            or exists (select from accounts.memberships m where m.account = a.id and m.tenant = $1))
        """;

    private Users() {}

    static JsonObject json(Row row) {
        return new JsonObject()
                .put("id", row.getString("id"))
                .put("email", row.getString("email"))
                .put("name", row.getString("name"))
                .put("administrator", row.getBoolean("administrator"))
                .put("active", row.getBoolean("active"))
                .put("created_at", Times.text(row, "created_at"));
    }

    static Answer list(Work work) {
        work.actor().requireManager();
        var page = work.page();
        var rows = work.run(
                VISIBLE + " and id > $2 and ($3::text is null or lower(email) = lower($3)) order by id limit $4",
                work.actor().limitedTo(),
                page.after(),
                work.parameter("email"),
                page.rows());
        return Work.ok(page.json(rows, Users::json));
    }

    static Answer get(Work work) {
        work.actor().requireManager();
        return Work.ok(json(find(work)));
    }

    private static Row find(Work work) {
        var row = work.one(VISIBLE + " and id = $2", work.actor().limitedTo(), work.parameter("user"));
        if (row == null) {
            throw Refusal.notFound("user");
        }
        return row;
    }

    static Answer create(Work work) {
        work.actor().requireSystem();
        var body = work.body();
        boolean administrator = body.flag("administrator", false);
        if (administrator) {
            work.actor().requireCovers(Permissions.ALL);
        }
        var user = json(work.one("""
            insert into accounts.accounts (id, kind, email, name, administrator)
            values ($1, 'user', $2, $3, $4) returning *
            """, Ids.next("usr"), body.email("email"), body.name("name"), administrator));
        work.audit("createUser", null, user.getString("id"), null, user);
        return Work.ok(user);
    }

    static Answer update(Work work) {
        work.actor().requireSystem();
        var before = find(work);
        var body = work.body();
        boolean administrator = body.flag("administrator", before.getBoolean("administrator"));
        if (administrator) {
            // Also an administrator's address and name: they decide who it is that logs in.
            work.actor().requireCovers(Permissions.ALL);
        }
        var after = json(work.one(
                """
                update accounts.accounts set email = $2, name = $3, administrator = $4, active = $5
                where id = $1 returning *
                """,
                before.getString("id"),
                body.has("email") ? body.email("email") : before.getString("email"),
                body.has("name") ? body.name("name") : before.getString("name"),
                administrator,
                body.flag("active", before.getBoolean("active"))));
        work.audit("updateUser", null, after.getString("id"), json(before), after);
        return Work.ok(after);
    }

    static Answer delete(Work work) {
        work.actor().requireSystem();
        var user = json(find(work));
        work.run("delete from accounts.accounts where id = $1", user.getString("id"));
        work.audit("deleteUser", null, user.getString("id"), user, null);
        return Work.deleted(user.getString("id"));
    }
}
