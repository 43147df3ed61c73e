package io.gotthard.realtime;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Credential;
import io.gotthard.kit.Lobby;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.sockjs.BridgeEvent;
import io.vertx.ext.web.handler.sockjs.SockJSBridgeOptions;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event-bus bridge of one event loop, at {@code /eventbus}. What it speaks is Vert.x's; but nothing gets from a client to the event
 * bus or from there to a client: who registers at {@code events.thread.<id>} is shown the thread's log like everybody else, with a place
 * to begin behind, and at their own pace.
 */
final class Bridge {

    static final String PATH = "/eventbus";

    private static final Logger LOG = LoggerFactory.getLogger(Bridge.class);
    private static final Pattern ADDRESS = Pattern.compile("events\\.thread\\.[A-Za-z0-9_-]{1,64}");
    private static final Pattern PLACE = Pattern.compile("[0-9]{1,18}");
    private static final String CREDENTIAL = "gotthard.realtime.credential";
    private static final long TICK_MILLIS = 500;
    private static final long BODY_MILLIS = 30_000;

    private final Vertx vertx;
    private final Bus bus;
    private final Lobby lobby;
    private final RealtimeSettings settings;
    private final Fanout fanout;
    private final Identification identification;
    private final Origins origins;
    private final Map<SockJSSocket, BridgeSocket> open = new HashMap<>();

