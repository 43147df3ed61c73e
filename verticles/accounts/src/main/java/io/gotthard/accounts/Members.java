package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.List;

/**
 * Who belongs to which tenant, and has which roles there. People are added by system administrators only: nobody else may
 * know that they exist.
 */
final class Members {

    private static final String MEMBERS = """
        select a.*, m.created_at as since, (select coalesce(array_agg(r.role order by r.role), '{}')
            from accounts.role_assignments r where r.account = a.id and r.tenant = m.tenant) as roles
        from accounts.memberships m join accounts.accounts a on a.id = m.account where m.tenant = $1
        """;

    private Members() {}

    private static JsonObject json(Row row) {
        return new JsonObject()
                .put("id", row.getString("id"))
                .put("kind", row.getString("kind"))
                .put("email", row.getString("email"))
                .put("name", row.getString("name"))
                .put("active", row.getBoolean("active"))
                .put("since", Times.text(row, "since"))
                .put("roles", new JsonArray(Grant.list(row, "roles")));
    }

    static Answer list(Work work) {
        var tenant = tenant(work);
        var page = work.page();
        var rows = work.run(MEMBERS + " and a.id > $2 order by a.id limit $3", tenant, page.after(), page.rows());
        return Work.ok(page.json(rows, Members::json));
    }

    /** For other verticles, who have checked who asks: whether an account can act in a tenant, or without one if that is empty. */
    static Answer check(Work work) {
        var tenant = work.parameter("tenant");
        var account = work.one("""
            select id, kind, name from accounts.accounts a where id = $1 and active and case when $2 = '' then administrator
                else exists (select from accounts.memberships m where m.account = a.id and m.tenant = $2) end
            """, work.parameter("account"), tenant);
        if (account == null) {
            throw Refusal.notFound("account");
        }
        return Work.ok(new JsonObject()
                .put("id", account.getString("id"))
                .put("kind", account.getString("kind"))
                .put("name", account.getString("name")));
    }

    private static String tenant(Work work) {
        work.actor().requireManager();
        var tenant = work.parameter("tenant");
        Tenants.requireManaged(work, tenant);
        return tenant;
    }

    private static JsonObject find(Work work, String tenant, String account) {
        var row = work.one(MEMBERS + " and a.id = $2", tenant, account);
        return row == null ? null : json(row);
    }

    private static JsonObject require(Work work, String tenant, String account) {
        var member = find(work, tenant, account);
        if (member == null) {
            throw Refusal.notFound("member");
        }
        return member;
    }

    static Answer add(Work work) {
        work.actor().requireSystem();
        var tenant = tenant(work);
        var account = work.parameter("account");
        var known = work.one("select kind, tenant from accounts.accounts where id = $1", account);
        if (known == null) {
            throw Refusal.notFound("account");
        }
        if (known.getString("kind").equals("service") && !tenant.equals(known.getString("tenant"))) {
            throw Failure.invalid("account", "A service account belongs to one tenant only.");
        }
        var before = find(work, tenant, account);
        if (before != null) {
            return Work.ok(before);
        }
        work.run(
                "insert into accounts.memberships (account, tenant) values ($1, $2) on conflict do nothing",
                account,
                tenant);
        var after = require(work, tenant, account);
        work.audit("addMember", tenant, account, null, after);
        return Work.ok(after);
    }

    static Answer remove(Work work) {
        var tenant = tenant(work);
        var account = work.parameter("account");
        var member = require(work, tenant, account);
        work.run("delete from accounts.memberships where account = $1 and tenant = $2", account, tenant);
        work.audit("removeMember", tenant, account, member, null);
        return Work.deleted(account);
    }

    static Answer assign(Work work) {
        var tenant = tenant(work);
        var account = work.parameter("account");
        var role = role(work, tenant);
        var before = require(work, tenant, account);
        work.actor().requireCovers(Permissions.of(List.of(rulesOf(work, role))));
        work.run(
                "insert into accounts.role_assignments (account, tenant, role) values ($1, $2, $3) on conflict do"
                        + " nothing",
                account,
                tenant,
                role);
        return changed(work, "assignRole", tenant, before);
    }

    static Answer unassign(Work work) {
        var tenant = tenant(work);
        var account = work.parameter("account");
        var before = require(work, tenant, account);
        work.run(
                "delete from accounts.role_assignments where account = $1 and tenant = $2 and role = $3",
                account,
                tenant,
                role(work, tenant));
        return changed(work, "unassignRole", tenant, before);
    }

    private static Answer changed(Work work, String action, String tenant, JsonObject before) {
        var after = require(work, tenant, before.getString("id"));
        if (!after.equals(before)) {
            work.audit(action, tenant, before.getString("id"), before, after);
        }
        return Work.ok(after);
    }

    /** One of the tenant's, or one for all tenants, kept from being changed until this is done. */
    private static String role(Work work, String tenant) {
        var row = work.one(
                "select id from accounts.roles where id = $1 and (tenant is null or tenant = $2) for share",
                work.parameter("role"),
                tenant);
        if (row == null) {
            throw Refusal.notFound("role");
        }
        return row.getString("id");
    }

    static List<String> rulesOf(Work work, String role) {
        return Grant.list(work.one("select accounts.rules_of_role($1) as rules", role), "rules");
    }
}
