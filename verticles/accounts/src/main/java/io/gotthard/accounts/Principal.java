package io.gotthard.accounts;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.Instant;

/** What the router is told of who comes with a token or a session; the same as of who comes with a key. */
final class Principal {

    /** Columns of a query in which {@code a} is the account and {@code t} the tenant, which may be missing. */
    static final String COLUMNS = "a.id as account, t.id as tenant, a.administrator, t.ceiling,"
            + " accounts.rules_of(a.id, t.id) as rules, accounts.roles_of(a.id, t.id) as roles, null::text[] as scopes,"
            + " null::text as bound_model, t.regions";

    private Principal() {}

    /**
     * The answer to {@code accounts.verifyCredential}.
     *
     * @param keyId names the credential in logs, and is none itself
     */
    static JsonObject json(Row row, String keyId, Instant expires) {
        var tenant = row.getString("tenant");
        return new JsonObject()
                .put("key_id", keyId)
                .put("account", row.getString("account"))
                .put("tenant", tenant == null ? "" : tenant)
                .put("administrator", row.getBoolean("administrator"))
                .put("roles", new JsonArray(Grant.list(row, "roles")))
                .put("rules", Grant.of(row).json())
                .put("bound_model", null)
                .put("networks", new JsonArray())
                .put("only", KeyLimits.only(row))
                .put("expires_at", expires);
    }
}
