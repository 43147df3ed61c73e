package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Rule;
import io.gotthard.kit.Refusal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Who is asking, as the platform knows them. */
final class Me {

    private Me() {}

    static Answer get(Work work) {
        var actor = work.actor();
        var row = work.one("select * from accounts.accounts where id = $1", actor.account());
        if (row == null) {
            throw Refusal.notFound("account");
        }
        var key = work.one("select * from accounts.api_keys where id = $1", actor.keyId());
        var rules = new JsonArray();
        actor.permissions()
                .sets()
                .forEach(set ->
                        rules.add(new JsonArray(set.stream().map(Rule::text).toList())));
        return Work.ok(new JsonObject()
                .put("id", row.getString("id"))
                .put("kind", row.getString("kind"))
                .put("email", row.getString("email"))
                .put("name", row.getString("name"))
                .put("administrator", actor.administrator())
                .put("tenant", tenant(work))
                .put("tenants", tenants(work))
                .put("key", key == null ? null : Keys.json(key))
                .put("rules", rules));
    }

    private static JsonObject tenant(Work work) {
        var row = work.one(
                "select id, name from accounts.tenants where id = $1",
                work.actor().tenant());
        return row == null
                ? null
                : new JsonObject().put("id", row.getString("id")).put("name", row.getString("name"));
    }

    private static JsonArray tenants(Work work) {
        var tenants = new JsonArray();
        for (var row : work.run("""
            select t.id, t.name from accounts.memberships m join accounts.tenants t on t.id = m.tenant
            where m.account = $1 order by t.name
            """, work.actor().account())) {
            tenants.add(new JsonObject().put("id", row.getString("id")).put("name", row.getString("name")));
        }
        return tenants;
    }
}
