package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Network;
import io.gotthard.kit.Database;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says who a credential is for and what it allows. Whoever is refused learns not why. */
final class Credentials {

    private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);

    /** A database that swallows packets is noticed by nobody else. */
    private static final int PATIENCE_SECONDS = 3;

    private static final String RIGHTS =
            "a.id as account, t.id as tenant, a.administrator, t.ceiling, accounts.rules_of(a.id, t.id) as rules, "
                    + "accounts.roles_of(a.id, t.id) as roles";

    private static final String ACTIVE = """
        a.active and coalesce(t.active, true) and (a.administrator
            or exists (select from accounts.memberships m where m.account = a.id and m.tenant = t.id))
        """;

    private static final String BY_KEY = "select " + RIGHTS + """
        , k.id as key_id, k.scopes, k.bound_model, k.networks, k.expires_at,
            accounts.regions_within(k.regions, t.regions) as regions
        from accounts.api_keys k join accounts.accounts a on a.id = k.account left join accounts.tenants t on t.id = k.tenant
        where k.hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and
        """ + ACTIVE;

    private final Database database;
    private final LastUsed lastUsed;

    Credentials(Database database, LastUsed lastUsed) {
        this.database = database;
        this.lastUsed = lastUsed;
    }

    /**
     * Answers for the parameter {@code hash}, the SHA-256 of an API key in hexadecimal. If {@code address}
     * is given, it must be one from which the credential can be used.
     */
    Answer verify(Call call) {
        var hash = call.parameters().get("hash");
        if (hash == null) {
            throw refused();
        }
        var known = key(hash);
        var address = call.parameters().get("address");
        if (address != null && !isWithin(known.getJsonArray("networks"), address)) {
            throw refused();
        }
        lastUsed.add(known.getString("key_id"));
        return Answer.json(known.toBuffer());
    }

    private static Failure refused() {
        return Failure.unauthorized("Incorrect API key provided.");
    }

    private static boolean isWithin(JsonArray networks, String address) {
        return networks.isEmpty()
                || networks.stream()
                        .anyMatch(network -> Network.parse((String) network).contains(address));
    }

    private JsonObject key(String hash) {
        var row = one(BY_KEY, Tuple.of(hash));
        var expires = row.getOffsetDateTime("expires_at");
        return json(row, row.getString("key_id"), expires == null ? null : expires.toInstant())
                .put("bound_model", row.getString("bound_model"))
                .put("networks", new JsonArray(Grant.list(row, "networks")))
                .put("only", KeyLimits.only(row));
    }

    private static JsonObject json(Row row, String keyId, Instant expires) {
        var tenant = row.getString("tenant");
        return new JsonObject()
                .put("key_id", keyId)
                .put("account", row.getString("account"))
                .put("tenant", tenant == null ? "" : tenant)
                .put("administrator", row.getBoolean("administrator"))
                .put("roles", new JsonArray(Grant.list(row, "roles")))
                .put("rules", Grant.of(row).json())
                .put("expires_at", expires);
    }

    private Row one(String sql, Tuple values) {
        try {
            var rows = database.pool().preparedQuery(sql).execute(values).await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (rows.size() == 0) {
                throw refused();
            }
            return rows.iterator().next();
        } catch (Failure failure) {
            throw failure;
        } catch (RuntimeException | TimeoutException e) {
            LOG.warn("The database can't be asked for a credential: {}", e.getMessage());
            throw Failure.unavailable("API keys can't be checked at the moment.");
        }
    }
}
