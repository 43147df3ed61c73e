package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Operation;
import io.gotthard.contracts.Rule.Level;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** What runs of announced agents are begun with: checked against the schema of the class, wherever it comes from. */
final class StartEvents {

    private final WorkerClasses classes;
    private final Agents agents;
    private final Threads threads;
    private final Runs runs;

    StartEvents(WorkerClasses classes, Agents agents, Threads threads, Runs runs) {
        this.classes = classes;
        this.agents = agents;
        this.threads = threads;
        this.runs = runs;
        runs.check(this::check);
    }

    Map<String, Operation> operations() {
        return Map.of(
                "assistants.startAgentRun", Answering.with(this::start),
                "assistants.describeAgents", Answering.with(this::describe));
    }

    /** @throws Failure 400 that names the member that does not fit */
    private void check(RunRequest request) {
        // Who only says something to an agent sends no start event.
        if (request.input() != null || request.messages().isEmpty()) {
            check(request.caller(), request.agent(), request.input() == null ? new JsonObject() : request.input());
        }
    }

    private void check(Caller caller, Agent agent, JsonObject input) {
        var announced =
                agent.agentClass().equals(Agent.DECLARED) ? null : classes.find(caller.tenant(), agent.agentClass());
        if (announced != null) {
            InputSchema.validate(announced.input(), "input", input);
        }
    }

    /** {@code POST /api/v1/agents/{class}/{name}/runs}. */
    private Answer start(Call call) {
        var caller = call.caller();
        var agent = agents.find(
                        caller,
                        call.parameters().get("class") + "/" + call.parameters().get("name"))
                .await();
        var input = new JsonObject(call.body().bytes());
        check(caller, agent, input);
        var named = call.parameters().get("thread");
        var thread = named == null
                ? threads.create(call, "", new JsonObject(), Map.of(), List.of())
                : threads.of(caller, named, Role.EDITOR);
        if (thread.archived()) {
            throw Failure.refused(409, "thread_archived", "Nothing happens any more in an archived thread.");
        }
        var request = new RunRequest(
                thread.number(),
                thread.id(),
                caller,
                call.requestId(),
                agent,
                List.of(),
                input,
                List.of(),
                new JsonObject(),
                null,
                null);
        return Answer.json(RunsApi.json(runs.start(request).await()).toBuffer());
    }

    /** The paths of the live contract for somebody. */
    private Answer describe(Call call) {
        var caller = call.caller();
        var paths = new JsonObject();
        for (var announced : classes.of(caller.tenant())) {
            for (var name : announced.names()) {
                if (caller.permissions()
                        .allows(Level.USER, announced.agent(name).resource())) {
                    paths.put(AgentPaths.path(announced, name), AgentPaths.describe(announced, name));
                }
            }
        }
        return Answer.json(new JsonObject().put("paths", paths).toBuffer());
    }
}