    Bridge(Vertx vertx, Bus bus, Lobby lobby, RealtimeSettings settings, Fanout fanout, Identification identification) {
        this.vertx = vertx;
        this.bus = bus;
        this.lobby = lobby;
        this.settings = settings;
        this.fanout = fanout;
        this.identification = identification;
        this.origins = new Origins(lobby, settings.origins());
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

    /** Adds the routes. */
    void mount(Router router) {
        var options = new SockJSHandlerOptions().setRegisterWriteHandler(false);
        if (settings.sockjsLibrary() != null) {
            options.setLibraryURL(settings.sockjsLibrary());
        }
        var bridge = new SockJSBridgeOptions()
                .addOutboundPermitted(new PermittedOptions().setAddressRegex(ADDRESS.pattern()))
                .setMaxAddressLength(100)
                .setMaxHandlersPerSocket(settings.subscriptions())
                .setPingTimeout(settings.idle().toMillis());
        var paths = PATH + "/*";
        router.route(paths).handler(this::guard);
        router.route(paths)
                .method(HttpMethod.POST)
                .handler(BodyHandler.create(false).setBodyLimit(settings.frame().bytes()))
                .failureHandler(Bridge::refuseBody);
        router.route(paths).subRouter(SockJSHandler.create(vertx, options).bridge(bridge, this::happened));
        vertx.setPeriodic(TICK_MILLIS, tick -> tick());
        identification.onChange(id ->
                List.copyOf(open.values()).forEach(socket -> socket.presence().credentialChanged(id)));
    }

    private void guard(RoutingContext context) {
        var request = context.request();
        origins.check(request);
        if (settings.sockjsLibrary() == null && request.path().contains("/iframe")) {
            throw Failure.refused(404, "unknown_url", "The transports in frames of old browsers are switched off.");
        }
        if (request.path().contains("/iframe")) {
            // What is asked from within the frame seems to come from a page of ours, whoever's page the frame is in.
            var ancestors = "frame-ancestors 'self' " + String.join(" ", settings.origins());
            context.response().putHeader("content-security-policy", ancestors.strip());
        }
        if (request.method() == HttpMethod.POST && !request.isEnded()) {
            long late = vertx.setTimer(BODY_MILLIS, timer -> {
                if (!request.isEnded()) {
                    request.connection().close();
                }
            });
            context.addEndHandler(ended -> vertx.cancelTimer(late));
        }
        // The bridge itself takes the cookies away.
        var credential = lobby.credential(request);
        if (credential != null && (!credential.kind().equals("session") || request.getHeader("origin") != null)) {
            context.put(CREDENTIAL, credential);
        }
        context.next();
    }

    private static void refuseBody(RoutingContext context) {
        context.fail(
                context.statusCode() == 413
                        ? Failure.refused(413, "too_large", "The frame is too large.")
                        : context.failure());
    }

    private void happened(BridgeEvent event) {
        switch (event.type()) {
            case SOCKET_CREATED -> event.complete(created(event.socket()));
            case SOCKET_CLOSED, SOCKET_ERROR -> {
                gone(event.socket());
                event.complete(true);
            }
            case REGISTER -> register(event);
            case UNREGISTER -> {
                var socket = open.get(event.socket());
                if (socket != null && event.getRawMessage().getValue("address") instanceof String address) {
                    socket.unregister(address);
                }
                event.complete(true);
            }
            case SOCKET_PING -> {
                var socket = open.get(event.socket());
                event.complete(socket != null && socket.allows());
            }
            case SEND, PUBLISH, RECEIVE -> {
                // Nothing gets through here, whoever has it from or for the event bus.
                var socket = open.get(event.socket());
                if (socket != null) {
                    socket.allows();
                }
                event.complete(false);
            }
            default -> event.complete(true);
        }
    }

    private boolean created(SockJSSocket socket) {
        if (open.size() >= settings.sockets()) {
            return false;
        }
        var requestId = socket.routingContext().response().headers().get("x-request-id");
        var address = socket.remoteAddress().hostAddress();
        open.put(socket, new BridgeSocket(this, socket, requestId == null ? bus.nextId() : requestId, address));
        return true;
    }

    /** The socket is closed. */
    void gone(SockJSSocket socket) {
        var left = open.remove(socket);
        if (left != null) {
            left.gone();
        }
    }

    private void register(BridgeEvent event) {
        var socket = open.get(event.socket());
        if (socket == null || !socket.allows()) {
            event.complete(false);
            return;
        }
        String address = null;
        try {
            var message = event.getRawMessage();
            address = message.getString("address", "");
            if (!ADDRESS.matcher(address).matches()) {
                throw Failure.refused(404, "unknown_address", "What can be heard here are events.thread.<id>.");
            }
            var headers = message.getJsonObject("headers", new JsonObject());
            answer(event, socket, address, headers);
        } catch (ClassCastException e) {
            event.complete(false);
        } catch (Failure refused) {
            socket.refuse(address, refused);
            event.complete(false);
        }
    }

    private void answer(BridgeEvent event, BridgeSocket socket, String address, JsonObject headers) {
        var after = text(headers, "after", "0");
        if (!PLACE.matcher(after).matches()) {
            throw Failure.invalid("after", "'after' is the place of an event, or 0 for all of them.");
        }
        var types = text(headers, "types", "");
        var wanted = types.isEmpty() ? Set.<String>of() : Set.of(types.split(",", 50));
        var run = text(headers, "run", "");
        identify(event.socket(), socket, headers)
                .compose(
                        who -> socket.register(address, who, run.isEmpty() ? null : run, wanted, Long.parseLong(after)))
                .onComplete(begun -> event.complete(true), cause -> {
                    if (!(cause instanceof Failure)) {
                        LOG.error("A registration failed unexpectedly", cause);
                    }
                    socket.refuse(address, Failure.of(cause));
                    event.complete(false);
                });
    }

    private static String text(JsonObject headers, String name, String otherwise) {
        var value = headers.getValue(name);
        return value == null ? otherwise : value.toString();
    }

    /** By what the registration says, or else by what the socket's first request said. */
    private Future<Identity> identify(SockJSSocket from, BridgeSocket socket, JsonObject headers) {
        var presence = socket.presence();
        var authorization = text(headers, "authorization", text(headers, "Authorization", ""));
        if (!authorization.isEmpty()) {
            var token = authorization.regionMatches(true, 0, "Bearer ", 0, 7)
                    ? authorization.substring(7).strip()
                    : authorization;
            return identification.of(Credential.of(token), presence.requestId(), presence.address());
        }
        if (presence.identity() != null) {
            return Future.succeededFuture(presence.identity());
        }
        var ticket = from.routingContext().request().getParam("ticket");
        if (ticket != null) {
            return socket.introduced(() -> identification.ofTicket(ticket, presence.requestId(), presence.address()));
        }
        Credential shown = from.routingContext().get(CREDENTIAL);
        return shown == null
                ? Future.failedFuture(Failure.unauthorized("Send a key, a token or a ticket."))
                : identification.of(shown, presence.requestId(), presence.address());
    }

    private void tick() {
        long now = System.nanoTime();
        var today = Instant.now();
        List.copyOf(open.values()).forEach(socket -> socket.tick(now, today));
    }

    /** Tells all that this node stops. */
    void close() {
        List.copyOf(open.values()).forEach(socket -> socket.close(Farewell.RESTART));
    }
}
