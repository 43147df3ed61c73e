package io.gotthard.realtime;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Dialogue;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What the platform has for one worker: runs that begin, and those that are not its own any more. */
final class WorkerFeed {

    /** The service restarts: who comes back finds it elsewhere, or here again. */
    private static final int RESTARTS = 1012;

    private final WorkerPeer peer;
    private final Dialogue dialogue;
    private boolean waiting;
    private boolean closed;

    WorkerFeed(Bus bus, WorkerPeer peer, String worker) {
        this.peer = peer;
        this.dialogue = bus.ask(
                "assistants.takeWork",
                new Call(bus.nextId(), peer.id(), peer.caller(), Map.of("worker", worker), null));
    }

    void begin() {
        dialogue.next().onSuccess(this::took).onFailure(cause -> ended());
    }

    private void took(Answer answer) {
        if (closed) {
            return;
        }
        answer.body()
                .toString(StandardCharsets.UTF_8)
                .lines()
                .map(JsonObject::new)
                .forEach(peer::send);
        if (!answer.more()) {
            ended();
        } else if (peer.isFull()) {
            waiting = true;
        } else {
            begin();
        }
    }

    private void ended() {
        if (!closed) {
            closed = true;
            peer.close(RESTARTS, "the worker is to come back");
        }
    }

    /** The socket can take more. */
    void drained() {
        if (waiting && !closed) {
            waiting = false;
            begin();
        }
    }

    void close() {
        if (!closed) {
            closed = true;
            dialogue.cancel();
        }
    }
}
