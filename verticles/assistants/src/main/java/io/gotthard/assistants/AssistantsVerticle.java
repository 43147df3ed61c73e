package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Operation;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Keeps threads and lets assistants work in them. Deployed once in a process.
 *
 * <p>To be deployed on virtual threads: its operations wait for the database in straight lines.
 */
public final class AssistantsVerticle extends VerticleBase {

    private final AssistantsSettings settings;
    private final AssistantsInUse configured;
    private final Database database;
    private final List<Supplier<Future<Void>>> closings = new ArrayList<>();
    private final List<Runnable> stopping = new ArrayList<>();
    private Bus bus;

    /**
     * A verticle over a database.
     *
     * @param configured the assistants of the configuration, which this verticle declares
     */
    public AssistantsVerticle(AssistantsSettings settings, AssistantsInUse configured, Database database) {
        this.settings = settings;
        this.configured = configured;
        this.database = database;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        database.migrate("assistants").await();
        return serve(EventLog.open(vertx, database, settings).await());
    }

    private Future<?> serve(EventLog log) {
        closings.add(log::close);
        var tools = new Tools(vertx, settings.tools());
        closings.add(tools::close);
        var workers = Workers.open(vertx, bus, database, log, settings).await();
        closings.add(workers::close);
        stopping.add(workers::stop);
        configured.start().await();
        var agents = new Agents(database, configured, workers.classes());
        var engine = RunEngine.open(vertx, bus, database, log, settings, tools::open, agents::find)
                .await();
        // Both at the same time: what is asked of us may be about what we work on.
        stopping.add(() -> engine.close(settings.drain()));
        closings.add(() -> engine.close(settings.drain()));
        var threads = new Threads(database);
        var streams = new EventStreams(vertx, bus, threads);
        stopping.add(streams::close);
        follow();
        var operations = new HashMap<String, Operation>();
        operations.putAll(new ThreadsApi(threads, bus, log).operations());
        operations.putAll(new EventsApi(vertx, threads, log, streams).operations());
        operations.putAll(new RunsApi(vertx, engine, threads, streams, log, agents::find).operations());
        operations.putAll(new TasksApi(database, engine.tasks()).operations());
        operations.putAll(new AgentsApi(database, agents, tools::check).operations());
        operations.putAll(new WorkersApi(workers).operations());
        operations.putAll(new StartEvents(workers.classes(), agents, threads, engine.runs()).operations());
        operations.putAll(new ChatDoor(vertx, agents, threads, engine.runs(), log).operations());
        return serve(operations);
    }

    /** Follows what others change: what concerns single accounts, and which texts can be found. */
    private void follow() {
        var news = new AccountNews(vertx, bus, database);
        var index = new SearchIndex(vertx, database);
        news.listen().await();
        index.start();
        closings.add(index::close);
        closings.add(news::close);
    }

    /** Serves operations by their addresses. */
    private Future<?> serve(Map<String, Operation> operations) {
        var served = new ArrayList<Future<Void>>();
        operations.forEach((address, operation) -> served.add(bus.serve(address, operation)));
        return Future.all(List.copyOf(served));
    }

    @Override
    public Future<?> stop() {
        stopping.forEach(Runnable::run);
        var closed = bus.close(settings.drain().toMillis());
        for (var closing : closings.reversed()) {
            closed = closed.eventually(closing);
        }
        return closed;
    }
}
