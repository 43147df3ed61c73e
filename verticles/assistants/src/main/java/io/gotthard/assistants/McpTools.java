package io.gotthard.assistants;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator.ValidationResponse;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** The tools of MCP servers as functions; with the protocol's own Java library, over a transport of ours. */
final class McpTools {

    private static final Logger LOG = LoggerFactory.getLogger(McpTools.class);
    private static final Duration OPENING = Duration.ofSeconds(15);
    private static final int MOST_PAGES = 50;
    private static final int MOST_TOOLS = 500;
    /** By the protocol, names of {@code _meta} have their owner's domain in front. */
    private static final String CALL_ID = "io.gotthard/call-id";

    private final Vertx vertx;
    private final ToolsSettings settings;
    private final Outside outside;
    private final ToolSecrets secrets;
    /** What servers had, for a run that begins while they are away. */
    private final Cache<String, List<McpSchema.Tool>> known = Caffeine.newBuilder()
            .expireAfterWrite(Duration.ofMinutes(30))
            .maximumSize(500)
            .build();

    McpTools(Vertx vertx, ToolsSettings settings, Outside outside, ToolSecrets secrets) {
        this.vertx = vertx;
        this.settings = settings;
        this.outside = outside;
        this.secrets = secrets;
    }

    /** What a definition has, for an assistant of that tenant; fails with {@link Trouble} or what it can be made of. */
    Future<Opened> open(JsonObject definition, String tenant) {
        var session = new Session(definition, tenant);
        var key = tenant + " " + definition.encode();
        return session.tools(null, new ArrayList<>(), new HashSet<>())
                .map(tools -> {
                    known.put(key, List.copyOf(tools));
                    return session.opened(tools, List.of());
                })
                .recover(cause -> {
                    var before = known.getIfPresent(key);
                    var trouble = trouble(cause);
                    if (before == null) {
                        return session.close().transform(closed -> Future.failedFuture(trouble));
                    }
                    // It may be back by the time it is called, and else the call says so.
                    var problem = definition.getString("name") + ": " + trouble.getMessage();
                    return Future.succeededFuture(session.opened(before, List.of(problem)));
                });
    }

    private static Trouble trouble(Throwable cause) {
        int depth = 0;
        for (var at = cause; at != null && depth < 10; at = at.getCause(), depth++) {
            if (at instanceof McpError error) {
                return McpExchange.trouble(error);
            }
            if (at instanceof Trouble || !Trouble.isUnforeseen(at)) {
                return Trouble.of(at);
            }
        }
        LOG.warn("An MCP server can't be worked with", cause);
        return new Trouble("The server can't be worked with.");
    }

    /** The connection of one run to one server. */
    private final class Session {

        private final JsonObject definition;
        private final McpAsyncClient client;
        private final Context context = vertx.getOrCreateContext();

        Session(JsonObject definition, String tenant) {
            this.definition = definition;
            var uri = Outside.uri(definition.getString("url"));
            var headers = new HashMap<String, String>();
            definition
                    .getJsonObject("headers", new JsonObject())
                    .forEach(header ->
                            headers.put(header.getKey().toLowerCase(Locale.ROOT), String.valueOf(header.getValue())));
            secrets.headers(definition, uri, tenant)
                    .forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
            this.client = McpClient.async(new McpTransport(vertx, outside, uri, headers, settings.timeout()))
                    .requestTimeout(settings.timeout())
                    .initializationTimeout(OPENING)
                    .clientInfo(
                            McpSchema.Implementation.builder("gotthard", "1").build())
                    // What a server answers is for a model, which takes it as it is.
                    .jsonSchemaValidator((schema, content) -> ValidationResponse.asValid(null))
                    .build();
        }

        /** What the library will have done, on the context of the run. */
        private <T> Future<T> future(Mono<T> mono) {
            var promise = Promise.<T>promise();
            mono.subscribe(
                    value -> context.runOnContext(go -> promise.tryComplete(value)),
                    cause -> context.runOnContext(go -> promise.tryFail(cause)),
                    () -> context.runOnContext(go -> promise.tryComplete()));
            return promise.future();
        }

