package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the API keys. Every change of one, by whatever node or hand, is told to all nodes as {@code accounts.key.changed} with
 * the key's hash; an empty hash says that changes may have been missed.
 */
public final class AccountsVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(AccountsVerticle.class);

    /** A database that swallows packets is noticed by nobody else. */
    private static final int PATIENCE_SECONDS = 3;

    private final Database database;
    private final String bootstrapKey;
    private final Consumer<String> onFirstKey;
    private Bus bus;
    private KeyChanges changes;

    /**
     * A verticle over a database.
     *
     * @param bootstrapKey the administrator's key to use, or null to generate one if there is no key yet
     * @param onFirstKey gets a generated key, which is shown nowhere else
     */
    public AccountsVerticle(Database database, String bootstrapKey, Consumer<String> onFirstKey) {
        this.database = database;
        this.bootstrapKey = bootstrapKey;
        this.onFirstKey = onFirstKey;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        changes = new KeyChanges(vertx, database);
        return database.migrate("accounts")
                .compose(migrated -> bootstrap())
                .compose(keys -> changes.listen())
                .compose(listening -> Future.all(
                        bus.serve("accounts.verifyCredential", (call, stream) -> verifyKey(call)),
                        bus.serve(
                                "accounts.checkReadiness",
                                (call, stream) -> database.ping().map(AccountsVerticle::ready))));
    }

    @Override
    public Future<?> stop() {
        return bus.close(5_000).eventually(changes::close);
    }

    private static Answer ready(Object pong) {
        return Answer.json(new JsonObject().put("status", "ok").toBuffer());
    }

    private Future<?> bootstrap() {
        if (bootstrapKey != null) {
            return store(bootstrapKey);
        }
        return database.pool()
                .query("select exists (select from accounts.api_keys) as any")
                .execute()
                .compose(rows -> {
                    if (rows.iterator().next().getBoolean("any")) {
                        return Future.succeededFuture();
                    }
                    var key = ApiKey.generate();
                    return store(key).onSuccess(stored -> onFirstKey.accept(key));
                });
    }

    /** Makes this the one bootstrap key: the one before, if any, is no longer good. */
    private Future<?> store(String key) {
        return database.pool().preparedQuery("""
            insert into accounts.api_keys (id, hash, account, name, administrator)
            values ('bootstrap', $1, 'administrator', 'The first key', true)
            on conflict (id) do update set hash = excluded.hash, revoked_at = null
            where accounts.api_keys.hash <> excluded.hash
            """).execute(Tuple.of(ApiKey.hash(key)));
    }

    private Future<Answer> verifyKey(Call call) {
        return database.pool()
                .preparedQuery("""
                    select id, account, administrator, expires_at from accounts.api_keys
                    where hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())
                    """)
                .execute(Tuple.of(call.parameters().get("hash")))
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .recover(cause -> {
                    LOG.warn("The database can't be asked for a key: {}", cause.getMessage());
                    return Future.failedFuture(Failure.unavailable("API keys can't be checked at the moment."));
                })
                .map(rows -> {
                    if (rows.size() == 0) {
                        throw Failure.unauthorized("Incorrect API key provided.");
                    }
                    return Answer.json(json(rows.iterator().next()).toBuffer());
                });
    }

    private static JsonObject json(Row row) {
        OffsetDateTime expires = row.getOffsetDateTime("expires_at");
        return new JsonObject()
                .put("key_id", row.getString("id"))
                .put("account", row.getString("account"))
                .put("tenant", "")
                .put("administrator", row.getBoolean("administrator"))
                .put("rules", new JsonArray())
                .put("bound_model", null)
                .put("networks", new JsonArray())
                .put("expires_at", expires == null ? null : expires.toInstant());
    }
}
