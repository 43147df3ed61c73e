package io.gotthard.router;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Finished;
import io.gotthard.kit.Callers;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP door: a loop over the contracts makes the routes. Deployed once for each event loop, all at the same port. */
public final class RouterVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(RouterVerticle.class);
    /** Routes are tried in order: what is asked most comes first. */
    static final List<String> CONTRACTS = List.of("openai", "messages", "external", "hub");

    /** What is spoken on WebSockets. */
    private static final String WEB_SOCKET = "gotthard.v1";

    /** Bytes of a message from a client, whoever it is for. */
    private static final int WEB_SOCKET_FRAME = 256 * 1024;

    private static final String REQUEST_ID = "x-request-id";
    private static final int SWITCHING = 101;
    private static final Pattern GOOD_REQUEST_ID = Pattern.compile("[A-Za-z0-9._:/+=-]{1,128}");

    private final RouterSettings settings;
    private final List<String> verticles;
    private final PrometheusMeterRegistry registry;
    private final BodyBudget bodies;
    private final List<Door> doors;
    private final IntConsumer onListening;
    private Bus bus;
    private Reception reception;
    private Connections connections;
    private Meters meters;
    private HttpServer server;

    /**
     * A verticle that serves HTTP.
     *
     * @param verticles those that have to work for this node to be ready
     * @param bodies shared by the instances on all event loops
     * @param doors what else is spoken at this port
     * @param onListening gets the port once it is listened at
     */
    public RouterVerticle(
            RouterSettings settings,
            List<String> verticles,
            PrometheusMeterRegistry registry,
            BodyBudget bodies,
            List<Door> doors,
            IntConsumer onListening) {
        this.settings = settings;
        this.verticles = List.copyOf(verticles);
        this.registry = registry;
        this.bodies = bodies;
        this.doors = List.copyOf(doors);
        this.onListening = onListening;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        connections = new Connections(vertx, settings);
        meters = new Meters(registry);
        Gauge.builder("gotthard.connections", connections, Connections::count)
                .description("Open HTTP connections")
                .tag("loop", Thread.currentThread().getName())
                .register(registry);
        var contracts = CONTRACTS.stream()
                .map(name -> Contract.load(vertx, "openapi/" + name + ".yaml"))
                .toList();
        return Future.all(contracts)
                .compose(loaded ->
                        listen(router(contracts.stream().map(Future::result).toList())));
    }

    @Override
    public Future<?> stop() {
        reception.stop();
        bus.publish("router.server.closing", "");
        return server.shutdown(settings.drain().toMillis(), TimeUnit.MILLISECONDS)
                .transform(done -> bus.close(0));
    }

    private Future<HttpServer> listen(Router router) {
        var options = new HttpServerOptions()
                .setMaxHeaderSize((int) settings.headerLimit().bytes())
                .setMaxInitialLineLength(8 * 1024)
                // The SDKs speak HTTP/1.1; what nobody needs is one door less to guard.
                .setHttp2ClearTextEnabled(false)
                // Without these, every write passes a handler that waits for a WebSocket.
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                // Of those that a client offers, the one that is agreed on. The others say who it is.
                .addWebSocketSubProtocol(WEB_SOCKET)
                .setMaxWebSocketFrameSize(WEB_SOCKET_FRAME)
                .setMaxWebSocketMessageSize(WEB_SOCKET_FRAME)
                .setWebSocketClosingTimeout(2)
                .setTcpNoDelay(true)
                .setAcceptBacklog(4096);
        server = vertx.createHttpServer(options)
                .connectionHandler(connection -> {
                    StrictRequests.enforceOn(connection, options);
                    connections.accept(connection);
                })
                .invalidRequestHandler(RouterVerticle::refuse)
                .exceptionHandler(cause -> LOG.debug("A connection failed", cause))
                .requestHandler(router);
        // To Vert.x, a negative port is a free one that all instances share.
        int port = settings.port() == 0 ? -1 : settings.port();
        return server.listen(port, settings.host())
                .onSuccess(up -> onListening.accept(up.actualPort()))
                .recover(cause -> Future.failedFuture(new IOException(
                        "can't listen at " + settings.host() + ":" + settings.port() + ": " + cause.getMessage(),
                        cause)));
    }

    private Router router(List<Contract> contracts) {
        var router = Router.router(vertx);
        router.route().handler(this::begin);
        router.route().failureHandler(this::fail);
        var cookies = new SessionCookies(settings.publicUrl());
        var callers = new Callers(vertx, bus);
        var authentication = new Authentication(callers, cookies);
        reception = new Reception(bus, cookies, contracts);
        doors.forEach(door -> door.mount(vertx, router, reception));
        contracts.forEach(contract -> mount(contract, authentication, router));
        new Health(bus, verticles, registry).mount(router);
        new BrowserLogin(bus, cookies).mount(router);
        new LiveContract(bus, callers, cookies, contracts.getLast()).mount(router);
        new Docs(vertx, contracts).mount(router);
        router.route()
                .handler(context -> context.fail(Failure.refused(
                        404,
                        "unknown_url",
                        "Unknown request URL: " + context.request().method() + " "
                                + shortened(context.request().path()) + ".")));
        return router;
    }

    private void mount(Contract contract, Authentication authentication, Router router) {
        var builder = RouterBuilder.create(vertx, contract.openapi());
        for (var operation : contract.operations()) {
            var dispatch = new Dispatch(operation, bus, connections, settings);
            List<Handler<RoutingContext>> handlers =
                    operation.requires().isPublic() ? List.of(dispatch) : List.of(authentication, dispatch);
            // Bodies are checked in Dispatch; see docs/decisions/0002-inline-validation.md.
            var route = builder.getRoute(operation.id()).setDoValidation(false).setDoSecurity(false);
            handlers.forEach(route::addHandler);
            if (operation.greedy()) {
                // The builder's own route ends at the next slash.
                var rest = router.routeWithRegex(operation.method(), operation.pathPattern());
                handlers.forEach(rest::handler);
            }
        }
        router.route().subRouter(builder.createRouter());
        contract.operations().stream()
                .collect(Collectors.groupingBy(Operation::pathPattern))
                .forEach((pattern, operations) -> refuseOtherMethods(router, pattern, operations));
    }

    private static void refuseOtherMethods(Router router, String pattern, List<Operation> operations) {
        var allowed = operations.stream().map(o -> o.method().name()).collect(Collectors.joining(", "));
        router.routeWithRegex(pattern).handler(context -> {
            context.response().putHeader(HttpHeaders.ALLOW, allowed);
            context.fail(Failure.refused(
                    405,
                    "method_not_allowed",
                    "The method " + context.request().method() + " is not allowed here; allowed: " + allowed + "."));
        });
    }

    private void begin(RoutingContext context) {
        open(context);
        connections.answering(context.request().connection());
        try {
            // The routes are found by it.
            context.normalizedPath();
            if (context.request().query() != null) {
                // A route with a parameter in its path reads the query too.
                context.request().params();
            }
        } catch (IllegalArgumentException e) {
            throw badUrl();
        }
        context.next();
    }

    private Exchange open(RoutingContext context) {
        var request = context.request();
        var given = request.getHeader(REQUEST_ID);
        var id = given != null && GOOD_REQUEST_ID.matcher(given).matches() ? given : "req_" + bus.nextId();
        var dialect = Dialect.of(request);
        var exchange = new Exchange(id, request.method().name(), request.path(), dialect, bodies);
        exchange.attachTo(context);
        context.response().putHeader(REQUEST_ID, id);
        dialect.begin(context.response(), id);
        context.addEndHandler(ended -> end(context, exchange, ended.succeeded()));
        return exchange;
    }

    private static Failure badUrl() {
        return Failure.refused(400, "bad_url", "The request's URL can't be read.");
    }

    private void end(RoutingContext context, Exchange exchange, boolean delivered) {
        if (context.response().getStatusCode() != SWITCHING) {
            connections.answered(context.request());
        }
        exchange.dropBody();
        exchange.status = delivered
                ? context.response().getStatusCode()
                : Failure.cancelled().status();
        long now = System.nanoTime();
        meters.record(exchange, now);
        bus.publish(Finished.ADDRESS, exchange.finished(now));
        RequestLog.write(exchange, now);
    }

    private void fail(RoutingContext context) {
        // What has no path at all fails before the first route.
        var exchange = Exchange.of(context) == null ? open(context) : Exchange.of(context);
        var cause = context.failure();
        if (exchange.path == null || !exchange.path.startsWith("/")) {
            cause = badUrl();
        } else if (cause != null && !(cause instanceof Failure)) {
            LOG.error("Request {} failed unexpectedly", exchange.requestId, cause);
        }
        var failure = cause == null ? Failure.internal() : Failure.of(cause);
        exchange.error = failure.code() == null ? failure.type() : failure.code();
        if (!context.response().headWritten() && !context.response().closed()) {
            exchange.answering();
            exchange.dialect.send(context.response(), failure, exchange.requestId);
        }
    }

    /** What is no HTTP does not reach the routes; whatever follows on such a connection can't be trusted. */
    private static void refuse(HttpServerRequest request) {
        var failure = switch (request.decoderResult().cause()) {
            case TooLongHttpHeaderException e ->
                Failure.refused(431, "headers_too_large", "The request's headers are too large.");
            case TooLongHttpLineException e -> Failure.refused(414, "uri_too_long", "The request's URL is too long.");
            case null, default -> Failure.refused(400, "bad_request", "The request is not valid HTTP.");
        };
        request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        OpenAiDialect.INSTANCE.send(request.response(), failure, null);
        request.connection().close();
    }

    private static String shortened(String path) {
        return path.length() > 100 ? path.substring(0, 100) + "…" : path;
    }
}
