package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Operation;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Keeps threads and lets assistants work in them. Deployed once in a process.
 *
 * <p>To be deployed on virtual threads: its operations wait for the database in straight lines.
 */
public final class AssistantsVerticle extends VerticleBase {

    private final AssistantsSettings settings;
    private final Database database;
    private Bus bus;

    /** A verticle over a database. */
    public AssistantsVerticle(AssistantsSettings settings, Database database) {
        this.settings = settings;
        this.database = database;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        return database.migrate("assistants").compose(migrated -> serve(Map.of()));
    }

    /** Serves operations by their addresses. */
    private Future<?> serve(Map<String, Operation> operations) {
        var served = new ArrayList<Future<Void>>();
        operations.forEach((address, operation) -> served.add(bus.serve(address, operation)));
        return Future.all(List.copyOf(served));
    }

    @Override
    public Future<?> stop() {
        return bus.close(settings.drain().toMillis());
    }
}
