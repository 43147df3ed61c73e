package io.gotthard.metering;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.gotthard.kit.Database;
import io.gotthard.metering.Exchange.Answer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wallets whose money is partly here. There is one {@link Wallet} object for a wallet at any time, as long as anybody holds it or it
 * has money. What is not used for 5 to 10 seconds goes back.
 *
 * <p>Safe to be used from any thread.
 */
final class Allowances {

    private static final Logger LOG = LoggerFactory.getLogger(Allowances.class);

    private static final long SWEEP_MILLIS = 5_000;
    private static final long LATER_MILLIS = 250;
    private static final long CLOSE_SECONDS = 3;
    private static final int MOST_AT_ONCE = 1_000;

    /** What the database says to a node that was taken for dead. */
    private static final String ENDED = "GM001";

    private final Vertx vertx;
    private final Database database;
    private final LongSupplier node;
    private final AtomicLong ops = new AtomicLong();
    private final Cache<Integer, Wallet> known =
            Caffeine.newBuilder().weakValues().build();
    private final Set<Lease> lookedAfter = ConcurrentHashMap.newKeySet();
    private final Set<Integer> used = ConcurrentHashMap.newKeySet();
    private final Set<Integer> refused = ConcurrentHashMap.newKeySet();
    private final long sweeping;
    private volatile boolean failing;

    /**
     * Allowances of a node.
     *
     * @param node the number of the node that this process is at present
     */
    Allowances(Vertx vertx, Database database, LongSupplier node) {
        this.vertx = vertx;
        this.database = database;
        this.node = node;
        this.sweeping = vertx.setPeriodic(SWEEP_MILLIS, due -> giveBackIdle());
    }

    /**
     * What pays from this ledger account: the same object for everybody.
     *
     * @param prepaid whether it is a wallet; a receivable has no allowance
     */
    Wallet wallet(int id, boolean prepaid) {
        return known.get(id, key -> prepaid ? new Lease(this, key).wallet() : new Wallet(key, null));
    }

    long nextOp() {
        return ops.incrementAndGet();
    }

    void lookAfter(Lease lease) {
        lookedAfter.add(lease);
    }

    /** There was not enough money in a wallet, wherever it is. */
    void refused(Wallet wallet) {
        refused.add(wallet.id());
    }

    void later(Runnable what) {
        vertx.setTimer(LATER_MILLIS, due -> what.run());
    }

    /** Asks the database; it is the lease that is told what became of it. */
    void send(Lease lease, Exchange exchange) {
        used.add(lease.wallet().id());
        if (exchange.gives()) {
            give(List.of(new Given(lease, exchange)));
            return;
        }
        database.pool()
                .preparedQuery("select * from metering.lease($1, $2, $3, $4, $5, $6)")
                .execute(Tuple.of(
                        node.getAsLong(),
                        lease.wallet().id(),
                        exchange.op(),
                        exchange.needed(),
                        exchange.wanted(),
                        exchange.others()))
                .onComplete(
                        rows -> answered(lease, exchange, answer(rows.iterator().next())),
                        cause -> failed(lease, exchange, cause));
    }

    private static Answer answer(Row row) {
        var holders = row.getArrayOfLongs("holders");
        return new Answer(row.getLong("taken"), holders == null ? Set.of() : Set.of(holders));
    }

    private record Given(Lease lease, Exchange exchange) {}

    private Future<Void> give(List<Given> all) {
        if (all.isEmpty()) {
            return Future.succeededFuture();
        }
        return database.pool()
                .preparedQuery("select metering.give_back($1, $2, $3, $4, $5)")
                .execute(Tuple.of(
                        node.getAsLong(),
                        all.stream().map(given -> given.lease.wallet().id()).toArray(Integer[]::new),
                        all.stream().map(given -> given.exchange.op()).toArray(Long[]::new),
                        all.stream().map(given -> given.exchange.given()).toArray(Long[]::new),
                        all.getFirst().exchange.others()))
                .onSuccess(done -> all.forEach(given -> answered(given.lease, given.exchange, Answer.NOTHING)))
                .onFailure(cause -> all.forEach(given -> failed(given.lease, given.exchange, cause)))
                .mapEmpty();
    }

    private void answered(Lease lease, Exchange exchange, Answer answer) {
        if (failing) {
            failing = false;
            LOG.info("The database leases money again");
        }
        lease.done(exchange, answer);
    }

