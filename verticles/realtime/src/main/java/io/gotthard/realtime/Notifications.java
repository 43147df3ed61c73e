package io.gotthard.realtime;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one socket is told of what concerns its account. These are hints: each comes once or not at all, and nothing is kept for who does
 * not read, or whose rights are in question, but that they missed something.
 */
final class Notifications {

    /** What one needs to be told is what one needs to look. */
    private static final String READS = "listThreads";

    private final Sockets sockets;
    private final EventSocket socket;
    private final Set<String> subscriptions = new LinkedHashSet<>();
    private boolean missed;

    Notifications(Sockets sockets, EventSocket socket) {
        this.sockets = sockets;
        this.socket = socket;
    }

    int count() {
        return subscriptions.size();
    }

    boolean has(String id) {
        return subscriptions.contains(id);
    }

    Caller caller() {
        return socket.caller();
    }

    /** @throws Failure 403 */
    void subscribe(String id) {
        sockets.lobby().check(READS, caller(), Map.of());
        subscriptions.add(id);
        sockets.tell(this);
        socket.send(new JsonObject().put("type", "subscribed").put("id", id));
    }

    /** Whether there was such a subscription. */
    boolean unsubscribe(String id) {
        boolean had = subscriptions.remove(id);
        if (had && subscriptions.isEmpty()) {
            sockets.tellNoMore(this);
        }
        return had;
    }

    /** Tells it, if the client reads and may. */
    void tell(JsonObject notification) {
        if (socket.isFull() || socket.presence().isInDoubt()) {
            missed = true;
            return;
        }
        for (var id : subscriptions) {
            socket.send(
                    new JsonObject().put("type", "notification").put("id", id).put("notification", notification));
        }
    }

    /** Tells that something was missed, if it was and can be told by now. */
    void catchUp() {
        if (missed && !subscriptions.isEmpty()) {
            missed = false;
            tell(new JsonObject().put("type", "missed"));
        }
    }

    /** The caller's rights are others. */
    void recheck() {
        if (subscriptions.isEmpty()) {
            return;
        }
        try {
            sockets.lobby().check(READS, caller(), Map.of());
        } catch (Failure refused) {
            for (var id : List.copyOf(subscriptions)) {
                unsubscribe(id);
                socket.send(new JsonObject()
                        .put("type", "subscription.ended")
                        .put("id", id)
                        .put("error", FrameHandler.error(refused)));
            }
        }
    }

    void close() {
        List.copyOf(subscriptions).forEach(this::unsubscribe);
    }
}
