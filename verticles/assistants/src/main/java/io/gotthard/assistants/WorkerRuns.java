package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.EventData;
import io.gotthard.kit.Database;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The runs of classes that workers announced: this node takes them for its workers, holds them as long as these live, and leaves them.
 * To be used on a virtual thread.
 */
final class WorkerRuns {

    private static final String TAKE = """
        with ready as (
            select id from assistants.runs
            where agent_class = $1 and agent_tenant = $2 and status in ('queued', 'in_progress') and ready_at <= now()
                and (status = 'queued' or leased_until < now())
            order by ready_at limit 1 for update skip locked)
        update assistants.runs r set lease = r.lease + 1, node = $3, leased_until = now() + $4::bigint * interval '1 ms', woken = false,
            attempt = case when r.status = 'in_progress' then r.attempt + 1 when r.attempt = 0 then 1 else r.attempt end,
            status = 'in_progress', started_at = coalesce(r.started_at, now()),
            deadline = coalesce(r.deadline, now() + r.left_ms * interval '1 ms')
        from ready, assistants.threads t
        where r.id = ready.id and t.number = r.thread and t.deleted_at is null
        returning
        """ + RunRow.COLUMNS;

    /** When a run is taken again that could not be told to a worker. */
    private static final long AGAIN_MILLIS = 1_000;

    private final Vertx vertx;
    private final Renewal renewal;
    private final Database database;
    private final EventLog log;
    private final StoryReader stories;
    private final Leases leases;
    private final RunAccount account;

    WorkerRuns(Vertx vertx, Database database, EventLog log, Leases leases, Bus bus) {
        this.vertx = vertx;
        this.renewal = new Renewal(bus);
        this.database = database;
        this.log = log;
        this.stories = new StoryReader(database);
        this.leases = leases;
        this.account = new RunAccount(database, bus);
    }

    /**
     * Takes a run of a class that nobody has.
     *
     * @return the run, or null if there is none
     */
    HeldRun take(AgentClass agentClass) {
        var taken = ask(TAKE, agentClass.name(), agentClass.tenant(), leases.node(), leases.millis());
        if (taken.size() == 0) {
            return null;
        }
        var run = RunRow.of(taken.iterator().next());
        if (run.attempt() > run.agent().definition().limits().attempts()) {
            fail(run, RunStatus.FAILED, "worker_lost", "Too many workers were lost while they worked on this run.");
            return take(agentClass);
        }
        try {
            renewal.of(run, new Halt(vertx));
        } catch (Broken broken) {
            fail(run, broken.status(), broken.code(), broken.getMessage());
            return take(agentClass);
        }
        try {
            return begin(run);
        } catch (RuntimeException e) {
            leases.release(run.hold(), AGAIN_MILLIS).otherwiseEmpty().await();
            throw e;
        }
    }

    private HeldRun begin(RunRow run) {
        var events = events(run);
        var news = new ArrayList<EventData>();
        var open = stories.openMessage(run);
        if (open != null) {
            news.add(new EventData.MessageDropped(open));
        }
        boolean known = events.stream()
                .anyMatch(event -> event.getString("type").equals("run.started")
                        && event.getJsonObject("data").getInteger("attempt") == run.attempt());
        if (!known) {
            news.add(new EventData.RunStarted(run.attempt()));
        }
        if (!news.isEmpty()) {
            append(run, news);
        }
        return new HeldRun(run, start(run, events), events);
    }

    private JsonObject start(RunRow run, List<JsonObject> events) {
        var own = run.id() + "_";
        var messages = new JsonArray();
        stories.before(run).messages().forEach(messages::add);
        var past = new JsonArray();
        for (var event : events) {
            var data = event.getJsonObject("data");
            if (event.getString("type").equals("message.created")
                    && !data.getString("message_id").startsWith(own)) {
                messages.add(Story.message(data));
            } else {
                past.add(event);
            }
        }
        return new JsonObject()
                .put("type", "worker.start")
                .put("run", run.id())
                .put("thread", run.threadId())
                .put("display", run.display())
                .put("lease", run.lease())
                .put("attempt", run.attempt())
                .put("class", run.agent().agentClass())
                .put("name", run.agent().name())
                .put("input", Objects.requireNonNullElse(run.request().getJsonObject("input"), new JsonObject()))
                .put("messages", messages)
                .put("events", past)
                .put(
                        "caller",
                        new JsonObject()
                                .put("account", run.caller().getString("account"))
                                .put("tenant", run.caller().getString("tenant")));
    }

