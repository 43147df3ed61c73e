package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.gotthard.kit.Database;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The runs of classes that workers announced: this node takes them for its workers, holds them as long as these live, and leaves them.
 * To be used on a virtual thread.
 */
final class WorkerRuns {

    private static final String TAKE = """
        update assistants.runs set status = 'in_progress', lease = lease + 1, node = $3, woken = false,
            leased_until = now() + $4 * interval '1 millisecond',
            attempt = attempt + case when attempt = 0 or status = 'in_progress' then 1 else 0 end,
            started_at = coalesce(started_at, now())
        where id = (
            select id from assistants.runs
            where agent_class = $1 and agent_tenant = $2 and status in ('queued', 'in_progress') and ready_at <= now()
                and (leased_until is null or leased_until < now())
            order by ready_at limit 1 for update skip locked)
        returning id, thread, attempt, lease
        """;

    /** If an answer came meanwhile, it goes on at once. */
    private static final String REST = """
        update assistants.runs set status = case when woken then 'queued' else 'requires_action' end, ready_at = now(),
            lease = lease + 1, node = null, leased_until = null,
            left_ms = greatest(0, coalesce(extract(epoch from deadline - now()) * 1000, left_ms))::bigint,
            deadline = case when woken then deadline end
        where id = $1
        """;

    private static final String RENEW = """
        update assistants.runs set leased_until = now() + $3 * interval '1 millisecond'
        where id = any ($1) and node = $2 and status = 'in_progress'
        returning id, lease, coalesce(deadline < now(), false) as late
        """;

    private final Database database;
    private final EventLog log;
    private final StoryReader stories;
    private final String node;
    private final long leaseMillis;

    WorkerRuns(Database database, EventLog log, String node, long leaseMillis) {
        this.database = database;
        this.log = log;
        this.stories = new StoryReader(database);
        this.node = node;
        this.leaseMillis = leaseMillis;
    }

    /**
     * Takes a run of a class that nobody has.
     *
     * @return the run, or null if there is none
     */
    HeldRun take(AgentClass agentClass) {
        var taken = ask(TAKE, agentClass.name(), agentClass.tenant(), node, leaseMillis);
        if (taken.size() == 0) {
            return null;
        }
        var row = taken.iterator().next();
        var run = RunChange.in(
                database, row.getLong("thread"), change -> RunStart.find(change, row.getString("id")));
        if (run.attempt() > run.agent().definition().limits().attempts()) {
            fail(run, RunStatus.FAILED, "worker_lost", "Too many workers were lost while they worked on this run.");
            return take(agentClass);
        }
        return begin(run);
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
        if (run.depth() == 0) {
            stories.before(run).forEach(messages::add);
        }
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
                .put("input", run.request().getJsonObject("input", new JsonObject()))
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
        log.append(new Appending(
                        run.thread(), data.stream().map(run::draft).toList(), run.hold(), null))
                .await();
    }

    /**
     * A worker asks a person: the run rests until there is an answer, and holds nothing meanwhile.
     *
     * @param fresh false if it was asked before, and the worker only says that it still waits
     */
    void ask(RunRow run, EventData.InputRequested asked, boolean fresh) {
        RunChange.in(database, run.thread(), change -> {
            change.lockRuns(run.id());
            change.require(run.hold());
            if (fresh) {
                change.run(
                        "insert into assistants.tasks (id, run, thread, call_id, kind, request) values ($1, $2, $3, $1, $4, $5)",
                        asked.taskId(),
                        run.id(),
                        run.thread(),
                        asked.kind(),
                        asked.json());
                change.append(List.of(run.draft(asked), run.draft(new EventData.RunWaiting("input"))));
            }
            change.run(REST, run.id());
            change.ready();
            change.changed(run.id());
            return null;
        });
    }

    /** Ends a run well. */
    void complete(RunRow run, EventData.RunStopped stopped) {
        var reason = stopped.finishReason() == null ? "stop" : stopped.finishReason();
        var output = stopped.output() == null ? new JsonObject() : stopped.output();
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

    /** Holds runs on. What it says of each: {@code held}, {@code late}, or else what became of it. */
    Map<String, String> renew(Collection<HeldRun> runs) {
        var ids = runs.stream().map(run -> run.row().id()).toArray(String[]::new);
        var leases = new HashMap<String, Long>();
        runs.forEach(run -> leases.put(run.row().id(), run.row().lease()));
        var found = new HashMap<String, String>();
        ask(RENEW, ids, node, leaseMillis).forEach(row -> {
            if (leases.get(row.getString("id")).equals(row.getLong("lease"))) {
                found.put(row.getString("id"), row.getBoolean("late") ? "late" : "held");
            }
        });
        if (found.size() < ids.length) {
            ask("select id, status from assistants.runs where id = any ($1)", (Object) ids)
                    .forEach(row -> found.putIfAbsent(row.getString("id"), row.getString("status")));
        }
        return found;
    }

    /** Leaves a run to whoever takes it. */
    void leave(RunRow run) {
        ask("""
            with left_one as (
                update assistants.runs set leased_until = now(), node = null
                where id = $1 and lease = $2 and status = 'in_progress' returning id)
            select pg_notify($3, 'ready') from left_one
            """, run.id(), run.lease(), RunChange.CHANNEL);
    }

    private RowSet<Row> ask(String sql, Object... values) {
        return database.pool().preparedQuery(sql).execute(Tuple.from(values)).await();
    }
}
