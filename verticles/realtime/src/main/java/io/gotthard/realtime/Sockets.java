package io.gotthard.realtime;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Lobby;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The WebSockets of one event loop. */
final class Sockets {

    static final String PATH = "/api/v1/ws";

    /** Published by assistants on every node: what concerns some accounts. */
    static final String NOTIFIED = "assistants.account.notified";

    private static final long TICK_MILLIS = 500;

    /** Who is told something: an account that acts in the name of a tenant. */
    private record Addressee(String account, String tenant) {

        static Addressee of(Notifications notifications) {
            var caller = notifications.caller();
            return new Addressee(caller.account(), caller.tenant());
        }
    }

    private final Bus bus;
    private final Lobby lobby;
    private final RealtimeSettings settings;
    private final Fanout fanout;
    private final Origins origins;
    private final Identification identification;
    private final WorkerFrames.Opening workers;
    private final Set<EventSocket> open = new LinkedHashSet<>();
    private final Map<Addressee, Set<Notifications>> told = new HashMap<>();
    private int strangers;

    Sockets(
            Vertx vertx,
            Bus bus,
            Lobby lobby,
            RealtimeSettings settings,
            Fanout fanout,
            Identification identification,
            WorkerFrames.Opening workers) {
        this.bus = bus;
        this.lobby = lobby;
        this.settings = settings;
        this.fanout = fanout;
        this.identification = identification;
        this.workers = workers;
        this.origins = new Origins(lobby, settings.origins());
        vertx.setPeriodic(TICK_MILLIS, tick -> tick());
        identification.onChange(this::credentialChanged);
        vertx.eventBus().<JsonObject>localConsumer(NOTIFIED, message -> notify(message.body()));
    }

    Bus bus() {
        return bus;
    }

    Lobby lobby() {
        return lobby;
    }

    RealtimeSettings settings() {
        return settings;
    }

    Fanout fanout() {
        return fanout;
    }

    Identification identification() {
        return identification;
    }

    WorkerFrames.Opening workers() {
        return workers;
    }

    /** How many there are. */
    int count() {
        return open.size();
    }

    /** Answers a request that wants to become a WebSocket. */
    void accept(RoutingContext context) {
        var request = context.request();
        origins.check(request);
        if (!request.canUpgradeToWebSocket()) {
            throw Failure.refused(426, "upgrade_required", "This is the address of a WebSocket.");
        }
        refuseSecretsInUrl(request);
        if (strangers >= settings.strangers() || open.size() >= settings.sockets()) {
            throw Failure.unavailable("There are too many open sockets.");
        }
        strangers++;
        request.toWebSocket().onComplete(socket -> begin(context, socket), cause -> {
            strangers--;
            if (!context.response().ended()) {
                context.fail(Failure.refused(400, "bad_handshake", "The WebSocket's handshake is not valid."));
            }
        });
    }

    /** An address is written into logs and histories. */
    private static void refuseSecretsInUrl(HttpServerRequest request) {
        for (var name : List.of("token", "access_token", "key", "api_key")) {
            if (request.getParam(name) != null) {
                throw Failure.invalid(
                        name, "A key or token must not be in the address: send it in a frame, or ask for a ticket.");
            }
        }
    }

    private void begin(RoutingContext context, ServerWebSocket socket) {
        var request = context.request();
        var requestId = context.response().headers().get("x-request-id");
        var opened = new EventSocket(this, socket, requestId == null ? bus.nextId() : requestId);
        open.add(opened);
        try {
            var credential = Identification.offered(request);
            var ticket = request.getParam("ticket");
            if (credential == null) {
                credential = lobby.credential(request);
            }
            if (ticket != null) {
                opened.identify(identification.ofTicket(ticket, opened.requestId(), opened.address()));
            } else if (credential != null && isOwn(request, credential.kind())) {
                opened.identify(identification.of(credential, opened.requestId(), opened.address()));
            }
        } catch (Failure refused) {
            opened.close(Farewell.UNAUTHORIZED);
        }
    }

    /** A browser sends a session's cookie with whatever page it is on; that the page is ours is only sure if it is said. */
    private static boolean isOwn(HttpServerRequest request, String kind) {
        return !kind.equals("session") || request.getHeader("origin") != null;
    }

    void identified(EventSocket socket) {
        if (open.contains(socket)) {
            strangers--;
        }
    }

    void gone(EventSocket socket) {
        if (open.remove(socket) && socket.isStranger()) {
            strangers--;
        }
    }

    /** Tells all that this node stops; they may come back, to this one later or to another one now. */
    void close() {
        List.copyOf(open).forEach(socket -> socket.close(Farewell.RESTART));
    }

    private void tick() {
        long now = System.nanoTime();
        var today = Instant.now();
        List.copyOf(open).forEach(socket -> socket.tick(now, today));
    }

    private void credentialChanged(String id) {
        List.copyOf(open).forEach(socket -> socket.presence().credentialChanged(id));
    }

    /** From now on it is told what concerns its account. */
    void tell(Notifications notifications) {
        told.computeIfAbsent(Addressee.of(notifications), first -> new LinkedHashSet<>())
                .add(notifications);
    }

    void tellNoMore(Notifications notifications) {
        told.computeIfPresent(Addressee.of(notifications), (who, all) -> {
            all.remove(notifications);
            return all.isEmpty() ? null : all;
        });
    }

    private void notify(JsonObject notice) {
        var notification = notice.getJsonObject("notification");
        var accounts = notice.getJsonArray("accounts");
        if (accounts.isEmpty()) {
            List.copyOf(told.values()).forEach(all -> tell(all, notification));
        }
        for (var account : accounts) {
            tell(
                    told.getOrDefault(new Addressee((String) account, notice.getString("tenant")), Set.of()),
                    notification);
        }
    }

    private static void tell(Set<Notifications> all, JsonObject notification) {
        List.copyOf(all).forEach(one -> one.tell(notification));
    }
}
