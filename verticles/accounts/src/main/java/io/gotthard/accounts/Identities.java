package io.gotthard.accounts;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.gotthard.kit.Ids;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes accounts of who comes with a good token, and gives them what its claims say: tenants, roles, administration. What somebody
 * gave them by hand stays; what claims gave, the next token's claims take away. All of one token is one transaction, together with
 * its audit record.
 */
final class Identities {

    private static final Logger LOG = LoggerFactory.getLogger(Identities.class);
    private static final int PATIENCE_SECONDS = 5;

    private final Database database;

    Identities(Database database) {
        this.database = database;
    }

    /**
     * The account of a token, as it is to be known to the router; at a first login it is made, and where the claims have changed it is
     * changed.
     *
     * @return fails with 401 if the token names nobody or somebody who is deactivated
     */
    Future<Row> signIn(Tokens.Verified token, Call call) {
        var who = Identity.of(token);
        if (who == null) {
            return refused("it names nobody");
        }
        return find(database.pool(), who)
                .compose(found -> found != null && !isNews(found, who)
                        ? Future.succeededFuture(found)
                        : database.pool().withTransaction(client -> learn(client, who, call)))
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .recover(cause -> {
                    LOG.warn("{} can't be looked up: {}", token.issuer(), cause.getMessage());
                    return Future.failedFuture(Failure.unavailable("Tokens can't be checked at the moment."));
                })
                .compose(account ->
                        account.getBoolean("active") ? Future.succeededFuture(account) : refused("it is deactivated"));
    }

    private static <T> Future<T> refused(String why) {
        LOG.debug("A token is refused: {}", why);
        return Future.failedFuture(Failure.unauthorized("Incorrect API key provided."));
    }

    /** Tokens live for a while: what an older one says is no longer true. */
    private static boolean isNews(Row known, Identity who) {
        return !known.getString("claims").equals(who.digest())
                && !who.issued().isBefore(known.getOffsetDateTime("issued_at").toInstant());
    }

    private static Future<Row> find(SqlClient client, Identity who) {
        return client.preparedQuery("select i.claims, i.issued_at, a.active and coalesce(t.active, true) as active, "
                        + Principal.COLUMNS + """
                         from accounts.identities i join accounts.accounts a on a.id = i.account
                        left join accounts.tenants t on t.id = i.tenant
                            and exists (select from accounts.memberships m where m.account = a.id and m.tenant = t.id)
                        where i.issuer = $1 and i.subject = $2
                        """)
                .execute(Tuple.of(who.issuer(), who.subject()))
                .map(rows -> rows.size() == 0 ? null : rows.iterator().next());
    }

    /** Whoever learns of the same somebody at the same time waits here. */
    private static Future<Row> learn(SqlClient client, Identity who, Call call) {
        return client.preparedQuery("select pg_advisory_xact_lock(hashtextextended($1, 0))")
                .execute(Tuple.of("accounts.identities " + who.issuer() + " " + who.subject()))
                .compose(locked -> find(client, who))
                .compose(found -> {
                    if (found == null) {
                        return linked(client, who)
                                .compose(account -> account == null
                                        ? create(client, who).compose(made -> apply(client, who, made, null, call))
                                        : state(client, account)
                                                .compose(before -> apply(client, who, account, before, call)));
                    }
                    var account = found.getString("account");
                    return isNews(found, who)
                            ? state(client, account).compose(before -> apply(client, who, account, before, call))
                            : Future.succeededFuture(found);
                });
    }

    /**
     * The account that was made for them before they came: a user with their e-mail address, whom nobody else is yet. Whoever could
     * choose an address at an issuer would be whom they like, so it has to be verified; and never is an administrator found so.
     */
    private static Future<String> linked(SqlClient client, Identity who) {
        if (who.email() == null || !who.emailIsVerified()) {
            return Future.succeededFuture();
        }
        return client.preparedQuery("""
            select a.id from accounts.accounts a where lower(a.email) = lower($1) and a.kind = 'user'
                and not a.administrator and not exists (select from accounts.identities i where i.account = a.id)
            for update
            """)
                .execute(Tuple.of(who.email()))
                .map(rows -> rows.size() == 0 ? null : rows.iterator().next().getString("id"));
    }

    /** An address that is somebody else's already is not taken over, and so not stored. */
    private static Future<String> create(SqlClient client, Identity who) {
        return client.preparedQuery("""
            insert into accounts.accounts (id, kind, email, name) select $1, 'user',
                case when exists (select from accounts.accounts where lower(email) = lower($2)) then null else $2 end, $3
            returning id
            """)
                .execute(Tuple.of(Ids.next("usr"), who.email(), who.name()))
                .map(rows -> rows.iterator().next().getString("id"));
    }

    private static Future<JsonObject> state(SqlClient client, String account) {
        return client.preparedQuery("select accounts.account_state($1) as state")
                .execute(Tuple.of(account))
                .map(rows -> rows.iterator().next().getJsonObject("state"));
    }

    private static Future<Row> apply(SqlClient client, Identity who, String account, JsonObject before, Call call) {
        return describe(client, who, account)
                .compose(done -> remember(client, who, account))
                .compose(done -> new ClaimedRoles(client, who, account).replace())
                .compose(done -> state(client, account))
                .compose(after ->
                        after.equals(before) ? Future.succeededFuture() : audit(client, account, before, after, call))
                .compose(done -> find(client, who));
    }

    private static Future<?> describe(SqlClient client, Identity who, String account) {
        return client.preparedQuery("""
            update accounts.accounts a set name = $2, email = case when $3::text is null or exists (
                    select from accounts.accounts other where other.id <> a.id and lower(other.email) = lower($3))
                then a.email else $3 end
            where a.id = $1
            """).execute(Tuple.of(account, who.name(), who.email()));
    }

    /** The last administrator stays one, whatever an issuer says. */
    private static Future<?> remember(SqlClient client, Identity who, String account) {
        return client.preparedQuery("""
            update accounts.accounts a set administrator = $4
            where a.id = $3 and a.administrator <> $4 and ($4
                or exists (select from accounts.identities i
                    where i.issuer = $1 and i.subject = $2 and i.administrator)
                and exists (select from accounts.accounts o where o.administrator and o.active and o.id <> a.id))
            returning a.id
            """)
                .execute(Tuple.of(who.issuer(), who.subject(), account, who.administrator()))
                .compose(changed -> client.preparedQuery("""
                    insert into accounts.identities as i
                        (issuer, subject, account, tenant, claims, issued_at, administrator)
                    values ($1, $2, $3, (select id from accounts.tenants where lower(name) = $4), $5, $6, $7)
                    on conflict (issuer, subject) do update set tenant = excluded.tenant, claims = excluded.claims,
                        issued_at = excluded.issued_at,
                        administrator = case when $8 then excluded.administrator else i.administrator end
                    """)
                        .execute(Tuple.of(
                                who.issuer(),
                                who.subject(),
                                account,
                                who.tenants().isEmpty() ? null : who.tenants().getFirst(),
                                who.digest(),
                                who.issued().atOffset(ZoneOffset.UTC),
                                who.administrator() && changed.size() > 0,
                                changed.size() > 0)));
    }

    private static Future<?> audit(SqlClient client, String account, JsonObject before, JsonObject after, Call call) {
        return client.preparedQuery("""
            insert into accounts.audit (account, key_id, action, object, before, after, address, request_id)
            values ($1, 'oidc', $2, $1, $3, $4, $5, $6)
            """)
                .execute(Tuple.of(
                        account,
                        before == null ? "createUser" : "updateUser",
                        before,
                        after,
                        call.address(),
                        call.requestId()));
    }
}
