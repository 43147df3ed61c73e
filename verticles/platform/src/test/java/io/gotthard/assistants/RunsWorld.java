package io.gotthard.assistants;

import io.gotthard.platform.Await;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** What several nodes share: a database with a thread in it, models, tools that remember their effects, and agents. */
final class RunsWorld implements AutoCloseable {

    private static final AtomicInteger NEXT = new AtomicInteger();

    /** An event as the log has it. */
    record Seen(long seq, String type, String run, JsonObject data) {}

    /** A tool was called with this id. */
    record Effect(String callId, JsonObject arguments) {}

    private final String url;
    private final Connection connection;
    private final ScriptedModels models = new ScriptedModels();
    private final Map<String, Agent> agents = new ConcurrentHashMap<>();
    private final Map<String, Function<Tool.Invocation, Future<Tool.Result>>> tools = new ConcurrentHashMap<>();
    private final List<Effect> effects = new CopyOnWriteArrayList<>();
    private final List<String> approved = new CopyOnWriteArrayList<>();
    private final List<RunNode> nodes = new ArrayList<>();
    private volatile boolean revoked;
    private long number;

    RunsWorld() {
        var name = "runs_" + NEXT.incrementAndGet();
        var base = TestDatabase.url();
        try (var admin = TestDatabase.connect(base);
                var statement = admin.createStatement()) {
            statement.execute("create database " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        url = base.substring(0, base.lastIndexOf('/') + 1) + name;
        try {
            connection = TestDatabase.connect(url);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    String url() {
        return url;
    }

    ScriptedModels models() {
        return models;
    }

    /** A node; the first one makes the thread. */
    RunNode node() {
        return node(50);
    }

    RunNode node(int capacity) {
        var node = RunNode.start(this, capacity);
        nodes.add(node);
        if (number == 0) {
            number = Long.parseLong(
                    text("insert into assistants.threads (id, tenant, owner) values ('thr_runs', 'ten_acme', 'usr_ada')"
                            + " returning number"));
        }
        return node;
    }

    long number() {
        return number;
    }

    /** From now on whoever began a run may no longer act. */
    void revoke() {
        revoked = true;
    }

    boolean isRevoked() {
        return revoked;
    }

    Agent agent(String id) {
        return agents.get(id);
    }

    /** An assistant with a model of its own name. */
    Agent assistant(String name, RunLimits limits, JsonObject... definitions) {
        var definition = new AgentDefinition(
                "", null, name, "You are " + name + ".", new JsonObject(), List.of(definitions), limits, "tenant");
        var agent = new Agent(Agent.DECLARED, name, "ten_acme", "usr_ada", 1, definition);
        agents.put(agent.id(), agent);
        return agent;
    }

    Agent assistant(String name, JsonObject... definitions) {
        return assistant(name, RunLimits.USUAL, definitions);
    }

    /** A tool that gives back what is said here; each call is remembered. */
    RunsWorld tool(String name, Function<Tool.Invocation, Future<Tool.Result>> work) {
        tools.put(name, work);
        return this;
    }

    /** The same, but that a person has to agree. */
    RunsWorld dangerous(String name) {
        approved.add(name);
        return tool(name, call -> Future.succeededFuture(new Tool.Result(true, "done")));
    }

    List<Effect> effects() {
        return effects;
    }

    List<Tool> tools(Vertx vertx) {
        return tools.keySet().stream().sorted().map(this::tool).toList();
    }

    private Tool tool(String name) {
        return new Tool() {
            @Override
            public JsonObject function() {
                return new JsonObject().put("name", name).put("parameters", new JsonObject().put("type", "object"));
            }

            @Override
            public boolean needsApproval() {
                return approved.contains(name);
            }

            @Override
            public Future<Result> call(Invocation invocation) {
                effects.add(new Effect(invocation.callId(), invocation.arguments()));
                return tools.get(name).apply(invocation);
            }
        };
    }

    RunRequest request(Agent agent, String text) {
        return new RunRequest(
                number,
                "thr_runs",
                RunNode.ADA,
                "req_1",
                agent,
                List.of(new JsonObject().put("role", "user").put("content", text)));
    }

    /** All that is in the log, in order; fails if there is a gap. */
    List<Seen> events() {
        var seen = new ArrayList<Seen>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("select seq, type, run, body from assistants.events order by seq")) {
            while (rows.next()) {
                seen.add(new Seen(
                        rows.getLong(1),
                        rows.getString(2),
                        rows.getString(3),
                        new JsonObject(rows.getString(4)).getJsonObject("data")));
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        for (int i = 0; i < seen.size(); i++) {
            if (seen.get(i).seq() != i + 1) {
                throw new AssertionError("a gap or a double at " + (i + 1) + ": " + seen);
            }
        }
        return seen;
    }

    List<Seen> events(String type) {
        return events().stream().filter(event -> event.type().equals(type)).toList();
    }

    List<String> types() {
        return events().stream().map(Seen::type).toList();
    }

    String status(String run) {
        return text("select status from assistants.runs where id = '" + run + "'");
    }

    String code(String run) {
        return text("select error ->> 'code' from assistants.runs where id = '" + run + "'");
    }

    void awaitStatus(String run, RunStatus status) {
        Await.until("run is " + status, Duration.ofSeconds(15), () -> {
            var now = status(run);
            if (!now.equals(status.text()) && RunStatus.of(now).isFinal()) {
                throw new AssertionError("it is " + now + " " + code(run) + ": " + events());
            }
            return now.equals(status.text());
        });
    }

    /** The first column of the first row, or null. */
    String text(String sql) {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getString(1) : null;
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    void execute(String sql) {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    @Override
    public void close() {
        nodes.forEach(RunNode::close);
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
