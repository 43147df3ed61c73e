package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Ids;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;

/** The programs. Each belongs to one tenant, whose administrators look after it. */
final class ServiceAccounts {

    private static final String VISIBLE =
            "select * from accounts.accounts where kind = 'service' and ($1::text is null or tenant = $1)";

    private ServiceAccounts() {}

    static JsonObject json(Row row) {
        return new JsonObject()
                .put("id", row.getString("id"))
                .put("tenant", row.getString("tenant"))
                .put("name", row.getString("name"))
                .put("administrator", row.getBoolean("administrator"))
                .put("active", row.getBoolean("active"))
                .put("created_at", Times.text(row, "created_at"));
    }

    static Answer list(Work work) {
        work.actor().requireManager();
        var page = work.page();
        var rows = work.run(
                VISIBLE + " and id > $2 order by id limit $3", work.actor().limitedTo(), page.after(), page.rows());
        return Work.ok(page.json(rows, ServiceAccounts::json));
    }

    static Answer get(Work work) {
        work.actor().requireManager();
        return Work.ok(json(find(work)));
    }

    private static Row find(Work work) {
        var row = work.one(VISIBLE + " and id = $2", work.actor().limitedTo(), work.parameter("account"));
        if (row == null) {
            throw Refusal.notFound("service account");
        }
        return row;
    }

    static Answer create(Work work) {
        work.actor().requireManager();
        var tenant = Tenants.given(work);
        if (tenant == null) {
            throw Failure.invalid("tenant", "A service account belongs to a tenant: 'tenant' is missing.");
        }
        var account = json(work.one("""
            insert into accounts.accounts (id, kind, name, tenant) values ($1, 'service', $2, $3) returning *
            """, Ids.next("svc"), work.body().name("name"), tenant));
        var id = account.getString("id");
        work.run("insert into accounts.memberships (account, tenant) values ($1, $2)", id, tenant);
        work.audit("createServiceAccount", tenant, id, null, account);
        return Work.ok(account);
    }

    static Answer update(Work work) {
        work.actor().requireManager();
        var before = find(work);
        requireEqual(work, before);
        var body = work.body();
        var after = json(work.one(
                "update accounts.accounts set name = $2, active = $3 where id = $1 returning *",
                before.getString("id"),
                body.has("name") ? body.name("name") : before.getString("name"),
                body.flag("active", before.getBoolean("active"))));
        work.audit("updateServiceAccount", after.getString("tenant"), after.getString("id"), json(before), after);
        return Work.ok(after);
    }

    static Answer delete(Work work) {
        work.actor().requireManager();
        var row = find(work);
        requireEqual(work, row);
        var account = json(row);
        work.run("delete from accounts.accounts where id = $1", account.getString("id"));
        work.audit("deleteServiceAccount", account.getString("tenant"), account.getString("id"), account, null);
        return Work.deleted(account.getString("id"));
    }

    private static void requireEqual(Work work, Row account) {
        if (account.getBoolean("administrator")) {
            work.actor().requireCovers(Permissions.ALL);
        }
    }
}
