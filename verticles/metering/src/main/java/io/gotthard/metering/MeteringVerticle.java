package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.gotthard.kit.Transaction;
import io.gotthard.metering.GenAiMetrics.Gauges;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a {@link Metering}: its journal, its limits and what the database tells of, and answers for wallets, prices, limits and usage.
 * Deployed once in a process. When it is stopped, what was charged is in the balances and no money is left with this node.
 *
 * <p>To be deployed on virtual threads: its operations wait for the database in straight lines.
 */
public final class MeteringVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(MeteringVerticle.class);

    /** How often it is looked whether the ledger should be checked, and what the last check found. */
    private static final Duration VERIFICATION_LOOK = Duration.ofMinutes(5);

    private static final Duration LIMITS_SWEEP = Duration.ofMinutes(1);

    private final Metering metering;
    private final Database database;
    private final Path data;
    private final String redisUrl;
    private final List<Future<Void>> served = new ArrayList<>();
    private Bus bus;
    private Prices prices;
    private Limits limits;
    private Limiter limiter;
    private Journal journal;
    private Allowances allowances;
    private Standings standings;
    private MeteringChanges changes;
    private Warnings warnings;
    private long watching;

    /**
     * A verticle over a database.
     *
     * @param data the folder in which charges are kept while the database is away
     * @param redisUrl where limits are counted for several nodes, or null if this is the only one
     */
    public MeteringVerticle(Metering metering, Database database, Path data, String redisUrl) {
        this.metering = metering;
        this.database = database;
        this.data = data;
        this.redisUrl = redisUrl;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        prices = new Prices(database);
        warnings = new Warnings(vertx.eventBus(), metering.registry());
        var history = new UsageHistory(database.pool());
        limiter = redisUrl == null
                ? new LocalLimits(LocalLimits.clock(), history::ahead, warnings::reached)
                : new RedisLimits(
                        vertx, redisUrl, RedisLimits.PATIENCE, LocalLimits.clock(), history::ahead, warnings::reached);
        limits = new Limits(database.pool(), limiter);
        database.migrate("metering").await();
        prices.configure(Metering.rates(metering.configuredPrices())).await();
        prices.reload().await();
        open(Journal.open(vertx, database, data, metering.settings()).await());
        return serve();
    }

    private void open(Journal opened) {
        journal = opened;
        allowances = new Allowances(vertx, database, journal::node);
        standings = new Standings(database, allowances, limits);
        journal.onNewNode(node -> {
            allowances.gone();
            standings.forgetAll();
        });
        var metrics = new GenAiMetrics(metering.registry(), metering.settings().currency());
        metrics.show(Gauges.OPEN_RESERVATIONS, journal::openReservations);
        metrics.show(Gauges.LEDGER_LAG, journal::lagMillis);
        metrics.show(Gauges.LEDGER_AWAY, () -> journal.isAway() ? 1 : 0);
        metrics.show(Gauges.SPOOL, () -> Spool.waiting(data));
        metrics.show(Gauges.LEASES, allowances::leases);
        metrics.show(Gauges.LEASED, allowances::leased);
        var admissions = new Admissions(
                metering.settings(), standings, prices, limiter, journal, metrics, new Unpriced(metrics));
        changes = new MeteringChanges(vertx, database, prices, limits, standings, allowances);
        watching = vertx.setPeriodic(metering.settings().fold().toMillis(), due -> watch());
        changes.listen().await();
        metering.priced(prices);
        metering.open(admissions);
    }

    /** Says which wallets are running out. */
    private void watch() {
        allowances
                .usedUp()
                .onSuccess(marks -> marks.forEach(mark -> warnings.reached(
                        "wallet",
                        Wallets.name(mark.getInteger("wallet")),
                        mark.getString("tenant"),
                        mark.getShort("percent"))))
                .onFailure(cause -> LOG.warn("It can't be said which wallets run out: {}", cause.getMessage()));
    }

    @Override
    public Future<?> stop() {
        metering.open(null);
        metering.priced(null);
        vertx.cancelTimer(watching);
        return bus.close(5_000)
                .compose(closed -> allowances == null ? Future.succeededFuture() : allowances.close())
                .eventually(() -> journal == null ? Future.succeededFuture() : journal.close())
                .eventually(() -> changes == null ? Future.succeededFuture() : changes.close())
                .eventually(() -> limiter.close());
    }

    private Future<?> serve() {
        var transactions = Work.settings(database);
        answer("metering.checkReadiness", call -> ready());
        wallets(transactions);
        limits(transactions);
        usage(transactions);
        return Future.all(served);
    }

    private void wallets(Transaction.Settings transactions) {
        upToDate(transactions, "metering.listWallets", Wallets::list);
        work(transactions, "metering.createWallet", Wallets::create);
        upToDate(transactions, "metering.getWallet", Wallets::get);
        work(transactions, "metering.updateWallet", Wallets::update);
        work(transactions, "metering.closeWallet", Wallets::close);
        upToDate(transactions, "metering.listWalletEntries", Entries::list);
        work(transactions, "metering.topUpWallet", TopUps::topUp);
        work(transactions, "metering.listVouchers", Vouchers::list);
        work(transactions, "metering.createVouchers", Vouchers::create);
        work(transactions, "metering.redeemVoucher", Vouchers::redeem);
        var settings = metering.settings();
        answer("metering.takePayment", new Payments(settings.webhookSecret(), settings.currency(), transactions)::take);
    }

    private void limits(Transaction.Settings transactions) {
        work(transactions, "metering.listLimits", LimitsApi::list);
        work(transactions, "metering.createLimit", LimitsApi::create);
        work(transactions, "metering.getLimit", LimitsApi::get);
        work(transactions, "metering.updateLimit", LimitsApi::update);
        work(transactions, "metering.deleteLimit", LimitsApi::delete);
        vertx.setPeriodic(LIMITS_SWEEP.toMillis(), due -> limiter.sweep());
    }

    private void usage(Transaction.Settings transactions) {
        var settings = metering.settings();
        var shown = new PricesApi(settings.currency());
        work(transactions, "metering.listPrices", shown::list);
        work(transactions, "metering.getPrice", shown::get);
        work(transactions, "metering.createPrice", shown::create);
        work(transactions, "metering.endPrice", shown::end);
        answer("metering.getReceipt", new Receipts(transactions, journal::fold, settings.currency())::get);
        var usage = new UsageApi(transactions, settings, journal::fold, journal::node);
        answer("metering.getUsage", usage::get);
        answer("metering.exportUsage", new UsageExport(database, settings, journal::fold)::get);
        var verification = new Verification(database.pool(), metering.registry());
        work(transactions, "metering.verifyLedger", verification::verify);
        vertx.setPeriodic(0, VERIFICATION_LOOK.toMillis(), due -> verification.tick());
    }

    /** The same, of what this node knows by then. */
    private void upToDate(Transaction.Settings transactions, String address, Function<Work, Answer> operation) {
        answer(address, call -> {
            journal.fold().await();
            return Work.in(transactions, call, operation);
        });
    }

    /** Serves what is done in one transaction. */
    private void work(Transaction.Settings transactions, String address, Function<Work, Answer> operation) {
        answer(address, call -> Work.in(transactions, call, operation));
    }

    private void answer(String address, Function<Call, Answer> operation) {
        answer(address, (call, stream) -> operation.apply(call));
    }

    private void answer(String address, BiFunction<Call, BusStream, Answer> operation) {
        served.add(bus.serve(address, (call, stream) -> {
            try {
                return Future.succeededFuture(operation.apply(call, stream));
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
}
