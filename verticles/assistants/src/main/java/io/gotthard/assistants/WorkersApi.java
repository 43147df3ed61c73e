package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Operation;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/** What workers say to this node, whatever carried it here. The bodies are those of the frames in {@code docs/agents.md}. */
final class WorkersApi {

    private static final String LINES = "application/jsonl";

    private final Workers workers;

    WorkersApi(Workers workers) {
        this.workers = workers;
    }

    /** The operations by their addresses. */
    Map<String, Operation> operations() {
        var operations = new HashMap<String, Operation>();
        operations.put(
                "assistants.announceWorker", Answering.with(call -> json(workers.announce(call.caller(), body(call)))));
        operations.put("assistants.takeWork", Answering.with(this::takeWork));
        operations.put(
                "assistants.reportEvents", Answering.with(call -> json(workers.report(call.caller(), body(call)))));
        operations.put("assistants.heartbeatWorker", Answering.with(call -> {
            workers.heartbeat(call.caller(), call.parameters().get("worker"));
            return json(new JsonObject());
        }));
        operations.put("assistants.withdrawWorker", Answering.with(call -> {
            workers.withdraw(call.caller(), call.parameters().get("worker"));
            return json(new JsonObject());
        }));
        return operations;
    }

    private Answer takeWork(Call call, BusStream stream) {
        workers.takeWork(call.caller(), call.parameters().get("worker"), stream);
        return new Answer(200, LINES, Buffer.buffer(), true, null);
    }

    private static Answer json(JsonObject json) {
        return Answer.json(json.toBuffer());
    }

    private static JsonObject body(Call call) {
        if (call.body() == null) {
            throw Failure.invalid(null, "A body is missing.");
        }
        return new JsonObject(call.body().bytes());
    }
}
