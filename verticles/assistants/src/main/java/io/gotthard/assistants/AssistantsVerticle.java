package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Operation;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Keeps threads and lets assistants work in them. Deployed once in a process.
 *
 * <p>To be deployed on virtual threads: its operations wait for the database in straight lines.
 */
public final class AssistantsVerticle extends VerticleBase {

    private final AssistantsSettings settings;
    private final Map<String, AssistantSettings> configured;
    private final Database database;
    private Bus bus;

    /**
     * A verticle over a database.
     *
     * @param configured the assistants of the configuration, by their names
     */
    public AssistantsVerticle(
            AssistantsSettings settings, Map<String, AssistantSettings> configured, Database database) {
        this.settings = settings;
        this.configured = configured;
        this.database = database;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        var agents = new Agents(database, AnnouncedAgents.NONE);
        return database.migrate("assistants")
                .compose(migrated -> agents.configure(configured))
                .compose(declared -> serve(agentOperations(agents)));
    }

    private Map<String, Operation> agentOperations(Agents agents) {
        var api = new AgentsApi(database, agents);
        var operations = new HashMap<String, Operation>();
        operations.put("assistants.listAgents", inLine(api::list));
        operations.put("assistants.createAgent", inLine(api::create));
        operations.put("assistants.getAgent", inLine(api::get));
        operations.put("assistants.updateAgent", inLine(api::update));
        operations.put("assistants.deleteAgent", inLine(api::delete));
        operations.put("assistants.listAgentVersions", inLine(api::versions));
        operations.put("assistants.getAgentVersion", inLine(api::version));
        return operations;
    }

    /** An operation that waits in straight lines. */
    private static Operation inLine(Function<Call, Answer> operation) {
        return (call, stream) -> {
            try {
                return Future.succeededFuture(operation.apply(call));
            } catch (Throwable e) {
                // Waiting for a future throws what made it fail, be it checked or not.
                return Future.failedFuture(e);
            }
        };
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
