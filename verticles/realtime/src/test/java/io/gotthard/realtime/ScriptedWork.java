package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** Plays assistants for workers: each is given one run and told that it is cancelled, and whatever a worker says a second time is refused. */
final class ScriptedWork {

    private static final String WORKER = "wrk_1";

    private final Bus bus;

    ScriptedWork(Bus bus) {
        this.bus = bus;
    }

    Future<?> serve() {
        return Future.all(
                bus.serve(
                        "assistants.announceWorker",
                        (call, stream) -> json(new JsonObject()
                                .put("worker", WORKER)
                                .put("heartbeat_ms", 1000)
                                .put("resumed", false))),
                bus.serve("assistants.takeWork", this::take),
                bus.serve(
                        "assistants.reportEvents",
                        (call, stream) -> report(new JsonObject(call.body().bytes()))),
                bus.serve("assistants.heartbeatWorker", (call, stream) -> json(new JsonObject())),
                bus.serve("assistants.withdrawWorker", (call, stream) -> json(new JsonObject())));
    }

    private static Future<Answer> json(JsonObject json) {
        return Future.succeededFuture(Answer.json(json.toBuffer()));
    }

    private Future<Answer> take(Call call, BusStream stream) {
        var schemas = FrameSchemas.get();
        stream.write(schemas.example("work", "worker.start")
                .put("worker", WORKER)
                .toBuffer()
                .appendString("\n"));
        stream.write(schemas.example("work", "worker.cancel")
                .put("worker", WORKER)
                .toBuffer()
                .appendString("\n"));
        return Future.succeededFuture(new Answer(200, "application/jsonl", Buffer.buffer(), true, null, Map.of()));
    }

    private static Future<Answer> report(JsonObject report) {
        var events = report.getJsonArray("events");
        long n = events.getJsonObject(events.size() - 1).getLong("n");
        var refused = new JsonArray();
        if (n == 2) {
            var why = FrameHandler.error(Failure.invalid("event.type", "'event.type' must be one of those there are."));
            refused.add(new JsonObject().put("n", n).put("error", why));
        }
        return json(new JsonObject().put("n", n).put("refused", refused));
    }
}
