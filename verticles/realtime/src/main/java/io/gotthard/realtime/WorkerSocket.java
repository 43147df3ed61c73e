package io.gotthard.realtime;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Failure;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lets workers take part over a socket: what they say goes to the assistants verticle, and what it has for them comes back. The frames
 * are those of {@code docs/agents.md}. What is not valid is refused, and all else goes on.
 */
final class WorkerSocket implements WorkerFrames {

    private static final int MOST_WORKERS = 20;
    /** Characters of a frame in parts; more than an event may have, so that one that has too much is refused by its number. */
    private static final int LARGEST_WHOLE = 1024 * 1024;

    private final Bus bus;
    private final WorkerPeer peer;
    private final Map<String, WorkerFeed> feeds = new HashMap<>();
    private final Map<String, WorkerReports> reports = new HashMap<>();
    private final StringBuilder parts = new StringBuilder();
    private boolean isTooLarge;
    private boolean closed;

    /** Belongs to the event loop of the bus. */
    WorkerSocket(Bus bus, WorkerPeer peer) {
        this.bus = bus;
        this.peer = peer;
    }

    @Override
    public void frame(JsonObject frame) {
        switch (frame.getString("type")) {
            case "worker.announce" -> announce(frame);
            case "worker.event" -> report(frame, frame, frame.getValue("event"));
            case "worker.events" -> reportAll(frame);
            case "worker.stop" ->
                report(frame, frame, ending("run.stopped", frame, List.of("finish_reason", "output")));
            case "worker.fail" -> report(frame, frame, ending("run.failed", frame, List.of("code", "message")));
            case "worker.part" -> part(frame);
            case "worker.heartbeat" -> simple(frame, "assistants.heartbeatWorker", "worker.heartbeat");
            case "worker.withdraw" -> simple(frame, "assistants.withdrawWorker", "worker.withdrawn");
            default -> throw Failure.invalid("type", "There is no frame of that type.");
        }
    }

    private static JsonObject ending(String type, JsonObject frame, List<String> members) {
        var data = new JsonObject();
        members.forEach(member -> {
            if (frame.getValue(member) != null) {
                data.put(member, frame.getValue(member));
            }
        });
        return new JsonObject().put("type", type).put("data", data);
    }

    private void announce(JsonObject frame) {
        if (feeds.size() >= MOST_WORKERS) {
            throw Failure.refused(429, "too_many_workers", "A socket has at most " + MOST_WORKERS + " workers.");
        }
        var id = id(frame);
        peer.ask("assistants.announceWorker", Map.of(), frame)
                .onSuccess(answer -> {
                    var announced = new JsonObject(answer.body());
                    if (!closed) {
                        peer.send(new JsonObject()
                                .put("type", "worker.announced")
                                .put("id", id)
                                .mergeIn(announced));
                        feed(announced.getString("worker"));
                    }
                })
                .onFailure(cause -> peer.error(id, Failure.of(cause)));
    }

    private void feed(String worker) {
        var feed = new WorkerFeed(bus, peer, worker);
        var before = feeds.put(worker, feed);
        if (before != null) {
            before.close();
        }
        feed.begin();
    }

    /** What happened in several runs, in one frame: who streams fast sends few. */
    private void reportAll(JsonObject frame) {
        if (!(frame.getValue("events") instanceof JsonArray events)) {
            throw Failure.invalid("events", "'events' must be a list.");
        }
        for (var one : events) {
            if (!(one instanceof JsonObject said)) {
                throw Failure.invalid("events", "'events' must be a list of objects.");
            }
            report(
                    frame,
                    said,
                    new JsonObject().put("type", said.getValue("type")).put("data", said.getValue("data")));
        }
    }

    /** A piece of the text of a frame that is larger than a socket takes at once. Nobody sends any who did not announce a worker. */
    private void part(JsonObject frame) {
        if (feeds.isEmpty() || !(frame.getValue("text") instanceof String text)) {
            throw Failure.invalid("text", "'text' must be a part of a frame of a worker that was announced.");
        }
        isTooLarge |= parts.length() + text.length() > LARGEST_WHOLE;
        if (isTooLarge) {
            parts.setLength(0);
        } else {
            parts.append(text);
        }
        if (Boolean.TRUE.equals(frame.getBoolean("last"))) {
            boolean refused = isTooLarge;
            var whole = parts.toString();
            isTooLarge = false;
            parts.setLength(0);
            parts.trimToSize();
            if (refused) {
                throw Failure.refused(413, "frame_too_large", "A frame in parts has at most 1 MB.");
            }
            whole(whole);
        }
    }

    private void whole(String text) {
        JsonObject frame;
        try {
            frame = new JsonObject(text);
        } catch (DecodeException e) {
            throw Failure.invalid("text", "What the parts came to is no JSON object.");
        }
        if ("worker.part".equals(frame.getString("type")) || frame.getString("type") == null) {
            throw Failure.invalid("text", "What the parts came to is no frame of a worker.");
        }
        frame(frame);
    }

    private void report(JsonObject frame, JsonObject about, Object event) {
        if (!(about.getValue("run") instanceof String run)
                || !(about.getValue("lease") instanceof Number lease)
                || !(about.getValue("n") instanceof Number n)
                || !(event instanceof JsonObject said)) {
            throw Failure.invalid("run", "What is said of a run has 'run', 'lease', 'n' and what happened.");
        }
        var worker = worker(frame);
        reports.computeIfAbsent(run, name -> new WorkerReports(peer, () -> reports.remove(name)))
                .add(worker, run, lease.longValue(), said.copy().put("n", n.longValue()));
    }

    private void simple(JsonObject frame, String address, String answer) {
        var worker = worker(frame);
        peer.ask(address, Map.of("worker", worker), null)
                .onSuccess(done -> peer.send(new JsonObject()
                        .put("type", answer)
                        .put("id", id(frame))
                        .put("worker", worker)))
                .onFailure(cause -> peer.error(id(frame), Failure.of(cause)));
    }

    private String worker(JsonObject frame) {
        if (frame.getValue("worker") instanceof String worker && feeds.containsKey(worker)) {
            return worker;
        }
        throw Failure.invalid("worker", "'worker' must be the id of a worker that was announced on this socket.");
    }

    private static String id(JsonObject frame) {
        return frame.getValue("id") instanceof String id ? id : null;
    }

    @Override
    public void drained() {
        feeds.values().forEach(WorkerFeed::drained);
    }

    @Override
    public void closed() {
        closed = true;
        feeds.values().forEach(WorkerFeed::close);
        reports.clear();
    }
}
