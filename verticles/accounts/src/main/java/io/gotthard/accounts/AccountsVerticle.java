package io.gotthard.accounts;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.gotthard.kit.Transaction;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Knows who there is and what each may do. Every change that a credential depends on, by whatever node or hand, is told to all
 * nodes as {@code accounts.key.changed} with the key's hash; an empty hash says that it may be any of them.
 *
 * <p>To be deployed on virtual threads: its operations wait for the database in straight lines.
 */
public final class AccountsVerticle extends VerticleBase {

    private static final String BOOTSTRAP_ACCOUNT = "administrator";

    private final AccountsSettings settings;
    private final Database database;
    private final Transaction.Settings transactions;
    private final String bootstrapKey;
    private final Consumer<String> onFirstKey;
    private final List<OidcIssuer> issuers;
    private final List<Future<Void>> served = new ArrayList<>();
    private Bus bus;
    private KeyChanges changes;
    private LastUsed lastUsed;
    private OpenId openId;

    /**
     * A verticle over a database.
     *
     * @param issuers whose tokens are believed, and with whom browsers log in
     * @param bootstrapKey the administrator's key to use, or null to generate one if there is no key yet
     * @param onFirstKey gets a generated key, which is shown nowhere else
     */
    public AccountsVerticle(
            AccountsSettings settings,
            List<OidcIssuer> issuers,
            Database database,
            String bootstrapKey,
            Consumer<String> onFirstKey) {
        this.settings = settings;
        this.issuers = List.copyOf(issuers);
        this.database = database;
        this.transactions = Work.settings(database);
        this.bootstrapKey = bootstrapKey;
        this.onFirstKey = onFirstKey;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        changes = new KeyChanges(vertx, database);
        lastUsed = new LastUsed(vertx, database);
        openId = new OpenId(vertx, database, issuers);
        return database.migrate("accounts")
                .compose(migrated -> bootstrap())
                .compose(keys -> changes.listen())
                .compose(listening -> serve());
    }

    @Override
    public Future<?> stop() {
        return bus.close(5_000)
                .eventually(lastUsed::close)
                .eventually(changes::close)
                .eventually(openId::close);
    }

    private Future<?> serve() {
        var credentials = new Credentials(database, lastUsed);
        answer(
                "accounts.verifyCredential",
                call -> OpenId.isFor(call) ? openId.verify(call).await() : credentials.verify(call));
        answer("accounts.renewCaller", new Renewals(database)::renew);
        answer("accounts.beginLogin", call -> openId.logins().begin(call).await());
        answer("accounts.finishLogin", call -> openId.logins().finish(call).await());
        answer("accounts.endLogin", call -> openId.logins().end(call).await());
        answer("accounts.checkReadiness", call -> ready());
        var keys = new Keys(settings);
        work("accounts.getMe", Me::get);
        work("accounts.listUsers", Users::list);
        work("accounts.createUser", Users::create);
        work("accounts.getUser", Users::get);
        work("accounts.updateUser", Users::update);
        work("accounts.deleteUser", Users::delete);
        work("accounts.listServiceAccounts", ServiceAccounts::list);
        work("accounts.createServiceAccount", ServiceAccounts::create);
        work("accounts.getServiceAccount", ServiceAccounts::get);
        work("accounts.updateServiceAccount", ServiceAccounts::update);
        work("accounts.deleteServiceAccount", ServiceAccounts::delete);
        work("accounts.listTenants", Tenants::list);
        work("accounts.createTenant", Tenants::create);
        work("accounts.getTenant", Tenants::get);
        work("accounts.updateTenant", Tenants::update);
        work("accounts.deleteTenant", Tenants::delete);
        work("accounts.listMembers", Members::list);
        work("accounts.addMember", Members::add);
        work("accounts.removeMember", Members::remove);
        work("accounts.assignRole", Members::assign);
        work("accounts.unassignRole", Members::unassign);
        work("accounts.checkMember", Members::check);
        work("accounts.listRoles", Roles::list);
        work("accounts.createRole", Roles::create);
        work("accounts.importRoles", Roles::importAll);
        work("accounts.getRole", Roles::get);
        work("accounts.updateRole", Roles::update);
        work("accounts.deleteRole", Roles::delete);
        work("accounts.listKeys", Keys::list);
        work("accounts.createKey", keys::create);
        work("accounts.getKey", Keys::get);
        work("accounts.rotateKey", keys::rotate);
        work("accounts.revokeKey", Keys::revoke);
        work("accounts.listAudit", Audit::list);
        work("accounts.explainAccess", Explain::access);
        return Future.all(served);
    }

    /** Serves what is done in one transaction. */
    private void work(String address, Function<Work, Answer> operation) {
        answer(address, call -> Work.in(transactions, call, operation));
    }

    private void answer(String address, Function<Call, Answer> operation) {
        served.add(bus.serve(address, (call, stream) -> {
            try {
                return Future.succeededFuture(operation.apply(call));
            } catch (Throwable e) {
                // Waiting for a future throws what made it fail, be it checked or not.
                return Future.failedFuture(e);
            }
        }));
    }

    private Answer ready() {
        try {
            database.ping().await();
        } catch (Exception e) {
            throw Failure.unavailable("The database can't be asked.");
        }
        return Answer.json(new JsonObject().put("status", "ok").toBuffer());
    }

    private Future<?> bootstrap() {
        return bootstrapKey == null ? storeFirst(ApiKey.generate(settings.keyPrefix())) : store(bootstrapKey);
    }

    /** Of several nodes that start at the same time on an empty database, only the one that stored its key shows it. */
    private Future<?> storeFirst(String key) {
        return database.pool()
                .preparedQuery("""
                    with first as (select where not exists (select from accounts.api_keys)),
                    administrator as (
                        insert into accounts.accounts (id, kind, name, administrator)
                        select $1, 'service', 'Administrator', true from first
                        on conflict (id) do nothing)
                    insert into accounts.api_keys (id, hash, account, name, prefix)
                    select 'bootstrap', $2, $1, 'The first key', '' from first
                    on conflict (id) do nothing
                    """)
                .execute(Tuple.of(BOOTSTRAP_ACCOUNT, ApiKey.hash(key)))
                .onSuccess(stored -> {
                    if (stored.rowCount() == 1) {
                        onFirstKey.accept(key);
                    }
                });
    }

    /**
     * Makes this the one bootstrap key: the one before, if any, is no longer good. A key that is there already is left as it
     * is: somebody may have revoked it. Another one is the way back in, whatever became of the account.
     */
    private Future<?> store(String key) {
        return database.pool().preparedQuery("""
            with other as (
                select where not exists (select from accounts.api_keys where id = 'bootstrap' and hash = $2)),
            administrator as (
                insert into accounts.accounts (id, kind, name, administrator)
                select $1, 'service', 'Administrator', true from other
                on conflict (id) do update set administrator = true, active = true)
            insert into accounts.api_keys (id, hash, account, name, prefix)
            select 'bootstrap', $2, $1, 'The first key', '' from other
            on conflict (id) do update set hash = excluded.hash, account = excluded.account, revoked_at = null,
                expires_at = null, replaced_by = null, scopes = null, networks = '{}', bound_model = null, regions = null
            """).execute(Tuple.of(BOOTSTRAP_ACCOUNT, ApiKey.hash(key)));
    }
}
