package io.gotthard.accounts;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sessions of browsers: 256 random bits in a cookie, of which only the hash is stored. */
final class Sessions {

    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);
    private static final int PATIENCE_SECONDS = 3;

    private final Database database;

    Sessions(Database database) {
        this.database = database;
    }

    /** A new session; forgets those that have expired. */
    Future<JsonObject> open(Row account, String issuer, Duration lasts) {
        var session = LoginSecret.randomText();
        var expires = Instant.now().plus(lasts);
        return database.pool()
                .query("delete from accounts.sessions where expires_at < now()")
                .execute()
                .compose(cleaned -> database.pool()
                        .preparedQuery("""
                            insert into accounts.sessions (hash, account, tenant, issuer, expires_at)
                            values ($1, $2, $3, $4, $5)
                            """)
                        .execute(Tuple.of(
                                ApiKey.hash(session),
                                account.getString("account"),
                                account.getString("tenant"),
                                issuer,
                                expires.atOffset(ZoneOffset.UTC))))
                .map(stored -> new JsonObject().put("session", session).put("expires_at", expires))
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .recover(Sessions::unavailable);
    }

    /** Who is in a session, as the router is to know it; fails with 401 if there is none, or if they are deactivated. */
    Future<JsonObject> verify(String hash) {
        return database.pool()
                .preparedQuery("select s.expires_at, " + Principal.COLUMNS + """
                     from accounts.sessions s join accounts.accounts a on a.id = s.account and a.active
                    left join accounts.tenants t on t.id = s.tenant
                        and exists (select from accounts.memberships m where m.account = a.id and m.tenant = t.id)
                    where s.hash = $1 and s.expires_at > now() and coalesce(t.active, true)
                    """)
                .execute(Tuple.of(hash))
                .map(rows -> {
                    if (rows.size() == 0) {
                        throw Failure.unauthorized("Incorrect API key provided.");
                    }
                    var row = rows.iterator().next();
                    var expires = row.getOffsetDateTime("expires_at").toInstant();
                    return Principal.json(row, "ses_" + hash.substring(0, 16), expires);
                })
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .recover(Sessions::unavailable);
    }

    /** Ends a session on all nodes; the issuer that it began with, or null if there was none. */
    Future<String> close(String hash) {
        return database.pool()
                .preparedQuery("delete from accounts.sessions where hash = $1 returning issuer")
                .execute(Tuple.of(hash))
                .map(rows -> rows.size() == 0 ? null : rows.iterator().next().getString("issuer"))
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .recover(Sessions::unavailable);
    }

    private static <T> Future<T> unavailable(Throwable cause) {
        if (cause instanceof Failure) {
            return Future.failedFuture(cause);
        }
        LOG.warn("The database can't be asked for a session: {}", cause.getMessage());
        return Future.failedFuture(Failure.unavailable("Sessions can't be checked at the moment."));
    }
}
