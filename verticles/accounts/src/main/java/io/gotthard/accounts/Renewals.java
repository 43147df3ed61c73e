package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What somebody may do by now in whose name work goes on that they began with a credential, perhaps weeks ago. The key must still be good.
 * Tokens and sessions are renewed all the time: for who began with one, it is the account that must still be.
 */
final class Renewals {

    private static final Logger LOG = LoggerFactory.getLogger(Renewals.class);
    private static final int PATIENCE_SECONDS = 3;

    private static final String ACTIVE = """
        a.active and coalesce(t.active, true) and ($2 = '' or t.id is not null) and (a.administrator
            or exists (select from accounts.memberships m where m.account = a.id and m.tenant = t.id))
        """;

    private static final String BY_KEY = """
        select a.id as account, t.id as tenant, a.administrator, t.ceiling, accounts.rules_of(a.id, t.id) as rules,
            accounts.roles_of(a.id, t.id) as roles, k.id as key_id, k.scopes, k.bound_model, k.networks, k.expires_at,
            accounts.regions_within(k.regions, t.regions) as regions
        from accounts.api_keys k join accounts.accounts a on a.id = k.account left join accounts.tenants t on t.id = k.tenant
        where k.id = $3 and a.id = $1 and coalesce(k.tenant, '') = $2
            and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and
        """ + ACTIVE;

    private static final String BY_ACCOUNT = "select " + Principal.COLUMNS
            + " from accounts.accounts a left join accounts.tenants t on t.id = $2 where a.id = $1 and " + ACTIVE;

    private final Database database;

    Renewals(Database database) {
        this.database = database;
    }

    /**
     * Answers for the parameters {@code key}, {@code account} and {@code tenant}, as {@link io.gotthard.contracts.Caller} had them, in the
     * shape of {@code accounts.verifyCredential}.
     */
    Answer renew(Call call) {
        var key = call.parameters().getOrDefault("key", "");
        var account = call.parameters().getOrDefault("account", "");
        var tenant = call.parameters().getOrDefault("tenant", "");
        if (key.startsWith("tok_") || key.startsWith("ses_")) {
            return Answer.json(Principal.json(one(BY_ACCOUNT, Tuple.of(account, tenant)), key, null)
                    .toBuffer());
        }
        var row = one(BY_KEY, Tuple.of(account, tenant, key));
        var expires = row.getOffsetDateTime("expires_at");
        return Answer.json(Principal.json(row, row.getString("key_id"), expires == null ? null : expires.toInstant())
                .put("bound_model", row.getString("bound_model"))
                .put("networks", networks(row))
                .toBuffer());
    }

    private static JsonArray networks(Row row) {
        return new JsonArray(Grant.list(row, "networks"));
    }

    private Row one(String sql, Tuple values) {
        try {
            var rows = database.pool().preparedQuery(sql).execute(values).await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (rows.size() == 0) {
                throw Failure.unauthorized("Who began this may no longer act.");
            }
            return rows.iterator().next();
        } catch (Failure failure) {
            throw failure;
        } catch (RuntimeException | TimeoutException e) {
            LOG.warn("The database can't be asked what somebody may do: {}", e.getMessage());
            throw Failure.unavailable("What somebody may do can't be checked at the moment.");
        }
    }
}
