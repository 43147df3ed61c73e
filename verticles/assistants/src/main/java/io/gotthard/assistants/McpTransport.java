package io.gotthard.assistants;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import io.modelcontextprotocol.spec.ProtocolVersions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * MCP's streamable HTTP over guarded connections; the library's own transport resolves names by itself, and so could be led into our
 * networks. What a server would say without being asked is not listened to: it is no part of calling tools.
 *
 * <p>All of it happens on one context, and nothing waits.
 */
final class McpTransport implements McpClientTransport {

    private static final McpJsonMapper JSON = new McpJson();
    private static final Duration CLOSE = Duration.ofSeconds(3);
    private static final String SESSION = "mcp-session-id";

    private final Vertx vertx;
    private final Context context;
    private final Outside outside;
    private final URI uri;
    private final Map<String, String> headers;
    private final Duration timeout;
    private final Set<McpExchange> open = ConcurrentHashMap.newKeySet();
    private volatile Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler = message -> Mono.empty();
    private volatile Consumer<Throwable> onLost = cause -> {};
    private volatile String session;
    private volatile String version;

    /**
     * That to one server; nothing is sent yet.
     *
     * @param headers of every request, with secrets
     * @param timeout how long the answer to one message may take
     */
    McpTransport(Vertx vertx, Outside outside, URI uri, Map<String, String> headers, Duration timeout) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.outside = outside;
        this.uri = uri;
        this.headers = headers;
        this.timeout = timeout;
    }

    @Override
    public Mono<Void> connect(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> messages) {
        handler = messages;
        return Mono.empty();
    }

    @Override
    public void setExceptionHandler(Consumer<Throwable> lost) {
        onLost = lost;
    }

    @Override
    public List<String> protocolVersions() {
        return List.of(
                ProtocolVersions.MCP_2025_03_26, ProtocolVersions.MCP_2025_06_18, ProtocolVersions.MCP_2025_11_25);
    }

    @Override
    public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
        return JSON.convertValue(data, type);
    }

    @Override
    public Mono<Void> sendMessage(JSONRPCMessage message) {
        return Mono.deferContextual(with -> {
            if (with.getOrDefault(McpAsyncClient.NEGOTIATED_PROTOCOL_VERSION, null) instanceof String negotiated) {
                version = negotiated;
            }
            return Mono.<Void>create(sink ->
                    context.runOnContext(go -> post(message).onComplete(posted -> {
                        if (posted.succeeded()) {
                            sink.success();
                        } else {
                            sink.error(posted.cause());
                        }
                    })));
        });
    }

    private Map<String, String> headers() {
        var all = new HashMap<>(headers);
        all.put("accept", "application/json, text/event-stream");
        all.put("content-type", "application/json");
        all.put("user-agent", "gotthard");
        if (session != null) {
            all.put(SESSION, session);
        }
        if (version != null) {
            all.put("mcp-protocol-version", version);
        }
        return all;
    }

    /** Done when the server has begun to answer. */
    private Future<Void> post(JSONRPCMessage message) {
        String body;
        try {
            body = JSON.writeValueAsString(message);
        } catch (IOException e) {
            return Future.failedFuture(new Trouble("The arguments can't be sent."));
        }
        boolean first =
                message instanceof JSONRPCRequest request && McpSchema.METHOD_INITIALIZE.equals(request.method());
        if (first) {
            // A session begins anew.
            session = null;
            version = null;
        }
        var used = session;
        var exchange = new McpExchange(message, JSON, this::hand);
        open.add(exchange);
        long timer = vertx.setTimer(timeout.toMillis(), late -> exchange.fail(Trouble.late()));
        exchange.over().onComplete(done -> {
            vertx.cancelTimer(timer);
            open.remove(exchange);
        });
        outside.connect(HttpMethod.POST, uri, headers())
                .compose(request -> exchange.send(request, body))
                .onSuccess(response -> answer(exchange, used, response))
                .onFailure(exchange::fail);
        return exchange.posted();
    }

    private void answer(McpExchange exchange, String used, HttpClientResponse response) {
        // Before anything else: what nobody listens to when it breaks off, Vert.x logs as an error of ours.
        response.exceptionHandler(exchange::fail);
        if (response.statusCode() == 404 && used != null) {
            var lost = new McpTransportSessionNotFoundException("The session is over.");
            exchange.fail(lost);
            onLost.accept(lost);
            return;
        }
        var said = response.getHeader(SESSION);
        if (said != null && ToolDefinitions.isHeaderValue(said)) {
            session = said;
        }
        exchange.answer(response);
    }

    private void hand(JSONRPCMessage message) {
        handler.apply(Mono.just(message)).subscribe(done -> {}, failed -> {});
    }

    @Override
    public Mono<Void> closeGracefully() {
        return Mono.create(sink -> context.runOnContext(go -> end().onComplete(ended -> sink.success())));
    }

    /** Tells the server, if it knows of a session; that it may not hear of it is no failure. */
    private Future<Void> end() {
        List.copyOf(open).forEach(exchange -> exchange.fail(Trouble.cut()));
        if (session == null) {
            return Future.succeededFuture();
        }
        var ask = new Outside.Ask(HttpMethod.DELETE, uri, headers(), null, CLOSE, 1024, Outside.Redirects.NONE);
        session = null;
        return outside.ask(ask).<Void>mapEmpty().otherwiseEmpty();
    }
}
