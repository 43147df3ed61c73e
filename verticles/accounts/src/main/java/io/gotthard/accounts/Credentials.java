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
import java.util.List;
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
            "a.id as account, t.id as tenant, a.administrator, t.ceiling, accounts.rules_of(a.id, t.id) as rules";

    private static final String ACTIVE = """
        a.active and coalesce(t.active, true) and (a.administrator
            or exists (select from accounts.memberships m where m.account = a.id and m.tenant = t.id))
        """;

    private static final String BY_KEY = "select " + RIGHTS + """
        , k.id as key_id, k.scopes, k.bound_model, k.networks, k.expires_at
        from accounts.api_keys k join accounts.accounts a on a.id = k.account left join accounts.tenants t on t.id = k.tenant
        where k.hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and
        """ + ACTIVE;

    private static final String BY_ACCOUNT = "select " + RIGHTS + """
        , null::text[] as scopes, null::text as bound_model
        from accounts.accounts a left join accounts.tenants t on t.id = $2 where a.id = $1 and
        """ + ACTIVE;

    private final Database database;
    private final LastUsed lastUsed;
    private final TokenVerifier tokens;

    /** Without a verifier, no token is valid. */
    Credentials(Database database, LastUsed lastUsed, TokenVerifier tokens) {
        this.database = database;
        this.lastUsed = lastUsed;
        this.tokens = tokens;
    }

    /**
     * Answers for the parameter {@code hash}, the SHA-256 of an API key in hexadecimal, or {@code token}. If {@code address}
     * is given, it must be one from which the credential can be used.
     */
    Answer verify(Call call) {
        var hash = call.parameters().get("hash");
        var known = hash == null ? token(call.parameters().get("token")) : key(hash);
        var address = call.parameters().get("address");
        if (address != null && !isWithin(known.getJsonArray("networks"), address)) {
            throw refused();
        }
        if (hash != null) {
            lastUsed.add(known.getString("key_id"));
        }
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
                .put("networks", new JsonArray(Grant.list(row, "networks")));
    }

    private JsonObject token(String token) {
        if (tokens == null || token == null) {
            throw refused();
        }
        var holder = tokens.verify(token);
        var row = one(BY_ACCOUNT, Tuple.of(holder.account(), holder.tenant()));
        return json(row, holder.keyId(), holder.expires())
                .put("bound_model", null)
                .put("networks", new JsonArray(List.of()));
    }

    private static JsonObject json(Row row, String keyId, Instant expires) {
        var tenant = row.getString("tenant");
        return new JsonObject()
                .put("key_id", keyId)
                .put("account", row.getString("account"))
                .put("tenant", tenant == null ? "" : tenant)
                .put("administrator", row.getBoolean("administrator"))
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
