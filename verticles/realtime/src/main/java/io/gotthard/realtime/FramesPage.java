package io.gotthard.realtime;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The frames of WebSockets for people, at {@code /docs/events}: what the event contract says of them, as a page without scripts. */
final class FramesPage {

    private static final String FOLDER = "event-contracts/";
    private static final String POLICY =
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors"
                    + " 'none'";

    private static final String HEAD = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
          <meta charset="UTF-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <title>Gotthard, live events</title>
          <style>
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222 }
            code { background: #f2f2f2; padding: 0 .3em; border-radius: 3px }
            table { border-collapse: collapse; width: 100%; margin: .5em 0 2em }
            td { border-top: 1px solid #ddd; padding: .3em .8em .3em 0; vertical-align: top }
            td:first-child { white-space: nowrap }
          </style>
        </head>
        <body>
        <p><a href="../docs">All of the API</a></p>
        """;

    private final Vertx vertx;
    private Future<String> page;

    FramesPage(Vertx vertx) {
        this.vertx = vertx;
    }

    void mount(Router router) {
        router.get("/docs/events").handler(this::answer);
    }

    private void answer(RoutingContext context) {
        if (page == null) {
            page = vertx.executeBlocking(FramesPage::page);
        }
        page.onFailure(context::fail)
                .onSuccess(html -> context.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, "text/html;charset=UTF-8")
                        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                        .putHeader("content-security-policy", POLICY)
                        .putHeader("x-content-type-options", "nosniff")
                        .putHeader("referrer-policy", "no-referrer")
                        .end(html));
    }

    /** All channels that are not the event bus's, which are those with a path. */
    static String page() throws IOException {
        var contract = new Load(LoadSettings.builder().build()).loadFromString(read("asyncapi.yaml"));
        var html = new StringBuilder(HEAD);
        for (var channel : ((Map<?, ?>) ((Map<?, ?>) contract).get("channels")).values()) {
            if (channel instanceof Map<?, ?> map && map.get("address") instanceof String path && path.startsWith("/")) {
                html.append("<h1>")
                        .append(escaped(map.get("title")))
                        .append("</h1><p><code>")
                        .append(escaped(path))
                        .append("</code> ");
                paragraph(html, map.get("description"));
                for (var message : ((Map<?, ?>) map.get("messages")).values()) {
                    var payload = (Map<?, ?>) ((Map<?, ?>) message).get("payload");
                    if (payload.get("$ref") instanceof String file) {
                        frame(html, new JsonObject(read(file)));
                    }
                }
            }
        }
        return html.append("</body></html>\n").toString();
    }

    private static void paragraph(StringBuilder html, Object text) {
        html.append(text == null ? "" : escaped(text)).append("</p>\n");
    }

    private static void frame(StringBuilder html, JsonObject schema) {
        html.append("<h2>").append(escaped(schema.getString("title"))).append("</h2><p>");
        paragraph(html, schema.getString("description"));
        var required = schema.getJsonArray("required", new JsonArray());
        html.append("<table>\n");
        for (var property : schema.getJsonObject("properties", new JsonObject())) {
            var of = (JsonObject) property.getValue();
            html.append("<tr><td><code>")
                    .append(escaped(property.getKey()))
                    .append("</code>")
                    .append(required.contains(property.getKey()) ? "" : " (optional)")
                    .append("</td><td>")
                    .append(escaped(kind(of)))
                    .append("</td><td>")
                    .append(escaped(of.getString("description", "")))
                    .append("</td></tr>\n");
        }
        html.append("</table>\n");
    }

    private static String kind(JsonObject schema) {
        if (schema.containsKey("const")) {
            return '"' + schema.getString("const") + '"';
        }
        var kind = schema.getValue("enum", schema.getValue("type", ""));
        return kind instanceof JsonArray several
                ? String.join(" or ", several.stream().map(String::valueOf).toList())
                : kind.toString();
    }

    private static String escaped(Object text) {
        return String.valueOf(text)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String read(String file) throws IOException {
        try (var stream = FramesPage.class.getClassLoader().getResourceAsStream(FOLDER + file)) {
            if (stream == null) {
                throw new FileNotFoundException(FOLDER + file);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
