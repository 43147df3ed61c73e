package io.gotthard.router;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The contracts for people: each as JSON at {@code /openapi/<name>.json}, and all of them in a viewer at
 * {@code /docs}, with which they can be tried. The viewer (Swagger UI) comes from the classpath and the page's policy
 * forbids the browser to ask any other server. Needs no key. Links are relative, so it works behind a proxy that adds
 * a prefix.
 */
final class Docs {
    private static final String WEBJAR = "META-INF/resources/webjars/swagger-ui/";
    private static final String VERSION = version();

    /** What the page loads from the webjar. Nothing else in the webjar is served. */
    private static final Map<String, String> ASSETS = Map.of(
            "swagger-ui.css", "text/css;charset=UTF-8",
            "swagger-ui-bundle.js", "text/javascript;charset=UTF-8",
            "swagger-ui-standalone-preset.js", "text/javascript;charset=UTF-8",
            "favicon-32x32.png", "image/png");

    /** Swagger UI applies inline styles, hence unsafe-inline for those, never for scripts. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            + "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final Vertx vertx;
    private final List<Contract> contracts;
    private final Map<String, Future<Buffer>> assets = new ConcurrentHashMap<>();

    /**
     * @param contracts in the order in which the page offers them, with different names
     */
    Docs(Vertx vertx, List<Contract> contracts) {
        this.vertx = vertx;
        this.contracts = List.copyOf(contracts);
    }

    /** Adds the routes. They answer GET and HEAD; an unknown path below them is left to the router. */
    void mount(Router router) {
        JsonArray surfaces = new JsonArray();
        StringBuilder links = new StringBuilder();
        for (Contract contract : contracts) {
            String url = "openapi/" + contract.name() + ".json";
            surfaces.add(new JsonObject().put("url", url).put("name", contract.title()));
            links.append("<a href=\"")
                    .append(url)
                    .append("\">")
                    .append(contract.name())
                    .append("</a> ");
            serve(router, "/" + url, "application/json", contract.json());
        }
        serve(router, "/docs", "text/html;charset=UTF-8", Buffer.buffer(page(links)));
        serve(router, "/docs/start.js", "text/javascript;charset=UTF-8", Buffer.buffer(start(surfaces)));
        ASSETS.forEach((name, assetType) ->
                route(router, "/docs/" + VERSION + "/" + name).handler(request -> asset(request, name, assetType)));
    }

    private static String page(CharSequence links) {
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
              <meta charset="UTF-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <title>Gotthard API</title>
              <link rel="icon" type="image/png" href="docs/%1$s/favicon-32x32.png">
              <link rel="stylesheet" href="docs/%1$s/swagger-ui.css">
            </head>
            <body>
              <div id="viewer"></div>
              <noscript>The contracts as JSON: %2$s</noscript>
              <p style="font: 14px sans-serif; margin: 1em"><a href="docs/events">What is said over WebSockets</a></p>
              <script src="docs/%1$s/swagger-ui-bundle.js"></script>
              <script src="docs/%1$s/swagger-ui-standalone-preset.js"></script>
              <script src="docs/start.js"></script>
            </body>
            </html>
            """.formatted(VERSION, links);
    }

    private static String start(JsonArray surfaces) {
        return """
            SwaggerUIBundle({
              urls: %s,
              dom_id: '#viewer',
              layout: 'StandaloneLayout',
              presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
              deepLinking: true,
              validatorUrl: null
            });
            """.formatted(surfaces);
    }

    private static Route route(Router router, String path) {
        return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
    }

    /** Serves something that may be different after an update: a browser may keep it, but has to ask each time. */
    private static void serve(Router router, String path, String type, Buffer content) {
        String tag = "\"" + hash(content) + "\"";
        route(router, path).handler(request -> {
            if (request.request().path().endsWith("/")) {
                // Vert.x takes the path with a slash for the same, but relative links would lead elsewhere from there.
                String name = path.substring(path.lastIndexOf('/') + 1);
                request.response()
                        .setStatusCode(308)
                        .putHeader(HttpHeaders.LOCATION, "../" + name)
                        .end();
                return;
            }
            HttpServerResponse response = headers(request, type)
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                    .putHeader(HttpHeaders.ETAG, tag);
            String known = request.request().getHeader(HttpHeaders.IF_NONE_MATCH);
            if (known != null && (known.contains(tag) || known.equals("*"))) {
                response.setStatusCode(304).end();
            } else {
                end(response, content);
            }
        });
    }

    /** Serves a file of the webjar. Its version is in the path, so a browser need never ask again. */
    private void asset(RoutingContext request, String name, String type) {
        assets.computeIfAbsent(name, file -> vertx.executeBlocking(() -> read(WEBJAR + VERSION + "/" + file)))
                .onFailure(request::fail)
                .onSuccess(content -> end(
                        headers(request, type)
                                .putHeader(HttpHeaders.CACHE_CONTROL, "public, max-age=31536000, immutable"),
                        content));
    }

    private static void end(HttpServerResponse response, Buffer content) {
        // Vert.x leaves the content away for HEAD, but then does not know its length.
        response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(content.length()))
                .end(content);
    }

    private static HttpServerResponse headers(RoutingContext request, String type) {
        return request.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, type)
                .putHeader("content-security-policy", POLICY)
                .putHeader("x-content-type-options", "nosniff")
                .putHeader("referrer-policy", "no-referrer");
    }

    private static Buffer read(String resource) throws IOException {
        try (InputStream file = Docs.class.getClassLoader().getResourceAsStream(resource)) {
            if (file == null) {
                throw new IOException("Not on the classpath: " + resource);
            }
            return Buffer.buffer(file.readAllBytes());
        }
    }

    private static String version() {
        try {
            Properties properties = new Properties();
            Buffer file = read("META-INF/maven/org.webjars/swagger-ui/pom.properties");
            properties.load(new StringReader(file.toString()));
            return properties.getProperty("version");
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }

    private static String hash(Buffer content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes());
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
