package io.gotthard.assistants;

import io.gotthard.kit.SseReader;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import io.modelcontextprotocol.spec.ProtocolVersions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
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

    /** Bytes that a server may answer to one message, notifications included. */
    private static final int MOST_BYTES = 8 << 20;

    private static final int LONGEST_ERROR = 500;
    private static final int FAILED = -32_000;
    private static final Duration CLOSE = Duration.ofSeconds(3);
    private static final String SESSION = "mcp-session-id";

    private final Vertx vertx;
    private final Context context;
    private final Outside outside;
    private final URI uri;
    private final Map<String, String> headers;
    private final Duration timeout;
    private final McpJsonMapper json = new McpJson();
    private final Set<HttpClientRequest> open = ConcurrentHashMap.newKeySet();
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
        return json.convertValue(data, type);
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
            body = json.writeValueAsString(message);
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
        var posted = Promise.<Void>promise();
        var exchange = new Exchange(message, used);
        long timer = vertx.setTimer(timeout.toMillis(), late -> exchange.fail(posted, Trouble.late()));
        exchange.over.future().onComplete(done -> vertx.cancelTimer(timer));
        outside.connect(HttpMethod.POST, uri, headers())
                .compose(request -> {
                    exchange.began(request);
                    return request.send(Buffer.buffer(body));
                })
                .onSuccess(response -> exchange.answer(response, posted))
                .onFailure(cause -> exchange.fail(posted, cause));
        return posted.future();
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
        open.forEach(HttpClientRequest::reset);
        if (session == null) {
            return Future.succeededFuture();
        }
        var ask = new Outside.Ask(HttpMethod.DELETE, uri, headers(), null, CLOSE, 1024, Outside.Redirects.NONE);
        session = null;
        return outside.ask(ask).<Void>mapEmpty().otherwiseEmpty();
    }

    /** A message and what is answered to it. */
    private final class Exchange {

        private final Object id;
        private final String used;
        private final Promise<Void> over = Promise.promise();
        private HttpClientRequest request;
        private boolean answered;
        private long bytes;

        Exchange(JSONRPCMessage message, String used) {
            this.id = message instanceof JSONRPCRequest asked ? asked.id() : null;
            this.used = used;
        }

        void began(HttpClientRequest begun) {
            request = begun;
            open.add(begun);
            if (over.future().isComplete()) {
                end();
            }
        }

        private void end() {
            if (request != null) {
                open.remove(request);
                request.reset();
            }
        }

        /** Fails what is waited for: that it was sent, or the answer. */
        void fail(Promise<Void> posted, Throwable cause) {
            over.tryComplete();
            end();
            var trouble = cause instanceof McpTransportSessionNotFoundException ? cause : Trouble.of(cause);
            if (!posted.tryFail(trouble) && id != null && !answered) {
                answered = true;
                hand(JSONRPCResponse.error(id, new JSONRPCResponse.JSONRPCError(FAILED, trouble.getMessage(), null)));
            }
        }

        void answer(HttpClientResponse response, Promise<Void> posted) {
            int status = response.statusCode();
            if (status == 404 && used != null) {
                var lost = new McpTransportSessionNotFoundException("The session is over.");
                fail(posted, lost);
                onLost.accept(lost);
                return;
            }
            var said = response.getHeader(SESSION);
            if (said != null && ToolDefinitions.isHeaderValue(said)) {
                session = said;
            }
            var type = String.valueOf(response.getHeader("content-type")).toLowerCase(Locale.ROOT);
            response.exceptionHandler(cause -> fail(posted, cause));
            if (status >= 200 && status < 300 && type.startsWith("text/event-stream")) {
                events(response, posted);
            } else {
                whole(response, posted, status);
            }
        }

        private void events(HttpClientResponse response, Promise<Void> posted) {
            var reader = new SseReader(
                    MOST_BYTES, (data, from, to) -> message(new String(data, from, to - from, StandardCharsets.UTF_8)));
            posted.tryComplete();
            response.handler(data -> {
                if (fits(data, posted)) {
                    reader.read(data);
                }
            });
            response.endHandler(end -> ended(posted));
        }

        private void whole(HttpClientResponse response, Promise<Void> posted, int status) {
            var body = Buffer.buffer();
            response.handler(data -> {
                if (fits(data, posted)) {
                    body.appendBuffer(data);
                }
            });
            response.endHandler(end -> {
                if (status < 200 || status >= 300) {
                    fail(posted, new Trouble("The server answered with status " + status + "."));
                    return;
                }
                posted.tryComplete();
                if (id != null) {
                    message(body.toString(StandardCharsets.UTF_8));
                }
                ended(posted);
            });
        }

        private boolean fits(Buffer data, Promise<Void> posted) {
            bytes += data.length();
            if (bytes > MOST_BYTES) {
                fail(posted, new Trouble("The server answers with more than " + MOST_BYTES + " bytes."));
                return false;
            }
            return !over.future().isComplete();
        }

        private void ended(Promise<Void> posted) {
            open.remove(request);
            if (id != null && !answered) {
                fail(posted, Trouble.cut());
            }
            over.tryComplete();
        }

        private void message(String text) {
            try {
                if (text.isBlank()) {
                    return;
                }
                var message = McpSchema.deserializeJsonRpcMessage(json, text);
                if (message instanceof JSONRPCResponse response
                        && String.valueOf(response.id()).equals(String.valueOf(id))) {
                    answered = true;
                }
                hand(message);
            } catch (IOException | RuntimeException e) {
                if (id != null && !answered) {
                    answered = true;
                    hand(JSONRPCResponse.error(
                            id,
                            new JSONRPCResponse.JSONRPCError(
                                    FAILED, "The server's answer is no message of MCP.", null)));
                }
            }
        }
    }

    /** A message of a server, short enough for others. */
    static String shortened(String message) {
        return message == null || message.length() <= LONGEST_ERROR
                ? message
                : message.substring(0, LONGEST_ERROR) + "…";
    }
}
