package io.gotthard.assistants;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The operations of OpenAPI documents as functions. */
final class OpenApiTools {

    private static final int MOST_OPERATIONS = 128;
    private static final long MOST_CACHED_CHARACTERS = 16_000_000;
    private static final int LONGEST_ERROR = 1_000;
    private static final int ROOM_FOR_NOTE = 100;

    private final Vertx vertx;
    private final ToolsSettings settings;
    private final Outside outside;
    private final ToolSecrets secrets;
    private final Cache<String, OpenApiDocument> documents = Caffeine.newBuilder()
            .expireAfterWrite(Duration.ofMinutes(5))
            .maximumWeight(MOST_CACHED_CHARACTERS)
            .weigher((String url, OpenApiDocument document) -> document.length())
            .build();

    OpenApiTools(Vertx vertx, ToolsSettings settings, Outside outside, ToolSecrets secrets) {
        this.vertx = vertx;
        this.settings = settings;
        this.outside = outside;
        this.secrets = secrets;
    }

    /** What a definition has, for an assistant of that tenant; fails with {@link Trouble} or what it can be made of. */
    Future<Opened> open(JsonObject definition, String tenant) {
        var url = definition.getString("url");
        return document(definition, url)
                .compose(document -> vertx.executeBlocking(
                        () -> opened(definition, document, url == null ? null : Outside.uri(url), tenant), false));
    }

    private Future<OpenApiDocument> document(JsonObject definition, String url) {
        if (url == null) {
            return vertx.executeBlocking(() -> OpenApiDocument.of(definition.getValue("document")), false);
        }
        var known = documents.getIfPresent(url);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        var ask = new Outside.Ask(
                HttpMethod.GET,
                Outside.uri(url),
                Map.of("accept", "application/json, application/yaml, text/yaml, */*;q=0.5"),
                null,
                settings.timeout(),
                settings.document().bytes(),
                Outside.Redirects.ANYWHERE);
        return outside.ask(ask).compose(said -> {
            if (said.status() != 200) {
                throw new Trouble("Its OpenAPI document is not there: status " + said.status() + ".");
            }
            if (said.cut()) {
                throw new Trouble("Its OpenAPI document has more than "
                        + settings.document().bytes() + " bytes.");
            }
            return vertx.executeBlocking(
                    () -> {
                        var document = OpenApiDocument.parse(said.body().toString(StandardCharsets.UTF_8));
                        documents.put(url, document);
                        return document;
                    },
                    false);
        });
    }

    private Opened opened(JsonObject definition, OpenApiDocument document, URI from, String tenant) {
        var named = definition.getString("server");
        var server = named == null ? document.server(from) : Outside.uri(named);
        // So that it is told at once, and not with each call.
        secrets.headers(definition, server, tenant);
        var wanted = definition.getJsonArray("operations", new JsonArray()).stream()
                .map(String.class::cast)
                .collect(Collectors.toSet());
        var problems = new ArrayList<String>();
        var missing = new HashSet<>(wanted);
        var offers = new ArrayList<Offer>();
        for (var operation : document.operations(wanted, MOST_OPERATIONS)) {
            missing.remove(operation.id());
            offers.add(new Offer(
                    definition.getString("name"),
                    operation.id(),
                    operation.description(),
                    operation.schema(),
                    ToolDefinitions.needsApproval(definition, operation.id(), FunctionNames.valid(operation.id())),
                    invocation -> call(definition, server, operation, tenant, invocation)));
        }
        if (!missing.isEmpty()) {
            problems.add(
                    definition.getString("name") + ": these operations are not there, or need what tools can't say: "
                            + missing.stream().sorted().collect(Collectors.joining(", ")));
        }
        return Opened.of(offers, problems);
    }

    private Future<Tool.Result> call(
            JsonObject definition, URI server, OpenApiOperation operation, String tenant, Tool.Invocation invocation) {
        var arguments = invocation.arguments();
        var body = operation.bodyOf(arguments);
        var headers = new HashMap<>(Map.of(
                "accept", "application/json, text/*;q=0.9, */*;q=0.5",
                "user-agent", "gotthard",
                "idempotency-key", invocation.callId()));
        if (body != null) {
            headers.put("content-type", operation.contentType());
        }
        for (var parameter : operation.parameters()) {
            var value = arguments.getValue(parameter.key());
            if ("header".equals(parameter.in()) && value != null) {
                headers.put(parameter.name().toLowerCase(Locale.ROOT), parameter.inHeader(value));
            }
        }
        // Last, so that no argument takes its place.
        secrets.headers(definition, server, tenant)
                .forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
        var ask = new Outside.Ask(
                operation.method(),
                uri(server, operation, arguments),
                headers,
                body == null ? null : Buffer.buffer(body),
                Tools.within(settings, invocation),
                settings.answer().bytes() - ROOM_FOR_NOTE,
                Outside.Redirects.SAME_ORIGIN);
        return outside.ask(ask).map(OpenApiTools::result);
    }

    /** Where to; always at the server and below its path. */
    static URI uri(URI server, OpenApiOperation operation, JsonObject arguments) {
        var path = operation.path();
        List<String> query = new ArrayList<>();
        for (var parameter : operation.parameters()) {
            var value = arguments.getValue(parameter.key());
            switch (parameter.in()) {
                case "path" -> path = path.replace("{" + parameter.name() + "}", parameter.inPath(value));
                case "query" -> query.addAll(parameter.inQuery(value));
                default -> {}
            }
        }
        var base = server.getRawPath() == null ? "" : server.getRawPath().replaceAll("/+$", "");
        var whole = base + (path.startsWith("/") ? path : "/" + path);
        if (List.of(whole.split("/", -1)).stream().anyMatch(part -> part.equals(".") || part.equals(".."))) {
            throw new Trouble("These arguments make no path.");
        }
        var more = query.isEmpty() ? "" : "?" + String.join("&", query);
        var uri = Outside.uri(server.getScheme() + "://" + server.getRawAuthority() + whole + more);
        // Should a document have a path that makes it another server.
        if (!Outside.origin(uri).equals(Outside.origin(server))) {
            throw new Trouble("These arguments make no path.");
        }
        return uri;
    }

    private static Tool.Result result(Outside.Said said) {
        boolean ok = said.status() >= 200 && said.status() < 300;
        if (ok) {
            var text = PlainText.of(said.type(), said.body());
            var note = said.cut()
                    ? "\n[cut: there is more than these " + said.body().length() + " bytes]"
                    : "";
            return new Tool.Result(true, text.isEmpty() ? "Done, status " + said.status() + "." : text + note);
        }
        var status = "The server answered with status " + said.status();
        try {
            var text = PlainText.of(said.type(), said.body());
            var shown = text.length() > LONGEST_ERROR ? text.substring(0, LONGEST_ERROR) + "…" : text;
            return new Tool.Result(false, shown.isEmpty() ? status + "." : status + ": " + shown);
        } catch (Trouble noText) {
            return new Tool.Result(false, status + ".");
        }
    }
}
