package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.gotthard.kit.Ids;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** How a run comes to be: its row, its {@code run.created} and what is said to it, together. */
final class RunStart {

    private static final String BEGUN = """
        insert into assistants.runs (id, thread, first_seq, display, parent, parent_call, root, depth, agent_class, agent, agent_tenant,
            agent_version, definition, status, request_id, caller, request, limits, left_ms, attempt, lease, node, leased_until,
            started_at, deadline)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, case when $20 then 'in_progress' else 'queued' end, $14, $15,
            $16, $17, $18, case when $20 then 1 else 0 end, case when $20 then 1 else 0 end, case when $20 then $19 end,
            case when $20 then now() + $21::bigint * interval '1 ms' end, case when $20 then now() end,
            now() + $18::bigint * interval '1 ms')
        """;

    private final RunChange change;
    private final RunRequest request;
    private final RunRow parent;
    private final String id = Ids.next("run");

    RunStart(RunChange change, RunRequest request) {
        this.change = change;
        this.request = request;
        this.parent = request.parent();
    }

    /**
     * Begins the run, or finds the one that the parent began for this call before.
     *
     * @param node who works on it at once, or null if nobody does
     * @throws Fenced if the parent is no longer held by who wants it
     */
    RunRow begin(String node, long leaseMillis) {
        if (parent != null) {
            change.lockRuns(parent.id());
            change.require(parent.hold());
            var before = change.one(
                    "select id from assistants.runs where root = $1 and parent = $2 and parent_call = $3",
                    parent.root(),
                    parent.id(),
                    request.callId());
            if (before != null) {
                return find(change, before.getString("id"));
            }
        }
        insert(change.append(drafts()), node, leaseMillis);
        if (node == null) {
            change.ready();
        }
        return find(change, id);
    }

    /** The id of the run that it begins. */
    String id() {
        return id;
    }

    private void insert(long first, String node, long leaseMillis) {
        var agent = request.agent();
        var caller = request.caller();
        change.run(
                BEGUN,
                id,
                request.thread(),
                parent == null ? first : first + 1,
                display(),
                parent == null ? null : parent.id(),
                request.callId(),
                parent == null ? id : parent.root(),
                parent == null ? 0 : parent.depth() + 1,
                agent.agentClass(),
                agent.name(),
                agent.tenant(),
                agent.version(),
                agent.definition().json().put("owner", agent.owner()),
                request.requestId(),
                new JsonObject()
                        .put("key", caller.keyId())
                        .put("account", caller.account())
                        .put("tenant", caller.tenant()),
                new JsonObject()
                        .put("input", request.input())
                        .put("functions", new JsonArray(List.copyOf(request.functions())))
                        .put("overrides", request.overrides()),
                agent.definition().json().getJsonObject("limits"),
                agent.definition().limits().time().toMillis(),
                node,
                node != null,
                leaseMillis);
    }

    private String display() {
        return parent == null ? id : parent.display();
    }

    private List<Draft> drafts() {
        var agent = request.agent();
        var author =
                parent == null ? request.caller().account() : parent.agent().id();
        var drafts = new ArrayList<Draft>();
        if (parent != null) {
            drafts.add(parent.draft(new EventData.AgentCalled(request.callId(), agent.id(), id)));
        }
        drafts.add(new Draft(
                new EventData.RunCreated(
                        agent.id(), agent.version(), parent == null ? null : parent.id(), request.input()),
                display(),
                id,
                author));
        for (var message : request.messages()) {
            drafts.add(new Draft(
                    new EventData.MessageCreated(
                            Ids.next("msg"),
                            message.getString("role"),
                            message.getValue("content"),
                            message.getJsonArray("tool_calls"),
                            message.getString("tool_call_id"),
                            null),
                    display(),
                    id,
                    author));
        }
        return drafts;
    }

    /** A run by its id, which there is. */
    static RunRow find(RunChange change, String id) {
        return RunRow.of(change.one(
                "select " + RunRow.COLUMNS
                        + " from assistants.runs r join assistants.threads t on t.number = r.thread where r.id = $1",
                id));
    }
}
