package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;

/** What a worker says of one run: in its order, and what comes while the log is being written goes together. */
final class WorkerReports {

    private static final int MOST_WAITING = 1_000;
    private static final int MOST_TOGETHER = 100;

    private record Said(String worker, String run, long lease, JsonObject event) {

        JsonObject about(String type) {
            return new JsonObject()
                    .put("type", type)
                    .put("worker", worker)
                    .put("run", run)
                    .put("lease", lease);
        }
    }

    private final WorkerPeer peer;
    private final Runnable idle;
    private final Queue<Said> waiting = new ArrayDeque<>();
    private boolean asking;

    /** @param idle told when there is nothing to say any more */
    WorkerReports(WorkerPeer peer, Runnable idle) {
        this.peer = peer;
        this.idle = idle;
    }

    /** @throws Failure 429 if the worker does not wait for acknowledgements */
    void add(String worker, String run, long lease, JsonObject event) {
        if (waiting.size() >= MOST_WAITING) {
            throw Failure.refused(
                    429,
                    "too_many_events",
                    "More than " + MOST_WAITING + " events of this run are not acknowledged yet.");
        }
        waiting.add(new Said(worker, run, lease, event));
        if (!asking) {
            next();
        }
    }

    private void next() {
        var first = waiting.peek();
        asking = first != null;
        if (first == null) {
            idle.run();
            return;
        }
        var events = new JsonArray();
        while (!waiting.isEmpty()
                && events.size() < MOST_TOGETHER
                && waiting.peek().lease() == first.lease()
                && waiting.peek().worker().equals(first.worker())) {
            events.add(waiting.poll().event());
        }
        var body = new JsonObject()
                .put("worker", first.worker())
                .put("run", first.run())
                .put("lease", first.lease())
                .put("events", events);
        peer.ask("assistants.reportEvents", Map.of(), body)
                .onSuccess(answer -> taken(first, answer))
                .onFailure(cause -> failed(first, events, Failure.of(cause)))
                .onComplete(done -> next());
    }

    private void taken(Said said, Answer answer) {
        var report = new JsonObject(answer.body());
        for (var one : report.getJsonArray("refused")) {
            peer.send(said.about("worker.refused").mergeIn((JsonObject) one));
        }
        peer.send(said.about("worker.acknowledged").put("n", report.getLong("n")));
    }

    private void failed(Said said, JsonArray events, Failure failure) {
        if (failure.status() == 400) {
            peer.send(said.about("worker.refused")
                    .put("n", events.getJsonObject(0).getLong("n"))
                    .put("error", FrameHandler.error(failure)));
        } else {
            // It belongs to another worker by now, or what of it was written is not known: then another attempt reads
            // it.
            peer.send(said.about("worker.cancel").put("reason", "lost"));
        }
    }
}