        Future<List<McpSchema.Tool>> tools(String cursor, List<McpSchema.Tool> found, Set<String> cursors) {
            return future(client.listTools(cursor).timeout(OPENING)).compose(page -> {
                found.addAll(page.tools());
                var next = page.nextCursor();
                boolean more = next != null && !next.isEmpty() && found.size() < MOST_TOOLS;
                return more && cursors.size() < MOST_PAGES && cursors.add(next)
                        ? tools(next, found, cursors)
                        : Future.succeededFuture(found.subList(0, Math.min(found.size(), MOST_TOOLS)));
            });
        }

        Opened opened(List<McpSchema.Tool> tools, List<String> problems) {
            var wanted = definition.getJsonArray("tools", new JsonArray()).stream()
                    .map(String.class::cast)
                    .collect(Collectors.toSet());
            var missing = new HashSet<>(wanted);
            var offers = new ArrayList<Offer>();
            var names = new HashSet<String>();
            for (var tool : tools) {
                if (tool.name() == null
                        || !(wanted.isEmpty() || wanted.contains(tool.name()))
                        || !names.add(tool.name())) {
                    continue;
                }
                missing.remove(tool.name());
                offers.add(new Offer(
                        definition.getString("name"),
                        tool.name(),
                        tool.description() == null ? tool.title() : tool.description(),
                        parameters(tool),
                        ToolDefinitions.needsApproval(definition, tool.name(), FunctionNames.valid(tool.name())),
                        invocation -> call(tool.name(), invocation)));
            }
            var all = new ArrayList<>(problems);
            if (!missing.isEmpty()) {
                all.add(definition.getString("name") + ": these tools are not there: "
                        + missing.stream().sorted().collect(Collectors.joining(", ")));
            }
            return new Opened(offers, all, this::close);
        }

        private static JsonObject parameters(McpSchema.Tool tool) {
            var schema = tool.inputSchema() == null ? Map.<String, Object>of() : tool.inputSchema();
            var inlined = new Inlined(schema, false).schema(schema).put("type", "object");
            return inlined.containsKey("properties") ? inlined : inlined.put("properties", new JsonObject());
        }

        private Future<Tool.Result> call(String name, Tool.Invocation invocation) {
            // Parsed anew, because the library knows maps and lists only.
            var arguments = new JsonObject(invocation.arguments().encode()).getMap();
            var request = McpSchema.CallToolRequest.builder(name)
                    .arguments(arguments)
                    .meta(Map.of(CALL_ID, invocation.callId()))
                    .build();
            long until = System.nanoTime() + Tools.within(settings, invocation).toNanos();
            return called(request, until)
                    .recover(cause -> isLost(cause) ? called(request, until) : Future.failedFuture(cause))
                    .map(result -> new Tool.Result(!Boolean.TRUE.equals(result.isError()), McpContent.text(result)))
                    .recover(cause -> Future.failedFuture(trouble(cause)));
        }

        private Future<McpSchema.CallToolResult> called(McpSchema.CallToolRequest request, long until) {
            long left = Math.max(TimeUnit.MILLISECONDS.toNanos(1), until - System.nanoTime());
            return future(client.callTool(request).timeout(Duration.ofNanos(left)));
        }

        /** The server forgot the session, and so did nothing: with a new one it can be tried again. */
        private static boolean isLost(Throwable cause) {
            int depth = 0;
            for (var at = cause; at != null && depth < 10; at = at.getCause(), depth++) {
                if (at instanceof McpTransportSessionNotFoundException) {
                    return true;
                }
            }
            return false;
        }

        Future<Void> close() {
            return future(client.closeGracefully().timeout(OPENING))
                    .<Void>mapEmpty()
                    .otherwiseEmpty();
        }
    }
}
