package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Database;
import io.gotthard.kit.Refusal;
import io.gotthard.kit.Settings;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A node that works on runs: the real log and the real engine, over models and tools that are played. It can be killed. */
final class RunNode implements AutoCloseable {

    static final Caller ADA = new Caller("key_ada", "usr_ada", "ten_acme", Permissions.ALL, null);

    private static final Duration LEASE = Duration.ofMillis(900);

    private final Vertx vertx = Vertx.vertx();
    private final RunsWorld world;
    private final int capacity;
    private final Database database;
    private Context context;
    private EventLog log;
    private RunEngine engine;
    private boolean dead;

    private RunNode(RunsWorld world, int capacity) {
        this.world = world;
        this.capacity = capacity;
        this.database = Database.open(vertx, world.url());
    }

    static RunNode start(RunsWorld world) {
        return start(world, 50);
    }

    static RunNode start(RunsWorld world, int capacity) {
        var node = new RunNode(world, capacity);
        await(node.vertx.deployVerticle(
                new VerticleBase() {
                    @Override
                    public Future<?> start() {
                        return node.begin(Vertx.currentContext());
                    }
                },
                new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
        return node;
    }

    private Future<?> begin(Context here) {
        context = here;
        var bus = new Bus(vertx);
        var settings = settings();
        return database.migrate("assistants")
                .compose(migrated -> world.models().serve(bus, here))
                .compose(served -> bus.serve("accounts.renewCaller", (call, stream) -> renew()))
                .compose(served -> EventLog.open(vertx, database, settings))
                .compose(opened -> {
                    log = opened;
                    return RunEngine.open(
                            vertx, bus, database, log, settings, (agent, caller) -> tools(), (caller, id) -> agent(id));
                })
                .onSuccess(opened -> engine = opened);
    }

    private AssistantsSettings settings() {
        return Settings.read(
                AssistantsSettings.class,
                "{runs: %d, lease: %dms, drain: 300ms}".formatted(capacity, LEASE.toMillis()),
                "the test",
                name -> null);
    }

    private Future<Answer> renew() {
        if (world.isRevoked()) {
            return Future.failedFuture(Failure.unauthorized("Incorrect API key provided."));
        }
        return Future.succeededFuture(Answer.json(new JsonObject()
                .put("networks", new JsonArray())
                .put("key_id", ADA.keyId())
                .put("account", ADA.account())
                .put("tenant", ADA.tenant())
                .put("administrator", true)
                .put("roles", new JsonArray())
                .put("rules", new JsonArray())
                .put("bound_model", null)
                .put("only", null)
                .toBuffer()));
    }

    private Future<Toolbox> tools() {
        return Future.succeededFuture(new Toolbox() {
            @Override
            public List<Tool> tools() {
                return world.tools(vertx);
            }

            @Override
            public Future<Void> close() {
                return Future.succeededFuture();
            }
        });
    }

    private Future<Agent> agent(String id) {
        var found = world.agent(id);
        return found == null ? Future.failedFuture(Refusal.notFound("agent")) : Future.succeededFuture(found);
    }

    /** Does something on the node's virtual threads, and waits for it. */
    <T> T on(Callable<T> work) {
        Promise<T> done = Promise.promise();
        context.runOnContext(now -> {
            try {
                done.complete(work.call());
            } catch (Throwable e) {
                done.fail(e);
            }
        });
        return await(done.future());
    }

    Runs runs() {
        return engine.runs();
    }

    EventLog log() {
        return log;
    }

    RunEngine engine() {
        return engine;
    }

    Database database() {
        return database;
    }

    RunRow start(RunRequest request) {
        return on(() -> runs().start(request).await());
    }

    RunRow cancel(RunRow run) {
        return on(() -> runs().cancel(run, "usr_ada").await());
    }

    void answer(String task, Object answer) {
        on(() -> RunChange.in(database, world.number(), change -> {
            new Answers(change).answer(task, "usr_ada", new JsonObject().put("answer", answer));
            return null;
        }));
    }

    RunRow find(String run) {
        return on(() -> runs().find(run).await());
    }

    /** It is gone from one moment to the next: nothing is released, nothing is finished. */
    void kill() {
        dead = true;
        await(vertx.close());
    }

    /** It stops as it should. */
    @Override
    public void close() {
        if (!dead) {
            dead = true;
            on(() -> engine.close(Duration.ofMillis(300)).await());
            await(log.close());
            await(vertx.close());
        }
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
