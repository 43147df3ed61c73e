package io.gotthard.metering;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of the callers of late. Who is not known costs a round trip to the database; what changes there is forgotten here as soon
 * as the database tells of it. Safe to be used from any thread.
 */
final class Standings {

    private static final Logger LOG = LoggerFactory.getLogger(Standings.class);
    private static final int REMEMBERED = 100_000;

    private record Who(String key, String account, String tenant) {

        static Who of(Caller caller) {
            return new Who(caller.keyId(), caller.account(), caller.tenant());
        }

        boolean concerns(String kind, String owner) {
            return owner.equals(
                    switch (kind) {
                        case "key" -> key;
                        case "account" -> account;
                        default -> tenant;
                    });
        }
    }

    private final Database database;
    private final Allowances allowances;
    private final Limits limits;
    private final Cache<Who, Standing> known =
            Caffeine.newBuilder().maximumSize(REMEMBERED).build();
    private final Map<Who, Future<Standing>> asked = new ConcurrentHashMap<>();
    /** How often something was forgotten: what was asked before that may be out of date. */
    private final AtomicLong forgotten = new AtomicLong();

    Standings(Database database, Allowances allowances, Limits limits) {
        this.database = database;
        this.allowances = allowances;
        this.limits = limits;
    }

    /** What is known of a caller, or null if they have to be asked for. */
    Standing known(Caller caller) {
        var standing = known.getIfPresent(Who.of(caller));
        if (standing == null || !standing.isOf(caller)) {
            return null;
        }
        if (!standing.bounds().isCurrent()) {
            standing.refresh(() -> limits.of(caller));
        }
        return standing;
    }

    /**
     * Finds out about a caller.
     *
     * @return completes on the current context; fails with 503 if the database can't be asked
     */
    Future<Standing> of(Caller caller) {
        var who = Who.of(caller);
        var promise = Promise.<Standing>promise();
        var question = asked.putIfAbsent(who, promise.future());
        if (question == null) {
            long before = forgotten.get();
            question = ask(caller).onComplete(answer -> {
                if (answer.succeeded() && forgotten.get() == before) {
                    known.put(who, answer.result());
                }
                asked.remove(who);
                promise.handle(answer);
            });
        }
        return Admissions.here(question);
    }

    private Future<Standing> ask(Caller caller) {
        return database.pool()
                .preparedQuery("select * from metering.standing($1, $2, $3)")
                .execute(Tuple.of(caller.keyId(), caller.account(), caller.tenant()))
                .compose(rows -> limits.of(caller)
                        .map(bounds -> new Standing(wallet(rows.iterator().next()), caller.roles(), bounds)))
                .recover(Standings::away);
    }

    private Wallet wallet(Row row) {
        int id = row.getInteger("payer");
        var wallet = allowances.wallet(id, "wallet".equals(row.getString("kind")));
        wallet.graceAllowance("grace".equals(row.getString("outage")) ? row.getLong("grace_allowance") : 0);
        return wallet;
    }

    /**
     * Who pays, as the caller may know it: how much there is they see if it is their own, or if they administer the tenant's.
     *
     * @param cost nanos that it has to have
     */
    Future<JsonObject> payer(Caller caller, Wallet wallet, long cost) {
        if (!wallet.isPrepaid()) {
            return Future.succeededFuture(Quote.wallet(wallet, null, cost, false));
        }
        return database.pool()
                .preparedQuery(
                        "select metering.balance(id) as balance, owner_kind from metering.ledger_accounts where id ="
                                + " $1")
                .execute(Tuple.of(wallet.id()))
                .map(rows -> {
                    var row = rows.iterator().next();
                    boolean shown = !"tenant".equals(row.getString("owner_kind")) || Work.administers(caller);
                    return Quote.wallet(wallet, row.getLong("balance"), cost, shown);
                })
                .recover(Standings::away);
    }

    private static <T> Future<T> away(Throwable cause) {
        LOG.warn("The database can't be asked who pays: {}", cause.getMessage());
        return Future.failedFuture(
                Failure.unavailable("It can't be known at the moment whether there is money for this request."));
    }

    /**
     * Somebody has another wallet now, or theirs is another than before.
     *
     * @param payload {@code owner <kind> <id>}
     */
    void forget(String payload) {
        var words = payload.split(" ", 3);
        forgotten.incrementAndGet();
        known.asMap().keySet().removeIf(who -> who.concerns(words[1], words[2]));
    }

    /** Anything may have changed. */
    void forgetAll() {
        forgotten.incrementAndGet();
        known.invalidateAll();
    }
}