    private void failed(Lease lease, Exchange exchange, Throwable cause) {
        if (cause instanceof PgException refusal && ENDED.equals(refusal.getSqlState())) {
            lease.gone();
            known.asMap().remove(lease.wallet().id(), lease.wallet());
            return;
        }
        if (!failing) {
            failing = true;
            LOG.warn("The database does not lease money: {}", cause.getMessage());
        }
        lease.unanswered(exchange);
    }

    private void giveBackIdle() {
        var idle = new ArrayList<Given>();
        for (var lease : List.copyOf(lookedAfter)) {
            var exchange = lease.idle();
            if (exchange != null) {
                idle.add(new Given(lease, exchange));
            } else if (lease.isAtRest()) {
                lookedAfter.remove(lease);
                if (!lease.isAtRest()) {
                    lookedAfter.add(lease);
                }
            }
        }
        for (int from = 0; from < idle.size(); from += MOST_AT_ONCE) {
            give(idle.subList(from, Math.min(idle.size(), from + MOST_AT_ONCE)));
        }
    }

    /**
     * What another node, or who changed a wallet, says.
     *
     * @param payload {@code money <wallet>}, {@code recall <wallet> <node>,<node>…} or {@code back <wallet> <node>}
     */
    void hear(String payload) {
        var words = payload.split(" ");
        int id = Integer.parseInt(words[1]);
        var wallet = known.getIfPresent(id);
        var lease = wallet == null ? null : wallet.lease();
        switch (words[0]) {
            case "money" -> {
                if (lease != null) {
                    lease.money();
                }
            }
            case "back" -> {
                if (lease != null) {
                    lease.back(Long.parseLong(words[2]));
                }
            }
            case "recall" -> {
                if (Set.of(words[2].split(",")).contains(Long.toString(node.getAsLong()))) {
                    wallet(id, true).lease().recall();
                }
            }
            default -> LOG.warn("The database said something else of wallets: {}", words[0]);
        }
    }

    /** Nobody knows what was missed: whoever is short may not be any more. */
    void missed() {
        all().forEach(Lease::money);
    }

    /** The wallets whose money moved, and those that had not enough, since the last time. */
    Future<List<Row>> usedUp() {
        var ids = drained(used);
        var without = drained(refused);
        if (ids.length == 0 && without.length == 0) {
            return Future.succeededFuture(List.of());
        }
        return database.pool()
                .preparedQuery("select * from metering.used_up($1, $2)")
                .execute(Tuple.of((Object) ids, (Object) without))
                .map(rows -> {
                    var marks = new ArrayList<Row>();
                    rows.forEach(marks::add);
                    return (List<Row>) marks;
                });
    }

    private static Integer[] drained(Set<Integer> ids) {
        var all = new HashSet<>(ids);
        ids.removeAll(all);
        return all.toArray(Integer[]::new);
    }

    /** This process is another node now: all that was here has gone back by other hands. */
    void gone() {
        var all = all();
        known.invalidateAll();
        lookedAfter.clear();
        all.forEach(Lease::gone);
    }

    /** How many wallets have money here. */
    long leases() {
        return lookedAfter.stream()
                .filter(lease -> lease.wallet().allowance() > 0)
                .count();
    }

    /** How many nanos are here. */
    long leased() {
        return lookedAfter.stream()
                .mapToLong(lease -> lease.wallet().allowance())
                .sum();
    }

    private List<Lease> all() {
        return known.asMap().values().stream()
                .filter(Wallet::isPrepaid)
                .map(Wallet::lease)
                .toList();
    }

    /** Gives everything back. Completes when that is done, or after {@value #CLOSE_SECONDS} seconds; never fails. */
    Future<Void> close() {
        vertx.cancelTimer(sweeping);
        var all = new ArrayList<Given>();
        for (var lease : lookedAfter) {
            var exchange = lease.close();
            if (exchange != null) {
                all.add(new Given(lease, exchange));
            }
        }
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
        return give(all).otherwiseEmpty().compose(given -> rest(until));
    }

    /** Those with an exchange under way give back when it has ended. */
    private Future<Void> rest(long until) {
        if (lookedAfter.stream().allMatch(Lease::isAtRest) || System.nanoTime() - until >= 0) {
            return Future.succeededFuture();
        }
        return vertx.timer(20, TimeUnit.MILLISECONDS).compose(due -> rest(until));
    }
}
