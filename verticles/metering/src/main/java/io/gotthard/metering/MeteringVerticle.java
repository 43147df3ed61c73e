package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.gotthard.kit.Transaction;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Runs a {@link Metering}: its journal, its limits and what the database tells of, and answers for wallets, prices, limits and usage.
 * Deployed once in a process. When it is stopped, what was charged is in the balances and no money is left with this node.
 *
 * <p>To be deployed on virtual threads: its operations wait for the database in straight lines.
 */
public final class MeteringVerticle extends VerticleBase {

    /** How often it is looked whether the ledger should be checked, and what the last check found. */
    private static final Duration VERIFICATION_LOOK = Duration.ofMinutes(5);

    private final Metering metering;
    private final Database database;
    private final String databaseUrl;
    private final Path data;
    private final String redisUrl;
    private final List<Future<Void>> served = new ArrayList<>();
    private Bus bus;

    /**
     * A verticle over a database.
     *
     * @param databaseUrl where the database is, for the journal's connection of its own
     * @param data the folder in which charges are kept while the database is away
     * @param redisUrl where limits are counted for several nodes, or null if this is the only one
     */
    public MeteringVerticle(Metering metering, Database database, String databaseUrl, Path data, String redisUrl) {
        this.metering = metering;
        this.database = database;
        this.databaseUrl = databaseUrl;
        this.data = data;
        this.redisUrl = redisUrl;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        return database.migrate("metering").compose(migrated -> serve());
    }

    @Override
    public Future<?> stop() {
        return bus.close(5_000);
    }

    private Future<?> serve() {
        answer("metering.checkReadiness", call -> ready());
        usage(Work.settings(database));
        return Future.all(served);
    }

    private void usage(Transaction.Settings transactions) {
        var usage = new UsageApi(transactions, metering.settings(), Future::succeededFuture, () -> 0);
        var export = new UsageExport(database, metering.settings(), Future::succeededFuture);
        var verification = new Verification(database.pool(), metering.registry());
        answer("metering.getUsage", usage::get);
        answer("metering.exportUsage", export::get);
        answer("metering.verifyLedger", call -> Work.in(transactions, call, verification::verify));
        vertx.setPeriodic(0, VERIFICATION_LOOK.toMillis(), due -> verification.tick());
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

    Metering metering() {
        return metering;
    }

    String databaseUrl() {
        return databaseUrl;
    }

    Path data() {
        return data;
    }

    String redisUrl() {
        return redisUrl;
    }
}
