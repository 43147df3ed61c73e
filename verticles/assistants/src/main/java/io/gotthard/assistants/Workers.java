package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Rule.Level;
import io.gotthard.kit.Database;
import io.gotthard.kit.Ids;
import io.gotthard.kit.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers that are connected to this node. A worker that says nothing for {@value WorkerWatch#SILENCE_MILLIS} ms is gone, and its runs go to
 * others of its class; one that comes back before has them still. All on the verticle's context.
 */
final class Workers {

    /** How often a worker has to say something. */
    static final long HEARTBEAT_MILLIS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final long TICK_MILLIS = 500;
    private static final int MOST_PER_ACCOUNT = 500;
    private static final int MOST_RUNS = 1_000;

    private final Vertx vertx;
    private final Context context = Vertx.currentContext();
    private final WorkerRows rows;
    private final WorkerClasses classes;
    private final WorkerRuns runs;
    private final Handout handout;
    private final Map<String, Worker> workers = new HashMap<>();
    private final WorkerWatch watch;
    private long timer;

    private Workers(Vertx vertx, Bus bus, Database database, EventLog log, AssistantsSettings settings) {
        this.vertx = vertx;
        this.rows = new WorkerRows(database);
        this.runs = new WorkerRuns(vertx, database, log, new Leases(database, rows.node(), settings.lease()), bus);
        // Notifications come on another context.
        this.classes = new WorkerClasses(vertx, database, rows, run -> context.runOnContext(now -> told(run)));
        this.handout = new Handout(vertx, workers, classes, runs);
        this.watch = new WorkerWatch(workers, rows, classes, runs, handout);
    }

    /** Begins to know of workers, those of other nodes too. */
    static Future<Workers> open(Vertx vertx, Bus bus, Database database, EventLog log, AssistantsSettings settings) {
        var opened = new Workers(vertx, bus, database, log, settings);
        return opened.classes.listen().map(listening -> {
            opened.timer = vertx.setPeriodic(TICK_MILLIS, TICK_MILLIS, tick -> opened.watch.look());
            return opened;
        });
    }

    /** The classes there are by now, on whichever node. */
    WorkerClasses classes() {
        return classes;
    }

    /**
     * A worker announces its class, or comes back.
     *
     * @return what it is told
     * @throws Failure 400 if the announcement is not valid, 403 if the class is not the caller's to announce
     */
    JsonObject announce(Caller caller, JsonObject announcement) {
        var agentClass = AgentClass.of(caller.tenant(), announcement);
        require(caller, agentClass);
        InputSchema.check(agentClass.input());
        if (!(announcement.getValue("capacity", 1) instanceof Integer capacity)
                || capacity < 1
                || capacity > MOST_RUNS) {
            throw Failure.invalid("capacity", "'capacity' must be a number from 1 to " + MOST_RUNS + ".");
        }
        var known = announcement.getValue("resume") instanceof String id ? workers.get(id) : null;
        if (known != null
                && known.account().equals(caller.account())
                && known.agentClass().tenant().equals(agentClass.tenant())
                && known.agentClass().name().equals(agentClass.name())) {
            known.alive();
            known.comesBack(announcement.getValue("runs") instanceof JsonArray runsOf ? runsOf : new JsonArray());
            return announced(known, true);
        }
        if (workers.values().stream()
                        .filter(worker -> worker.account().equals(caller.account()))
                        .count()
                >= MOST_PER_ACCOUNT) {
            throw Failure.refused(429, "too_many_workers", "This account has too many workers at this node.");
        }
        var worker = new Worker(Ids.next("wrk"), caller.account(), agentClass, capacity);
        workers.put(worker.id(), worker);
        try {
            rows.add(worker).await();
            classes.look().await();
        } catch (Throwable e) {
            workers.remove(worker.id());
            LOG.warn("A worker can't be announced: {}", e.getMessage());
            throw Failure.unavailable("Workers can't be announced at the moment.");
        }
        return announced(worker, false);
    }

    private static JsonObject announced(Worker worker, boolean resumed) {
        return new JsonObject()
                .put("worker", worker.id())
                .put("heartbeat_ms", HEARTBEAT_MILLIS)
                .put("resumed", resumed);
    }

    private static void require(Caller caller, AgentClass agentClass) {
        if (!caller.permissions().allows(Level.ADMIN, agentClass.resource())) {
            throw Failure.forbidden(
                    "This needs the permission 'gotthard.admin." + agentClass.resource() + "', which you do not have.");
        }
    }

    /** The caller's worker; for anybody else it is as if there were none. */
    private Worker worker(Caller caller, String id) {
        var worker = id == null ? null : workers.get(id);
        if (worker == null || !worker.account().equals(caller.account())) {
            throw Refusal.notFound("worker");
        }
        return worker;
    }

    /** Hands work to a worker as it has capacity, until the stream is gone. */
    void takeWork(Caller caller, String id, BusStream stream) {
        var worker = worker(caller, id);
        worker.alive();
        worker.connect(stream);
        stream.onCancel(() -> {
            if (worker.isOn(stream)) {
                worker.disconnect();
                if (worker.isLeaving()) {
                    context.runOnContext(now -> watch.gone(worker, true));
                }
            }
        });
        handout.wake();
    }

    /** What a worker says of a run; see {@link Report}. */
    JsonObject report(Caller caller, JsonObject report) {
        var worker = worker(caller, report.getString("worker"));
        worker.alive();
        var run = worker.run(report.getString("run", ""));
        if (run == null || run.row().lease() != report.getLong("lease", -1L)) {
            throw Failure.refused(409, "run_lost", "This worker does not have this run, or no longer.");
        }
        try {
            return run.inOrder(
                    () -> new Report(worker, run, runs).take(report.getJsonArray("events", new JsonArray())));
        } finally {
            if (worker.run(run.row().id()) == null) {
                handout.wake();
            }
        }
    }

    /**
     * A worker lives.
     *
     * @throws Failure 403 if it no longer may
     */
    void heartbeat(Caller caller, String id) {
        var worker = worker(caller, id);
        try {
            require(caller, worker.agentClass());
        } catch (Failure refused) {
            watch.gone(worker, true);
            throw refused;
        }
        worker.alive();
    }

    /** A worker takes no more; what it has it may finish. */
    void withdraw(Caller caller, String id) {
        var worker = worker(caller, id);
        worker.leave();
        rows.remove(worker.id()).await();
    }

    /** Something happened to runs: there is one to take, or one of ours is not what it was. */
    private void told(String run) {
        if (run == null) {
            handout.wake();
        } else if (workers.values().stream().anyMatch(worker -> worker.run(run) != null)) {
            watch.look();
        }
    }

    /** Lets the workers look for another node; what they have they may finish until {@link #close}. */
    void stop() {
        List.copyOf(workers.values()).forEach(Worker::leave);
        List.copyOf(workers.values()).forEach(Worker::end);
    }

    /** Lets all workers go; what they have goes to those of other nodes. */
    Future<Void> close() {
        vertx.cancelTimer(timer);
        List.copyOf(workers.values()).forEach(worker -> watch.gone(worker, false));
        return classes.close();
    }
}
