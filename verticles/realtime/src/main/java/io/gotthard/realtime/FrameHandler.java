package io.gotthard.realtime;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Credential;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What becomes of the frames that come on one WebSocket. {@code event-contracts/schemas/frames} says what they are. */
final class FrameHandler {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,64}");
    private static final Pattern TYPE = Pattern.compile("[a-z_]{1,40}\\.([a-z_]{1,40}|\\*)");
    private static final int MOST_TYPES = 50;
    private static final int LARGEST_WINDOW = 10_000;

    private final Sockets sockets;
    private final EventSocket socket;
    private final SocketCommands commands;
    private final Map<String, Subscription> subscriptions = new HashMap<>();
    /** The runs by id of their subscription of which it is not known yet in which thread they are. */
    private final Map<String, Future<RunPlace>> sought = new HashMap<>();

    private final Notifications notifications;
    private WorkerFrames worker;

    FrameHandler(Sockets sockets, EventSocket socket) {
        this.sockets = sockets;
        this.socket = socket;
        this.commands = new SocketCommands(sockets, socket);
        this.notifications = new Notifications(sockets, socket);
    }

    /**
     * A frame came.
     *
     * @throws ClassCastException if one of its members is of another kind than it may be
     */
    void handle(JsonObject frame) {
        var type = frame.getString("type");
        if (type == null) {
            socket.close(Farewell.MALFORMED);
            return;
        }
        if (socket.isStranger() && !type.equals("auth")) {
            socket.close(Farewell.UNAUTHORIZED);
            return;
        }
        try {
            handle(type, frame);
        } catch (Failure refused) {
            fail(frame.getString("id"), refused);
        }
    }

    private void handle(String type, JsonObject frame) {
        switch (type) {
            case "auth" -> authenticate(frame);
            case "ping" -> socket.send(new JsonObject().put("type", "pong").put("id", frame.getString("id")));
            case "pong" -> {
                // It was heard, and that was all.
            }
            case "subscribe" -> subscribe(frame);
            case "unsubscribe" -> unsubscribe(id(frame));
            case "ack" -> acknowledge(frame);
            default -> {
                if (type.startsWith("worker.")) {
                    worker().frame(frame);
                } else if (!commands.run(type, frame)) {
                    throw Failure.refused(400, "unknown_type", "There is no frame of this type.");
                }
            }
        }
    }

    private void authenticate(JsonObject frame) {
        var token = frame.getString("token", "");
        try {
            socket.identify(
                    sockets.identification().of(Credential.of(token.strip()), socket.requestId(), socket.address()));
        } catch (Failure refused) {
            socket.close(Farewell.UNAUTHORIZED);
        }
    }

    private WorkerFrames worker() {
        if (worker == null) {
            worker = sockets.workers().open(new SocketPeer(sockets, socket));
        }
        return worker;
    }

    private void subscribe(JsonObject frame) {
        var id = id(frame);
        if (subscriptions.containsKey(id) || sought.containsKey(id) || notifications.has(id)) {
            throw Failure.refused(409, "subscription_exists", "There is a subscription with this id.");
        }
        if (subscriptions.size() + sought.size() + notifications.count()
                >= sockets.settings().subscriptions()) {
            throw Failure.refused(
                    429, "too_many_subscriptions", "This socket has as many subscriptions as it may have.");
        }
        if (Boolean.TRUE.equals(frame.getBoolean("notifications"))) {
            notifications.subscribe(id);
            return;
        }
        long after = after(frame);
        var run = name(frame, "run", false);
        var thread = name(frame, "thread", run == null);
        var types = types(frame);
        int window = frame.getInteger("window", 0);
        if (window < 0 || window > LARGEST_WINDOW) {
            throw Failure.invalid("window", "'window' is from 1 to " + LARGEST_WINDOW + ".");
        }
        if (thread != null) {
            subscribe(id, new Wanted(thread, run, types, after, false), after, new Window(window));
            return;
        }
        var found = RunPlace.find(sockets, socket, run);
        sought.put(id, found);
        found.onComplete(
                place -> {
                    if (sought.remove(id, found)) {
                        var wanted = new Wanted(place.thread(), run, types, after, true);
                        subscribe(id, wanted, place.from(after), new Window(window));
                    }
                },
                cause -> {
                    if (sought.remove(id, found)) {
                        fail(id, Failure.of(cause));
                    }
                });
    }

    private void subscribe(String id, Wanted wanted, long from, Window window) {
        var subscription = new Subscription(sockets.fanout(), socket, id, wanted, from, window);
        subscriptions.put(id, subscription);
        subscription
                .begin()
                .onComplete(
                        begun -> socket.send(new JsonObject()
                                .put("type", "subscribed")
                                .put("id", id)
                                .put("thread", wanted.thread())
                                .put("after", wanted.after())),
                        cause -> {
                            if (subscriptions.remove(id, subscription)) {
                                fail(id, Failure.of(cause));
                            }
                        });
    }

    private static long after(JsonObject frame) {
        long after = frame.getLong("after", 0L);
        if (after < 0) {
            throw Failure.invalid("after", "'after' is the place of an event, or 0 for all of them.");
        }
        return after;
    }

    private static Set<String> types(JsonObject frame) {
        var types = frame.getJsonArray("types", new JsonArray());
        if (types.size() > MOST_TYPES) {
            throw Failure.invalid("types", "'types' has at most " + MOST_TYPES + " entries.");
        }
        var wanted = new HashSet<String>();
        for (var type : types) {
            if (!(type instanceof String text) || !TYPE.matcher(text).matches()) {
                throw Failure.invalid("types", "'types' has entries like message.created or run.*.");
            }
            wanted.add(text);
        }
        return Set.copyOf(wanted);
    }

    private void unsubscribe(String id) {
        var subscription = subscriptions.remove(id);
        if (subscription != null) {
            subscription.close();
        } else if (sought.remove(id) == null && !notifications.unsubscribe(id)) {
            throw Failure.refused(404, "subscription_not_found", "There is no subscription with this id.");
        }
        socket.send(new JsonObject().put("type", "unsubscribed").put("id", id));
    }

    private void acknowledge(JsonObject frame) {
        var subscription = subscriptions.get(id(frame));
        if (subscription != null) {
            subscription.acknowledge(frame.getLong("seq", 0L));
        }
    }

    private static String id(JsonObject frame) {
        return name(frame, "id", true);
    }

    /** A member that names something. */
    static String name(JsonObject frame, String member, boolean required) {
        var text = frame.getString(member);
        if (text == null ? required : !ID.matcher(text).matches()) {
            throw Failure.invalid(member, "'" + member + "' must have 1 to 64 letters, digits, or any of . _ : -.");
        }
        return text;
    }

    /** A subscription is over. */
    void forget(String id) {
        subscriptions.remove(id);
    }

    /** The caller's rights are others. */
    void recheck() {
        List.copyOf(subscriptions.values()).forEach(Subscription::recheck);
        notifications.recheck();
    }

    /** Looks after what time brings. */
    void tick() {
        notifications.catchUp();
    }

    void drained() {
        List.copyOf(subscriptions.values()).forEach(Subscription::resume);
        notifications.catchUp();
        if (worker != null) {
            worker.drained();
        }
    }

    void closed() {
        List.copyOf(subscriptions.values()).forEach(Subscription::close);
        subscriptions.clear();
        sought.clear();
        notifications.close();
        if (worker != null) {
            var gone = worker;
            worker = null;
            gone.closed();
        }
    }

    private void fail(String id, Failure why) {
        socket.send(new JsonObject().put("type", "error").put("id", id).put("error", error(why)));
    }

    /** A failure as clients see it, in the words of the REST API. */
    static JsonObject error(Failure why) {
        return new JsonObject()
                .put("status", why.status())
                .put("message", why.getMessage())
                .put("type", why.type())
                .put("param", why.param())
                .put("code", why.code());
    }
}