    private List<JsonObject> events(RunRow run) {
        var events = new ArrayList<JsonObject>();
        ask("""
            select type, body from assistants.events
            where thread = $1 and seq >= $2 and run = $3 and type = any ($4) order by seq
            """, run.thread(), run.firstSeq(), run.id(), StoryReader.OF_RUNS)
                .forEach(row -> events.add(new JsonObject()
                        .put("type", row.getString("type"))
                        .put("data", new JsonObject(row.getString("body")).getJsonObject("data"))));
        return events;
    }

    /**
     * Writes what a worker says.
     *
     * @throws Fenced if the run is no longer held
     */
    void append(RunRow run, List<EventData> data) {
        log.append(new Appending(run.thread(), data.stream().map(run::draft).toList(), run.hold(), null))
                .await();
    }

    /** A worker asks a person: the run rests until there is an answer, and holds nothing meanwhile. What was asked before is asked once. */
    void ask(RunRow run, EventData.InputRequested asked) {
        var request = new JsonObject()
                .put("prompt", asked.prompt())
                .put("schema", asked.schema())
                .put("options", asked.options());
        boolean rests = RunChange.in(database, run.thread(), change -> {
            var rest = new RunRest(change);
            rest.ask(run, List.of(new Question(asked.callId(), asked.kind(), request, null)));
            return rest.rest(run, "input", true);
        });
        if (!rests) {
            // The answer came meanwhile: it is told with the next start.
            leases.release(run.hold(), 0).await();
        }
    }

    /** Notes what a worker's own model consumed, for the run and all above it. */
    void used(RunRow run, long number, EventData.UsageRecorded usage) {
        // Counted by lease and number, which no other has.
        int step = (int) (run.lease() * 1_000_000 + number);
        account.add(
                run,
                step,
                new Turn.Consumed(
                        usage.model(),
                        usage.promptTokens(),
                        usage.completionTokens(),
                        usage.cachedTokens(),
                        usage.reasoningTokens(),
                        null),
                BigDecimal.ZERO);
    }

    /** Ends a run well. {@code content} is what it said last, for those that asked it as a tool. */
    void complete(RunRow run, EventData.RunStopped stopped, String content) {
        var reason = stopped.finishReason() == null ? "stop" : stopped.finishReason();
        var output = new JsonObject().put("content", content);
        if (stopped.output() != null) {
            output.mergeIn(stopped.output());
        }
        RunChange.in(database, run.thread(), change -> {
            new RunEnd(change).complete(run, reason, output);
            return null;
        });
    }

    /** Ends a run badly. */
    void fail(RunRow run, RunStatus status, String code, String message) {
        RunChange.in(database, run.thread(), change -> {
            new RunEnd(change).fail(run, status, code, message);
            return null;
        });
    }

    /** Holds runs on, and returns what became of those that are not held any more: their status by their ids. */
    Map<String, String> renew(Collection<HeldRun> runs) {
        var kept = leases.renew(runs.stream().map(run -> run.row().hold()).toList())
                .await();
        var lost = runs.stream()
                .map(run -> run.row().id())
                .filter(run -> !kept.contains(run))
                .toArray(String[]::new);
        var found = new HashMap<String, String>();
        if (lost.length > 0) {
            List.of(lost).forEach(run -> found.put(run, "gone"));
            ask("select id, status from assistants.runs where id = any ($1)", (Object) lost)
                    .forEach(row -> found.put(row.getString("id"), row.getString("status")));
        }
        return found;
    }

    /** Leaves a run whose worker is lost to whoever takes it: as another attempt. */
    void leave(RunRow run) {
        ask("""
            with abandoned as (
                update assistants.runs set leased_until = now(), lease = lease + 1, node = null
                where id = $1 and lease = $2 and status = 'in_progress' returning id)
            select pg_notify($3, 'ready') from abandoned
            """, run.id(), run.lease(), RunChange.CHANNEL);
    }

    /** Hands a run to whoever takes it, through no fault of its worker. */
    void release(RunRow run) {
        leases.release(run.hold(), 0).await();
    }

    private RowSet<Row> ask(String sql, Object... values) {
        return database.pool().preparedQuery(sql).execute(Tuple.from(values)).await();
    }
}
