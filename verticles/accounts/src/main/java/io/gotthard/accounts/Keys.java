package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.kit.Ids;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Times;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;

/** The API keys: one's own, and for who administers a tenant, all of it. The key itself is shown once and stored nowhere. */
final class Keys {

    private static final int SHOWN = 4;

    /** One's own and those of the tenant that one administers; $1 is null for system administrators. */
    private static final String VISIBLE = """
        select * from accounts.api_keys where ($1::text is null
            or (coalesce(tenant, '') = $1 and (account = $2 or ($3::boolean and $1 <> ''))))
        """;

    private final AccountsSettings settings;

    Keys(AccountsSettings settings) {
        this.settings = settings;
    }

    static JsonObject json(Row row) {
        var scopes = Grant.list(row, "scopes");
        return new JsonObject()
                .put("id", row.getString("id"))
                .put("account", row.getString("account"))
                .put("tenant", row.getString("tenant"))
                .put("name", row.getString("name"))
                .put("prefix", row.getString("prefix"))
                .put("scopes", scopes == null ? null : new JsonArray(scopes))
                .put("bound_model", row.getString("bound_model"))
                .put("networks", new JsonArray(Grant.list(row, "networks")))
                .put("only", KeyLimits.only(row))
                .put("created_at", Times.text(row, "created_at"))
                .put("expires_at", Times.text(row, "expires_at"))
                .put("last_used_at", Times.text(row, "last_used_at"))
                .put("revoked_at", Times.text(row, "revoked_at"))
                .put("replaced_by", row.getString("replaced_by"));
    }

    static Answer list(Work work) {
        var page = work.page();
        var actor = work.actor();
        var rows = work.run(
                VISIBLE + " and id > $4 and ($5::text is null or account = $5) order by id limit $6",
                actor.limitedTo(),
                actor.account(),
                actor.manages(),
                page.after(),
                work.parameter("account"),
                page.rows());
        return Work.ok(page.json(rows, Keys::json));
    }

    static Answer get(Work work) {
        return Work.ok(json(find(work, "")));
    }

    private static Row find(Work work, String lock) {
        var actor = work.actor();
        var row = work.one(
                VISIBLE + " and id = $4" + lock,
                actor.limitedTo(),
                actor.account(),
                actor.manages(),
                work.parameter("key"));
        if (row == null) {
            throw Refusal.notFound("key");
        }
        return row;
    }

    Answer create(Work work) {
        var request = KeyRequest.read(work);
        return shown(work, "createKey", insert(work, request));
    }

    /** A key's text together with what is known of it. */
    private record Made(String key, JsonObject json) {}

    private Made insert(Work work, KeyRequest request) {
        var limits = request.limits();
        var prefix = limits.boundModel() == null ? settings.keyPrefix() : settings.boundKeyPrefix();
        var key = ApiKey.generate(prefix);
        var row = work.one(
                """
                insert into accounts.api_keys
                    (id, hash, account, tenant, name, prefix, scopes, bound_model, networks, expires_at, regions)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning *
                """,
                Ids.next("key"),
                ApiKey.hash(key),
                request.account(),
                request.tenant(),
                request.name(),
                key.substring(0, prefix.length() + SHOWN),
                request.scopes() == null ? null : request.scopes().toArray(String[]::new),
                limits.boundModel(),
                limits.networks().toArray(String[]::new),
                limits.expires(),
                limits.regions() == null ? null : limits.regions().toArray(String[]::new));
        return new Made(key, json(row));
    }

    private static Answer shown(Work work, String action, Made made) {
        work.audit(action, made.json().getString("tenant"), made.json().getString("id"), null, made.json());
        return Work.ok(made.json().copy().put("key", made.key()));
    }

    /** A new key like another one, which goes on for a while. */
    Answer rotate(Work work) {
        var old = find(work, " for update");
        if (old.getOffsetDateTime("revoked_at") != null || old.getString("replaced_by") != null) {
            throw Refusal.conflict("key_not_active", "The key was revoked or rotated already.");
        }
        var request = KeyRequest.like(work, old);
        long overlap = work.body().number("overlap", 3600);
        // First the old one: with no overlap, there is room for the new one then.
        work.run("""
            update accounts.api_keys set
                revoked_at = case when $2::bigint = 0 then now() end,
                expires_at = case when $2 = 0 then expires_at
                    else least(expires_at, now() + $2 * interval '1 second') end
            where id = $1
            """, old.getString("id"), overlap);
        var made = insert(work, request);
        var after = json(work.one(
                "update accounts.api_keys set replaced_by = $2 where id = $1 returning *",
                old.getString("id"),
                made.json().getString("id")));
        work.audit("rotateKey", after.getString("tenant"), after.getString("id"), json(old), after);
        return shown(work, "createKey", made);
    }

    static Answer revoke(Work work) {
        var old = find(work, " for update");
        if (old.getOffsetDateTime("revoked_at") != null) {
            return Work.ok(json(old));
        }
        var after = json(work.one(
                "update accounts.api_keys set revoked_at = now() where id = $1 returning *", old.getString("id")));
        work.audit("revokeKey", after.getString("tenant"), after.getString("id"), json(old), after);
        return Work.ok(after);
    }
}
