package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Fields;
import io.gotthard.kit.Ids;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.Objects;

/**
 * Named sets of rules, which may include each other. A tenant's roles are its administrators' business; those without a tenant
 * can be given in every tenant, and are the system administrators'. A rule above the tenant's ceiling is as if it were lower.
 */
final class Roles {

    private static final int MOST_INCLUDED = 100;

    private static final String VISIBLE = """
        select r.*, (select coalesce(array_agg(i.included order by i.included), '{}')
            from accounts.role_includes i where i.role = r.id) as includes
        from accounts.roles r where ($1::text is null or r.tenant is null or r.tenant = $1)
        """;

    private Roles() {}

    static JsonObject json(Row row) {
        return new JsonObject()
                .put("id", row.getString("id"))
                .put("tenant", row.getString("tenant"))
                .put("name", row.getString("name"))
                .put("rules", new JsonArray(Grant.list(row, "rules")))
                .put("includes", new JsonArray(Grant.list(row, "includes")))
                .put("created_at", Times.text(row, "created_at"));
    }

    static Answer list(Work work) {
        work.actor().requireManager();
        var page = work.page();
        var rows = work.run(
                VISIBLE + " and id > $2 order by id limit $3", work.actor().limitedTo(), page.after(), page.rows());
        return Work.ok(page.json(rows, Roles::json));
    }

    static Answer get(Work work) {
        work.actor().requireManager();
        return Work.ok(find(work, work.parameter("role")));
    }

    private static JsonObject find(Work work, String id) {
        var row = work.one(VISIBLE + " and id = $2", work.actor().limitedTo(), id);
        if (row == null) {
            throw Refusal.notFound("role");
        }
        return json(row);
    }

    /** One that the actor may change: those for all tenants are visible, but not everybody's to change. */
    private static JsonObject findOwn(Work work) {
        work.actor().requireManager();
        var role = find(work, work.parameter("role"));
        requireManaged(work, role.getString("tenant"));
        return role;
    }

    static void requireManaged(Work work, String tenant) {
        if (!work.actor().manages(tenant)) {
            throw Failure.forbidden("Only a system administrator may change a role for all tenants.");
        }
    }

    static Answer create(Work work) {
        work.actor().requireManager();
        var body = work.body();
        // An explicit null is a role for all tenants.
        var tenant = body.has("tenant") && body.text("tenant") == null ? null : Tenants.given(work);
        requireManaged(work, tenant);
        var id = insert(work, tenant, body.name("name"), rules(body, List.of()));
        include(work, id, tenant, body.texts("includes", MOST_INCLUDED));
        requireGrantable(work, id, List.of());
        var role = find(work, id);
        work.audit("createRole", tenant, id, null, role);
        return Work.ok(role);
    }

    static String insert(Work work, String tenant, String name, List<String> rules) {
        var id = Ids.next("rol");
        work.run(
                "insert into accounts.roles (id, tenant, name, rules) values ($1, $2, $3, $4)",
                id,
                tenant,
                name,
                rules.toArray(String[]::new));
        return id;
    }

    private static List<String> rules(Fields body, List<String> otherwise) {
        return Objects.requireNonNullElse(body.rules("rules"), otherwise);
    }

    static Answer update(Work work) {
        var before = findOwn(work);
        var id = before.getString("id");
        var tenant = before.getString("tenant");
        work.run("select from accounts.roles where id = $1 for no key update", id);
        var granted = Members.rulesOf(work, id);
        var body = work.body();
        work.run(
                "update accounts.roles set name = $2, rules = $3 where id = $1",
                id,
                body.has("name") ? body.name("name") : before.getString("name"),
                rules(body, texts(before, "rules")).toArray(String[]::new));
        include(work, id, tenant, body.texts("includes", MOST_INCLUDED));
        requireGrantable(work, id, granted);
        var after = find(work, id);
        work.audit("updateRole", tenant, id, before, after);
        return Work.ok(after);
    }

    static List<String> texts(JsonObject json, String field) {
        return json.getJsonArray(field).stream().map(String.class::cast).toList();
    }

    /** Makes a role include exactly these, or leaves what it includes if there is no list. */
    static void include(Work work, String role, String tenant, List<String> included) {
        if (included == null) {
            return;
        }
        work.run(
                "delete from accounts.role_includes where role = $1 and included <> all ($2)",
                role,
                included.toArray(String[]::new));
        for (var other : included) {
            var known = work.one(
                    "select from accounts.roles where id = $1 and (tenant is null or tenant = $2)", other, tenant);
            if (known == null) {
                throw Failure.invalid("includes", "'includes' names a role that is not there, or not for this tenant.");
            }
            work.run(
                    "insert into accounts.role_includes (role, included) values ($1, $2) on conflict do nothing",
                    role,
                    other);
        }
    }

    /** Whoever has a role may have it widened only by what the one who does that may do. */
    static void requireGrantable(Work work, String role, List<String> granted) {
        var added = Members.rulesOf(work, role).stream()
                .filter(rule -> !granted.contains(rule))
                .toList();
        if (!added.isEmpty()) {
            work.actor().requireCovers(Permissions.of(List.of(added)));
        }
    }

    static Answer delete(Work work) {
        var role = findOwn(work);
        work.run("delete from accounts.roles where id = $1", role.getString("id"));
        work.audit("deleteRole", role.getString("tenant"), role.getString("id"), role, null);
        return Work.deleted(role.getString("id"));
    }

    /**
     * Makes the roles of a role file, and changes those that are there by the same name. They may include each other by name,
     * in any order.
     */
    static Answer importAll(Work work) {
        work.actor().requireManager();
        var body = work.body();
        var tenant = body.has("tenant") && body.text("tenant") == null ? null : Tenants.given(work);
        requireManaged(work, tenant);
        return Work.ok(new JsonObject().put("data", RoleFile.read(body).into(work, tenant)));
    }

    static JsonObject visible(Work work, String id) {
        return find(work, id);
    }
}
