package io.gotthard.assistants;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;

/** A small MCP server over streamable HTTP, which can be as unpleasant as a test wants. */
final class McpResponder {

    /** What was asked, with its headers in lower case. */
    record Asked(String method, JsonObject message, String session, String version, String authorization) {}

    final List<Asked> asked = new CopyOnWriteArrayList<>();
    final Set<String> sessions = ConcurrentHashMap.newKeySet();
    private final AtomicInteger numbers = new AtomicInteger();
    private final Vertx vertx;
    private HttpServer server;
    volatile boolean streaming;
    volatile JsonArray tools = new JsonArray();
    volatile int pageSize = 2;
    /** Makes the result of a call, or null to say nothing. */
    volatile BiFunction<String, JsonObject, JsonObject> call = (name, arguments) -> text(name + arguments.encode());
    /** Answers in its own way and returns true, or leaves it to us. */
    volatile BiFunction<HttpServerRequest, JsonObject, Boolean> instead = (request, message) -> false;

    McpResponder(Vertx vertx) {
        this.vertx = vertx;
        listen(0);
    }

    private void listen(int port) {
        server = ToolUser.await(vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    if (request.method().name().equals("DELETE")) {
                        sessions.remove(request.getHeader("mcp-session-id"));
                        asked.add(new Asked("DELETE", null, request.getHeader("mcp-session-id"), null, null));
                        request.response().end();
                    } else {
                        post(request, body.toJsonObject());
                    }
                }))
                .listen(port, "127.0.0.1"));
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort() + "/mcp";
    }

    /** Is away until {@link #comeBack}. */
    int goAway() {
        int port = server.actualPort();
        ToolUser.await(server.close());
        return port;
    }

    void comeBack(int port) {
        listen(port);
    }

    static JsonObject tool(String name) {
        return new JsonObject()
                .put("name", name)
                .put("description", "Does " + name + ".")
                .put(
                        "inputSchema",
                        new JsonObject("{\"type\":\"object\",\"properties\":{\"x\":{\"$ref\":\"#/$defs/X\"}},"
                                + "\"$defs\":{\"X\":{\"type\":\"string\"}}}"));
    }

    static JsonObject text(String text) {
        return new JsonObject()
                .put(
                        "content",
                        new JsonArray().add(new JsonObject().put("type", "text").put("text", text)));
    }

    private void post(HttpServerRequest request, JsonObject message) {
        var session = request.getHeader("mcp-session-id");
        asked.add(new Asked(
                message.getString("method"),
                message,
                session,
                request.getHeader("mcp-protocol-version"),
                request.getHeader("authorization")));
        if (instead.apply(request, message)) {
            return;
        }
        var response = request.response();
        boolean first = "initialize".equals(message.getString("method"));
        if (!first && !sessions.contains(String.valueOf(session))) {
            response.setStatusCode(404).end();
            return;
        }
        if (!message.containsKey("id")) {
            response.setStatusCode(202).end();
            return;
        }
        if (first) {
            var begun = "s" + numbers.incrementAndGet();
            sessions.add(begun);
            response.putHeader("mcp-session-id", begun);
        }
        var result = result(message);
        if (result != null) {
            answer(
                    response,
                    new JsonObject()
                            .put("jsonrpc", "2.0")
                            .put("id", message.getValue("id"))
                            .put("result", result));
        }
    }

    private JsonObject result(JsonObject message) {
        var params = message.getJsonObject("params", new JsonObject());
        return switch (message.getString("method")) {
            case "initialize" ->
                new JsonObject()
                        .put("protocolVersion", params.getString("protocolVersion"))
                        .put("capabilities", new JsonObject().put("tools", new JsonObject()))
                        .put(
                                "serverInfo",
                                new JsonObject().put("name", "responder").put("version", "1"));
            case "tools/list" -> page(params.getString("cursor", "0"));
            case "tools/call" -> call.apply(params.getString("name"), params.getJsonObject("arguments"));
            default -> new JsonObject();
        };
    }

    private JsonObject page(String cursor) {
        int from = Integer.parseInt(cursor);
        var page = new JsonObject();
        var some = new JsonArray();
        for (int i = from; i < Math.min(tools.size(), from + pageSize); i++) {
            some.add(tools.getJsonObject(i));
        }
        if (from + pageSize < tools.size()) {
            page.put("nextCursor", String.valueOf(from + pageSize));
        }
        return page.put("tools", some);
    }

    void answer(HttpServerResponse response, JsonObject message) {
        if (streaming) {
            response.putHeader("content-type", "text/event-stream")
                    .end(": hello\n\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\","
                            + "\"params\":{\"level\":\"info\",\"data\":\"working\"}}\n\nevent: message\ndata: "
                            + message.encode() + "\n\n");
        } else {
            response.putHeader("content-type", "application/json").end(message.encode());
        }
    }
}
