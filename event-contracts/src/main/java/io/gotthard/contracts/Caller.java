package io.gotthard.contracts;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Who is asking, as the router verified it. Verticles trust it and never look at credentials themselves.
 *
 * @param keyId identifies the credential in logs and bills; never the key itself
 * @param account the id of the user or service account that the credential belongs to
 * @param tenant the id of the tenant in whose name the account acts; empty for a system administrator without one
 * @param administrator whether the account is a system administrator's, in all tenants
 * @param roles the ids of the account's roles in the tenant, those that others include as well
 * @param permissions what the tenant, the account and the credential allow together
 * @param boundModel the one model that the credential is for, or null
 * @param residency where the requests may be answered, by what the tenant and the credential allow together
 */
public record Caller(
        String keyId,
        String account,
        String tenant,
        boolean administrator,
        List<String> roles,
        Permissions permissions,
        String boundModel,
        Residency residency) {

    /** Nobody in particular: for what the platform asks itself. */
    public static final Caller NOBODY = new Caller("", "", "", Permissions.NONE, null);

    /** Somebody without roles who is no administrator. */
    public Caller(String keyId, String account, String tenant, Permissions permissions, String boundModel) {
        this(keyId, account, tenant, false, List.of(), permissions, boundModel);
    }

    /** Somebody whose requests may be answered anywhere. */
    public Caller(
            String keyId,
            String account,
            String tenant,
            boolean administrator,
            List<String> roles,
            Permissions permissions,
            String boundModel) {
        this(keyId, account, tenant, administrator, roles, permissions, boundModel, Residency.ANYWHERE);
    }

    /** The same, not bound to a model: for what that model, an assistant, asks for them. */
    public Caller unbound() {
        return new Caller(keyId, account, tenant, administrator, roles, permissions, null, residency);
    }

    /** As it travels between nodes. */
    JsonObject json() {
        return new JsonObject()
                .put("keyId", keyId)
                .put("account", account)
                .put("tenant", tenant)
                .put("administrator", administrator)
                .put("roles", new JsonArray(roles))
                .put("permissions", permissions.json())
                .put("boundModel", boundModel)
                .put("residency", residency.json());
    }

    /** The same as {@link #json} said. */
    static Caller of(JsonObject json) {
        return new Caller(
                json.getString("keyId"),
                json.getString("account"),
                json.getString("tenant"),
                json.getBoolean("administrator"),
                json.getJsonArray("roles").stream().map(String.class::cast).toList(),
                Permissions.of(json.getJsonObject("permissions")),
                json.getString("boundModel"),
                Residency.of(json.getJsonArray("residency")));
    }
}
