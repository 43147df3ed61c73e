package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Ids;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.List;

/** The tenants, each with the ceiling of what can be allowed in it. System administrators make them; others see their own. */
final class Tenants {

    private static final String VISIBLE = "select * from accounts.tenants where ($1::text is null or id = $1)";

    private Tenants() {}

    static JsonObject json(Row row) {
        var ceiling = Grant.list(row, "ceiling");
        return new JsonObject()
                .put("id", row.getString("id"))
                .put("name", row.getString("name"))
                .put("ceiling", ceiling == null ? null : new JsonArray(ceiling))
                .put("only", KeyLimits.only(row))
                .put("active", row.getBoolean("active"))
                .put("created_at", Times.text(row, "created_at"));
    }

    /**
     * The tenant that the body names, or else the one in whose name is asked; null if there is none of both.
     *
     * @throws io.gotthard.contracts.Failure 404 if it is not one that the actor administers
     */
    static String given(Work work) {
        var named = work.body().text("tenant");
        var own = work.actor().tenant();
        if (named == null) {
            return own.isEmpty() ? null : own;
        }
        requireManaged(work, named);
        return named;
    }

    /** @throws io.gotthard.contracts.Failure 404 if it is not one that the actor administers */
    static void requireManaged(Work work, String tenant) {
        if (!work.actor().manages(tenant) || work.one("select from accounts.tenants where id = $1", tenant) == null) {
            throw Refusal.notFound("tenant");
        }
    }

    static Answer list(Work work) {
        work.actor().requireManager();
        var page = work.page();
        var rows = work.run(
                VISIBLE + " and id > $2 order by id limit $3", work.actor().limitedTo(), page.after(), page.rows());
        return Work.ok(page.json(rows, Tenants::json));
    }

    static Answer get(Work work) {
        work.actor().requireManager();
        return Work.ok(json(find(work)));
    }

    private static Row find(Work work) {
        var row = work.one(VISIBLE + " and id = $2", work.actor().limitedTo(), work.parameter("tenant"));
        if (row == null) {
            throw Refusal.notFound("tenant");
        }
        return row;
    }

    static Answer create(Work work) {
        work.actor().requireSystem();
        var ceiling = ceiling(work);
        var tenant = json(work.one(
                "insert into accounts.tenants (id, name, ceiling, regions) values ($1, $2, $3, $4) returning *",
                Ids.next("ten"),
                work.body().name("name"),
                array(ceiling),
                array(KeyLimits.regions(work.body()))));
        work.audit("createTenant", tenant.getString("id"), tenant.getString("id"), null, tenant);
        return Work.ok(tenant);
    }

    static Answer update(Work work) {
        work.actor().requireSystem();
        var before = find(work);
        var body = work.body();
        var after = json(work.one(
                "update accounts.tenants set name = $2, ceiling = $3, active = $4, regions = $5 where id = $1"
                        + " returning *",
                before.getString("id"),
                body.has("name") ? body.name("name") : before.getString("name"),
                body.has("ceiling") ? array(ceiling(work)) : before.getArrayOfStrings("ceiling"),
                body.flag("active", before.getBoolean("active")),
                body.has("only") ? array(KeyLimits.regions(body)) : before.getArrayOfStrings("regions")));
        work.audit("updateTenant", after.getString("id"), after.getString("id"), json(before), after);
        return Work.ok(after);
    }

    /** Raising a ceiling allows more to whoever had it forbidden. */
    private static List<String> ceiling(Work work) {
        var ceiling = work.body().rules("ceiling");
        work.actor().requireCovers(ceiling == null ? Permissions.ALL : Permissions.of(List.of(ceiling)));
        return ceiling;
    }

    private static String[] array(List<String> texts) {
        return texts == null ? null : texts.toArray(String[]::new);
    }

    static Answer delete(Work work) {
        work.actor().requireSystem();
        var tenant = json(find(work));
        work.run("delete from accounts.tenants where id = $1", tenant.getString("id"));
        work.audit("deleteTenant", null, tenant.getString("id"), tenant, null);
        return Work.deleted(tenant.getString("id"));
    }
}
