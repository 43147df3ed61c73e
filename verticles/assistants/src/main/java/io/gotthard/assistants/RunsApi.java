package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Operation;
import io.gotthard.kit.Fields;
import io.gotthard.kit.Page;
import io.gotthard.kit.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;

/** What clients ask of runs. They exist for the members of their threads only. To be used on one context of virtual threads. */
final class RunsApi {

    private static final String USUAL_SECONDS = "30";

    /** Notifications can be lost: so often it is looked without one. */
    private static final long LOOK_MILLIS = 2_000;

    private static final Pattern PLACE = Pattern.compile("[0-9]{1,18}");

    private final Vertx vertx;
    private final Runs runs;
    private final RunNews news;
    private final Threads threads;
    private final EventStreams streams;
    private final EventLog log;
    private final BiFunction<Caller, String, Future<Agent>> agents;
    private final Map<String, Operation> operations = new HashMap<>();
    private boolean closing;

    /** @param agents finds an agent by its id that somebody may use; fails with 404 */
    RunsApi(
            Vertx vertx,
            RunEngine engine,
            Threads threads,
            EventStreams streams,
            EventLog log,
            BiFunction<Caller, String, Future<Agent>> agents) {
        this.vertx = vertx;
        this.runs = engine.runs();
        this.news = engine.news();
        this.threads = threads;
        this.streams = streams;
        this.log = log;
        this.agents = agents;
        // Who waits asks another node before this one is gone.
        vertx.eventBus().localConsumer("router.server.closing", message -> {
            closing = true;
            news.release();
        });
        answer("assistants.createRun", this::create);
        answer("assistants.listRuns", this::list);
        answer("assistants.getRun", call -> shown(run(call, Role.READER)));
        answer("assistants.cancelRun", this::cancel);
        answer("assistants.waitForRun", this::await);
        answer("assistants.submitToolOutputs", this::submit);
        operations.put("assistants.streamRun", Answering.with(this::stream));
    }

    private void answer(String address, Function<Call, Answer> operation) {
        operations.put(address, Answering.with(operation));
    }

    /** What is answered, by address. */
    Map<String, Operation> operations() {
        return operations;
    }

    /** {@code POST /api/v1/threads/{thread}/runs}. */
    private Answer create(Call call) {
        var thread = threads.of(call.caller(), call.parameters().get("thread"), Role.EDITOR);
        if (thread.archived()) {
            throw Failure.refused(409, "thread_archived", "Nothing happens any more in an archived thread.");
        }
        var form = RunForm.of(call);
        var agent = agents.apply(call.caller(), form.agent()).await();
        return shown(runs.start(new RunRequest(
                        thread.number(),
                        thread.id(),
                        call.caller(),
                        call.requestId(),
                        agent,
                        form.messages(),
                        form.input(),
                        form.functions(),
                        form.parameters(),
                        null,
                        null))
                .await());
    }

    /** {@code GET /api/v1/threads/{thread}/runs}. */
    private Answer list(Call call) {
        var thread = threads.of(call.caller(), call.parameters().get("thread"), Role.READER);
        var page = Page.of(call);
        var rows = runs.list(thread.number(), page.after(), page.rows()).await();
        return ok(page.json(rows, row -> json(RunRow.of(row))));
    }

    /** The run that the call names, if the caller may do that much in its thread; 404 for all others. */
    private RunRow run(Call call, Role atLeast) {
        var run = runs.find(call.parameters().get("run")).await();
        try {
            threads.of(call.caller(), run.threadId(), atLeast);
        } catch (Failure failure) {
            throw failure.status() == 404 ? Refusal.notFound("run") : failure;
        }
        return run;
    }

    /** {@code POST /api/v1/runs/{run}/cancel}. */
    private Answer cancel(Call call) {
        return shown(
                runs.cancel(run(call, Role.EDITOR), call.caller().account()).await());
    }

    /** {@code POST /api/v1/runs/{run}/wait}: until there is nothing to wait for, or the time is over; the run then tells which. */
    private Answer await(Call call) {
        long until = System.nanoTime()
                + TimeUnit.SECONDS.toNanos(Long.parseLong(call.parameters().getOrDefault("timeout", USUAL_SECONDS)));
        var run = run(call, Role.READER);
        while (isWorkedOn(run) && !closing) {
            var change = news.change(run.id());
            try {
                // It may have changed before anybody listened.
                run = runs.find(run.id()).await();
                long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                if (!isWorkedOn(run) || left <= 0) {
                    break;
                }
                change.timeout(Math.min(left, LOOK_MILLIS), TimeUnit.MILLISECONDS)
                        .otherwiseEmpty()
                        .await();
            } finally {
                news.forget(run.id(), change);
            }
            run = runs.find(run.id()).await();
        }
        return shown(run);
    }

    private static boolean isWorkedOn(RunRow run) {
        return run.status() == RunStatus.QUEUED || run.status() == RunStatus.IN_PROGRESS;
    }

    /** {@code POST /api/v1/runs/{run}/tool_outputs}. */
    private Answer submit(Call call) {
        var run = run(call, Role.EDITOR);
        var outputs = new JsonArray();
        new Fields(call.body().fields())
                .objects("tool_outputs")
                .forEach(output -> outputs.add(new JsonObject()
                        .put("tool_call_id", output.text("tool_call_id"))
                        .put("output", output.text("output"))));
        return shown(runs.submit(run, call.caller().account(), outputs).await());
    }

    /** {@code GET /api/v1/runs/{run}/stream}: what happens in it, until it has ended. */
    private Answer stream(Call call, BusStream stream) {
        var run = run(call, Role.READER);
        var thread = threads.of(call.caller(), run.threadId(), Role.READER);
        var last = call.parameters().get("last-event-id");
        long after = last == null || last.isEmpty() ? 0 : place(last);
        streams.requireRoom(call.caller(), EventStream.Format.SSE);
        var follow = new RunFollow(log, run, after);
        streams.begin(new EventStream(vertx, thread, call.caller(), follow, EventStream.Format.SSE, stream));
        return Answer.events();
    }

    private static long place(String text) {
        if (!PLACE.matcher(text).matches()) {
            throw Failure.invalid("last-event-id", "'last-event-id' must be the place of an event, its 'seq'.");
        }
        return Long.parseLong(text);
    }

    private Answer shown(RunRow run) {
        var json = json(run);
        if (run.status() == RunStatus.REQUIRES_ACTION) {
            json.put("required_action", runs.requiredAction(run).await());
        }
        return ok(json);
    }

    /** A run as clients see it. */
    static JsonObject json(RunRow run) {
        return new JsonObject()
                .put("id", run.id())
                .put("object", "run")
                .put("thread_id", run.threadId())
                .put("display_id", run.display())
                .put("parent_run_id", run.parent())
                .put("agent", run.agent().id())
                .put("agent_version", run.agent().version())
                .put("status", run.status().text())
                .put("attempt", run.attempt())
                .put("required_action", null)
                .put("output", run.output())
                .put("error", run.error())
                .put("usage", run.usage())
                .put("request_id", run.requestId())
                .put("first_seq", run.firstSeq())
                .put("deadline", text(run.deadline()))
                .put("created_at", text(run.createdAt()))
                .put("started_at", text(run.startedAt()))
                .put("ended_at", text(run.endedAt()));
    }

    private static String text(Object moment) {
        return moment == null ? null : moment.toString();
    }

    private static Answer ok(JsonObject body) {
        return Answer.json(body.toBuffer());
    }
}
