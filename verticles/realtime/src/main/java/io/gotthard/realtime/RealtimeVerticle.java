package io.gotthard.realtime;

import io.gotthard.contracts.Bus;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves what is asked of realtime over the bus: tickets for sockets, and runs for front ends that speak AG-UI. Deployed once in a process. */
public final class RealtimeVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(RealtimeVerticle.class);
    private static final long SWEEP_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final long DRAIN_MILLIS = 5_000;

    private final Database database;
    private Bus bus;

    /** A verticle over a database. */
    public RealtimeVerticle(Database database) {
        this.database = database;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        var tickets = new Tickets(database);
        var agUiThreads = new AgUiThreads(database);
        var agUi = new AgUi(vertx, bus, agUiThreads);
        vertx.setPeriodic(
                SWEEP_MILLIS,
                timer -> Future.join(tickets.sweep(), agUiThreads.sweep())
                        .onFailure(cause -> LOG.debug("What is old is not removed by now", cause)));
        return database.migrate("realtime")
                .compose(migrated -> Future.all(
                        bus.serve("realtime.createTicket", (call, stream) -> tickets.create(call)),
                        bus.serve("realtime.redeemTicket", (call, stream) -> tickets.redeem(call)),
                        bus.serve("realtime.runAgUi", agUi::run)));
    }

    @Override
    public Future<?> stop() {
        return bus.close(DRAIN_MILLIS);
    }
}
