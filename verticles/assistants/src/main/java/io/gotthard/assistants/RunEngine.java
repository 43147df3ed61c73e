package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Caller;
import io.gotthard.kit.Database;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.UUID;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All that works on runs in this process. To be made and used on one context of virtual threads. */
final class RunEngine {

    private static final Logger LOG = LoggerFactory.getLogger(RunEngine.class);

    private static final long EXPIRY_MILLIS = 1_000;

    private final Vertx vertx;
    private final Context context = Vertx.currentContext();
    private final Runs runs;
    private final TaskRows tasks;
    private final RunNews news;
    private final Runner runner;
    private final long expiry;
    private boolean expiring;
    private Future<Void> closed;

    private RunEngine(Vertx vertx, Database database, Runs runs, RunNews news, Runner runner) {
        this.vertx = vertx;
        this.runs = runs;
        this.tasks = new TaskRows(database);
        this.news = news;
        this.runner = runner;
        this.expiry = vertx.setPeriodic(EXPIRY_MILLIS, due -> expire());
    }

    /**
     * Begins to work.
     *
     * @param tools opens the tools of an agent for somebody
     * @param agents finds an agent by its id that somebody may use
     */
    static Future<RunEngine> open(
            Vertx vertx,
            Bus bus,
            Database database,
            EventLog log,
            AssistantsSettings settings,
            BiFunction<Agent, Caller, Future<Toolbox>> tools,
            BiFunction<Caller, String, Future<Agent>> agents) {
        var runs = new Runs(database);
        var news = new RunNews(vertx, database);
        var leases = new Leases(database, UUID.randomUUID().toString(), settings.lease());
        var runner = new Runner(new Workplace(vertx, bus, database, log, settings, tools, agents, runs), leases);
        runs.worker(runner, leases);
        return news.open(runner::take, runner::look)
                .map(listening -> new RunEngine(vertx, database, runs, news, runner))
                .onFailure(cause -> runner.close(Duration.ZERO));
    }

    private void expire() {
        if (expiring) {
            return;
        }
        expiring = true;
        context.runOnContext(now -> {
            try {
                tasks.expire();
            } catch (Throwable e) {
                LOG.debug("Tasks can't be looked at", e);
            } finally {
                expiring = false;
            }
        });
    }

    Runs runs() {
        return runs;
    }

    TaskRows tasks() {
        return tasks;
    }

    RunNews news() {
        return news;
    }

    /** How many runs this node works on. */
    int working() {
        return runner.working();
    }

    /** Takes no more runs, lets work finish for so long, and hands over what is left. Never fails. */
    Future<Void> close(Duration drain) {
        if (closed == null) {
            vertx.cancelTimer(expiry);
            closed = runner.close(drain).eventually(news::close);
        }
        return closed;
    }
}
