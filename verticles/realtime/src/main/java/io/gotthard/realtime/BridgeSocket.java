package io.gotthard.realtime;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** A socket of the event-bus bridge, be it a WebSocket or a browser that asks again and again. */
final class BridgeSocket implements Audience {

    static final String ADDRESS = "events.thread.";

    private final Bridge bridge;
    private final SockJSSocket socket;
    private final Presence presence;
    private final Allowance allowance;
    private final Map<String, Subscription> subscriptions = new HashMap<>();
    private final long opened = System.nanoTime();
    private Future<Identity> introduction;
    /** Characters that were written and that the client has not taken yet. */
    private long queued;

    private long full;
    private boolean closed;

    BridgeSocket(Bridge bridge, SockJSSocket socket, String requestId, String address) {
        this.bridge = bridge;
        this.socket = socket;
        this.allowance = new Allowance(bridge.settings().rate());
        this.presence = new Presence(bridge.identification(), requestId, address, this::close, this::recheck);
    }

    Presence presence() {
        return presence;
    }

    /** Whether it may send one frame more; otherwise it is closed. */
    boolean allows() {
        if (!allowance.take()) {
            close(Farewell.FLOOD);
            return false;
        }
        return true;
    }

    /** Shows the events of a thread behind a place; fails if the caller may not see them. */
    Future<Void> register(String address, Identity who, String run, Set<String> types, long after) {
        if (closed || !presence.admits(who)) {
            return Future.failedFuture(Failure.forbidden("A socket is one account's."));
        }
        if (subscriptions.containsKey(address)
                || subscriptions.size() >= bridge.settings().subscriptions()) {
            return Future.failedFuture(
                    Failure.refused(429, "too_many_subscriptions", "This socket has it, or as many as it may have."));
        }
        presence.become(who);
        var wanted = new Wanted(address.substring(ADDRESS.length()), run, types, after, false);
        var subscription = new Subscription(bridge.fanout(), this, address, wanted, after, new Window(0));
        subscriptions.put(address, subscription);
        return subscription.begin().onFailure(cause -> subscriptions.remove(address, subscription));
    }

    /** Who it is by what its first request said, which can be good only once. */
    Future<Identity> introduced(Supplier<Future<Identity>> by) {
        if (introduction == null) {
            introduction = by.get();
        }
        return introduction;
    }

    void unregister(String address) {
        var subscription = subscriptions.remove(address);
        if (subscription != null) {
            subscription.close();
        }
    }

    void tick(long now, Instant today) {
        presence.tick(now, today);
        if (presence.identity() == null
                && now - opened > bridge.settings().authentication().toNanos()) {
            close(Farewell.SILENT);
        } else if (full != 0 && now - full > bridge.settings().stalled().toNanos()) {
            close(Farewell.SILENT);
        }
    }

    @Override
    public Caller caller() {
        return presence.identity().caller();
    }

    @Override
    public String requestId() {
        return presence.requestId();
    }

    @Override
    public String address() {
        return presence.address();
    }

    @Override
    public boolean isFull() {
        return closed || queued >= bridge.settings().queue().bytes();
    }

    @Override
    public void show(Subscription subscription, Line line) {
        write(line.between("{\"type\":\"rec\",\"address\":\"" + subscription.id() + "\",\"body\":", "}"));
    }

    @Override
    public void gap(Subscription subscription, long after) {
        tell(subscription, new JsonObject().put("type", "gap").put("after", after));
    }

    @Override
    public void ended(Subscription subscription, Failure why) {
        subscriptions.remove(subscription.id(), subscription);
        tell(
                subscription,
                new JsonObject()
                        .put("type", "subscription.ended")
                        .put("after", subscription.place())
                        .put("error", FrameHandler.error(why)));
    }

    private void tell(Subscription subscription, JsonObject body) {
        write(new JsonObject()
                .put("type", "rec")
                .put("address", subscription.id())
                .put("body", body)
                .encode());
    }

    /** Says why a registration was refused, to the handler that was to be registered. */
    void refuse(String address, Failure why) {
        write(new JsonObject()
                .put("type", "err")
                .put("address", address)
                .put("failureCode", why.status())
                .put("failureType", "RECIPIENT_FAILURE")
                .put("message", why.getMessage())
                .encode());
    }

    private void write(String frame) {
        if (closed) {
            return;
        }
        queued += frame.length();
        if (full == 0 && isFull()) {
            full = System.nanoTime();
        }
        socket.write(frame).onComplete(taken -> taken(frame.length()));
    }

    private void taken(int length) {
        queued -= length;
        if (!closed && queued <= bridge.settings().queue().bytes() / 2) {
            full = 0;
            List.copyOf(subscriptions.values()).forEach(Subscription::resume);
        }
    }

    private void recheck() {
        List.copyOf(subscriptions.values()).forEach(Subscription::recheck);
    }

    /** The client is gone. */
    void gone() {
        closed = true;
        List.copyOf(subscriptions.values()).forEach(Subscription::close);
        subscriptions.clear();
    }

    /** Tells the client why, and closes it. */
    void close(Farewell why) {
        if (!closed) {
            write(new JsonObject()
                    .put("type", "err")
                    .put("failureCode", why.code())
                    .put("failureType", "CLOSED")
                    .put("message", why.reason())
                    .encode());
            gone();
            bridge.gone(socket);
            socket.close();
        }
    }
}
