package io.gotthard.assistants;

import io.gotthard.contracts.Caller;
import io.gotthard.kit.Database;
import io.gotthard.kit.Refusal;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * The runs of all threads: begins them, finds them, and tells them what people and programs have to say. To be used on the verticle's
 * virtual threads.
 */
final class Runs {

    private static final String SELECT = "select " + RunRow.COLUMNS
            + " from assistants.runs r join assistants.threads t on t.number = r.thread where t.deleted_at is null";

    private final Database database;
    private Runner runner;
    private Leases leases;
    private Consumer<RunRequest> check = request -> {};

    Runs(Database database) {
        this.database = database;
    }

    /** What a run may be begun with; throws a {@link io.gotthard.contracts.Failure} if it does not fit its agent. */
    void check(Consumer<RunRequest> newCheck) {
        check = newCheck;
    }

    /** Who works on runs in this node. */
    void worker(Runner newRunner, Leases newLeases) {
        runner = newRunner;
        leases = newLeases;
    }

    /**
     * Begins a run: its row, its {@code run.created} and its messages are there together or not at all. If this node has capacity, it works
     * on it at once; else whoever has some does.
     *
     * @return the run; fails with {@link io.gotthard.contracts.Failure}, 404 if the thread is gone
     */
    Future<RunRow> start(RunRequest request) {
        return answer(() -> {
            check.accept(request);
            boolean here = request.agent().agentClass().equals(Agent.DECLARED) && runner != null && runner.reserve();
            try {
                return start(request, here);
            } finally {
                if (here) {
                    runner.back();
                }
            }
        });
    }

    private RunRow start(RunRequest request, boolean here) {
        // The one that the parent began for the same call before may be held by somebody.
        boolean[] begun = new boolean[1];
        var run = RunChange.in(database, request.thread(), change -> {
            var start = new RunStart(change, request);
            var row = start.begin(here ? leases.node() : null, here ? leases.millis() : 0);
            begun[0] = start.id().equals(row.id());
            return row;
        });
        if (here && begun[0]) {
            runner.work(run, request.caller());
        }
        return run;
    }

    /** A run by its id; fails with 404 if there is none. */
    Future<RunRow> find(String run) {
        return ask(SELECT + " and r.id = $1", run).map(Runs::one);
    }

    /** The run of a thread; fails with 404 if there is none. */
    Future<RunRow> find(long thread, String run) {
        return ask(SELECT + " and r.id = $1 and r.thread = $2", run, thread).map(Runs::one);
    }

    private static RunRow one(RowSet<Row> rows) {
        if (rows.size() == 0) {
            throw Refusal.notFound("run");
        }
        return RunRow.of(rows.iterator().next());
    }

    /** Rows of {@link RunRow#COLUMNS}: those of a thread that users began, the latest first, behind one of them or from the first on. */
    Future<RowSet<Row>> list(long thread, String after, int rows) {
        return ask(SELECT + """
             and r.thread = $1 and r.depth = 0
                and ($2 = '' or (r.created_at, r.id) < (select created_at, id from assistants.runs where id = $2 and thread = $1))
            order by r.created_at desc, r.id desc limit $3
            """, thread, after, rows);
    }

    /** Ends the run and all that it began, whoever works on it; a run that has ended stays what it is. */
    Future<RunRow> cancel(RunRow run, String by) {
        return answer(() -> RunChange.in(database, run.thread(), change -> {
            new RunEnd(change).cancel(run, by);
            return RunStart.find(change, run.id());
        }));
    }

    /**
     * What the caller's own functions gave back, as OpenAI's {@code tool_outputs}: each has its {@code tool_call_id}. Once all that the run
     * waits for is there, it goes on.
     *
     * @return fails with 400 if it waits for none of that, 409 if that was said before
     */
    Future<RunRow> submit(RunRow run, String account, JsonArray outputs) {
        return answer(() -> RunChange.in(database, run.thread(), change -> {
            new Answers(change).outputs(run, account, outputs);
            return RunStart.find(change, run.id());
        }));
    }

    /** The latest run of the thread that a user began and that waits for somebody or something; or null. */
    Future<RunRow> waiting(long thread) {
        return ask(
                        SELECT + " and r.thread = $1 and r.depth = 0 and r.status = 'requires_action'"
                                + " order by r.created_at desc limit 1",
                        thread)
                .map(rows -> rows.size() == 0 ? null : RunRow.of(rows.iterator().next()));
    }

    /** What a run waits for, as OpenAI's {@code required_action}; null if it waits for no function of its caller. */
    Future<JsonObject> requiredAction(RunRow run) {
        return ask("""
            select call_id, request from assistants.tasks
            where run = $1 and kind = 'function' and closed_at is null order by created_at, call_id
            """, run.id()).map(Runs::requiredAction);
    }

    private static JsonObject requiredAction(RowSet<Row> rows) {
        var calls = new JsonArray();
        for (var row : rows) {
            var request = row.getJsonObject("request");
            calls.add(new JsonObject()
                    .put("id", row.getString("call_id"))
                    .put("type", "function")
                    .put(
                            "function",
                            new JsonObject()
                                    .put("name", request.getString("tool"))
                                    .put("arguments", request.getString("arguments"))));
        }
        return calls.isEmpty()
                ? null
                : new JsonObject()
                        .put("type", "submit_tool_outputs")
                        .put("submit_tool_outputs", new JsonObject().put("tool_calls", calls));
    }

    /**
     * Answers an open question of the thread with a chat message, if there is exactly one that a text can answer.
     *
     * @return the run that goes on, or null if there is no such question
     */
    Future<RunRow> answerByMessage(long thread, Caller caller, String text) {
        return answer(() -> RunChange.in(database, thread, change -> {
            var run = new Answers(change).byMessage(thread, caller.account(), text);
            return run == null ? null : RunStart.find(change, run);
        }));
    }

    /** What a run came to that another one began; null as long as it goes on. */
    Tool.Result outcome(String run) {
        var found = find(run).await();
        return switch (found.status()) {
            case COMPLETED -> new Tool.Result(true, found.output().getString("content", ""));
            case FAILED, EXPIRED ->
                new Tool.Result(false, "The assistant failed: " + found.error().getString("message"));
            case CANCELLED -> new Tool.Result(false, "The assistant was stopped.");
            case QUEUED, IN_PROGRESS, REQUIRES_ACTION -> null;
        };
    }

    /** @throws Broken if the run may not begin another one */
    void checkDepth(RunRow run) {
        var above = ask("""
            with recursive above as (
                select r.id, r.parent, r.depth, r.limits from assistants.runs r where r.id = $1
                union all
                select r.id, r.parent, r.depth, r.limits from assistants.runs r join above a on r.id = a.parent)
            select from above where $2 - depth > (limits ->> 'depth')::int
            """, run.id(), run.depth() + 1).await();
        if (above.size() > 0) {
            throw new Broken("depth_limit", "Assistants have asked assistants as deep as they may.");
        }
    }

    private Future<RowSet<Row>> ask(String sql, Object... values) {
        return database.pool().preparedQuery(sql).execute(Tuple.from(values));
    }

    private static <T> Future<T> answer(Callable<T> work) {
        try {
            return Future.succeededFuture(work.call());
        } catch (Throwable e) {
            // Waiting for a future throws what made it fail, be it checked or not.
            return Future.failedFuture(e);
        }
    }
}
