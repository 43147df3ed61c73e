package io.gotthard.realtime;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Caller;
import io.gotthard.kit.Lobby;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the sockets of one event loop follow: each thread is read once for all of them. */
final class Fanout {

    /** Published by assistants on every node: somebody's part in a thread changed. */
    static final String MEMBER_CHANGED = "assistants.member.changed";

    private static final String READS = "streamEvents";

    private final Vertx vertx;
    private final Bus bus;
    private final Lobby lobby;
    private final Map<String, Channel> channels = new HashMap<>();

    Fanout(Vertx vertx, Bus bus, Lobby lobby) {
        this.vertx = vertx;
        this.bus = bus;
        this.lobby = lobby;
        vertx.eventBus().<JsonObject>consumer(MEMBER_CHANGED, message -> memberChanged(message.body()));
    }

    /** How many threads are followed. */
    int threads() {
        return channels.size();
    }

    Channel enter(Subscription subscription) {
        var channel = channels.computeIfAbsent(subscription.wanted().thread(), thread -> new Channel(this, thread));
        channel.add(subscription);
        return channel;
    }

    void forget(String thread, Channel channel) {
        channels.remove(thread, channel);
    }

    Reading read(Audience reader, String thread, long after) {
        return new Reading(bus, reader, thread, after);
    }

    /** Checks what does not depend on the thread's members, which the log checks itself. */
    void check(Caller caller, String thread) {
        lobby.check(READS, caller, Map.of("thread", thread));
    }

    void after(long millis, Runnable action) {
        vertx.setTimer(millis, timer -> action.run());
    }

    /** A change that names no thread or no account may be one of any. */
    private void memberChanged(JsonObject change) {
        var thread = change.getString("thread");
        var account = change.getString("account");
        for (var channel : List.copyOf(channels.values())) {
            if (thread.isEmpty() || thread.equals(channel.thread())) {
                channel.subscriptions().stream()
                        .filter(subscription -> account.isEmpty()
                                || account.equals(
                                        subscription.audience().caller().account()))
                        .forEach(Subscription::recheck);
            }
        }
    }
}
