package io.gotthard.assistants;

import io.gotthard.contracts.BusStream;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** A worker that is connected to this node, with the runs that it has. */
final class Worker {

    private final String id;
    private final String account;
    private final AgentClass agentClass;
    private final int capacity;
    private final Map<String, HeldRun> held = new HashMap<>();
    private final List<JsonObject> missed = new ArrayList<>();
    private BusStream stream;
    private long heard = System.nanoTime();
    private long served;
    private boolean leaving;

    Worker(String id, String account, AgentClass agentClass, int capacity) {
        this.id = id;
        this.account = account;
        this.agentClass = agentClass;
        this.capacity = capacity;
    }

    String id() {
        return id;
    }

    String account() {
        return account;
    }

    AgentClass agentClass() {
        return agentClass;
    }

    /** It said something. */
    void alive() {
        heard = System.nanoTime();
    }

    boolean isSilentFor(long nanos) {
        return System.nanoTime() - heard > nanos;
    }

    /** It takes no more. */
    void leave() {
        leaving = true;
    }

    boolean isLeaving() {
        return leaving;
    }

    /** How many runs it can take. */
    int free() {
        return leaving || stream == null ? 0 : capacity - held.size();
    }

    int busy() {
        return held.size();
    }

    /** When it last got a run, by a count of all. */
    long served() {
        return served;
    }

    HeldRun run(String run) {
        return held.get(run);
    }

    Collection<HeldRun> runs() {
        return List.copyOf(held.values());
    }

    /** Gives it a run. */
    void take(HeldRun run, long turn) {
        served = turn;
        held.put(run.row().id(), run);
        tell(run.start(id));
    }

    /** It no longer has the run. */
    boolean drop(HeldRun run) {
        return held.remove(run.row().id(), run);
    }

    /** It no longer has the run, and is told why: {@code cancelled}, {@code expired} or {@code lost}. */
    void cancel(HeldRun run, String reason) {
        if (drop(run)) {
            tell(cancellation(run.row().id(), run.row().lease(), reason));
        }
    }

    /** What tells a worker that a run is not its own any more. */
    JsonObject cancellation(String run, long lease, String reason) {
        return new JsonObject()
                .put("type", "worker.cancel")
                .put("worker", id)
                .put("run", run)
                .put("lease", lease)
                .put("reason", reason);
    }

    /** It was away, and says which runs it believes to have: objects with {@code run} and {@code lease}. */
    void comesBack(JsonArray believed) {
        missed.clear();
        var known = new HashSet<String>();
        for (var one : believed) {
            if (one instanceof JsonObject run
                    && run.getValue("run") instanceof String name
                    && run.getValue("lease") instanceof Number lease) {
                var has = held.get(name);
                if (has == null || has.row().lease() != lease.longValue()) {
                    missed.add(cancellation(name, lease.longValue(), "lost"));
                } else {
                    known.add(name);
                }
            }
        }
        held.forEach((name, run) -> {
            if (!known.contains(name)) {
                missed.add(run.start(id));
            }
        });
    }

    /** Hears of its work on this stream from now on, and first of what it missed. */
    void connect(BusStream connected) {
        if (stream != null) {
            stream.end(null);
        }
        stream = connected;
        missed.forEach(this::tell);
        missed.clear();
    }

    /** Whether it still hears on that stream, and not on another one by now. */
    boolean isOn(BusStream connected) {
        return stream == connected;
    }

    void disconnect() {
        stream = null;
    }

    /** Writes a frame for it; one that gets lost with the connection is said again when it comes back. */
    void tell(JsonObject frame) {
        if (stream != null) {
            // However slow it reads: it has no more runs than it said it can do.
            stream.write(frame.toBuffer().appendByte((byte) '\n'));
        }
    }

    /** Ends its stream. */
    void end() {
        if (stream != null) {
            stream.end(null);
            stream = null;
        }
    }
}
