package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A server with tools for assistants: an HTTP operation {@code weather} with its OpenAPI document, and an MCP server with {@code shout}. */
final class ToolServer implements AutoCloseable {

    private final HttpServer server;
    private final List<String> called = new CopyOnWriteArrayList<>();

    private ToolServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/openapi.json", exchange -> json(exchange, 200, document()));
        server.createContext("/weather", this::weather);
        server.createContext("/mcp", this::mcp);
        server.start();
    }

    static ToolServer start() {
        return new ToolServer();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** What was called with which text. */
    List<String> called() {
        return called;
    }

    private JsonObject document() {
        var parameter = object("name", "text", "in", "query", "required", true, "schema", object("type", "string"));
        var operation = object(
                "operationId",
                "weather",
                "summary",
                "The weather of a place",
                "parameters",
                new JsonArray().add(parameter),
                "responses",
                object("200", object("description", "The weather.")));
        return object(
                "openapi",
                "3.0.3",
                "info",
                object("title", "Weather", "version", "1"),
                "servers",
                new JsonArray().add(object("url", url())),
                "paths",
                object("/weather", object("get", operation)));
    }

    private void weather(HttpExchange exchange) throws IOException {
        var query = exchange.getRequestURI().getQuery();
        called.add("weather " + query.replaceFirst("^text=", ""));
        json(exchange, 200, object("place", query.replaceFirst("^text=", ""), "sky", "clear"));
    }

    private void mcp(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestMethod().equals("POST")) {
            json(exchange, 405, new JsonObject());
            return;
        }
        var asked = new JsonObject(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        var result = switch (asked.getString("method")) {
            case "initialize" ->
                object(
                        "protocolVersion",
                        asked.getJsonObject("params").getString("protocolVersion"),
                        "capabilities",
                        object("tools", new JsonObject()),
                        "serverInfo",
                        object("name", "shouting", "version", "1"));
            case "tools/list" -> object("tools", new JsonArray().add(shout()));
            case "tools/call" -> shouted(asked.getJsonObject("params").getJsonObject("arguments"));
            default -> new JsonObject();
        };
        if (asked.getValue("id") == null) {
            exchange.sendResponseHeaders(202, -1);
            exchange.close();
        } else {
            json(exchange, 200, object("jsonrpc", "2.0", "id", asked.getValue("id"), "result", result));
        }
    }

    private static JsonObject shout() {
        var schema = object(
                "type",
                "object",
                "properties",
                object("text", object("type", "string")),
                "required",
                new JsonArray().add("text"));
        return object("name", "shout", "description", "Says it loudly", "inputSchema", schema);
    }

    private JsonObject shouted(JsonObject arguments) {
        var text = arguments.getString("text");
        called.add("shout " + text);
        var part = object("type", "text", "text", text.toUpperCase(Locale.ROOT));
        return object("content", new JsonArray().add(part), "isError", false);
    }

    private static void json(HttpExchange exchange, int status, JsonObject body) throws IOException {
        var bytes = body.encode().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("content-type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
