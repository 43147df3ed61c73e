package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocsTest {
    private static Vertx vertx;
    private static Contract contract;
    private static HttpClient client;
    private static URI root;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        contract = await(Contract.load(vertx, "openapi/openai.yaml"));
        Router router = Router.router(vertx);
        new Docs(vertx, List.of(contract)).mount(router);
        int port = await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
                .actualPort();
        root = URI.create("http://127.0.0.1:" + port);
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterAll
    static void stop() {
        client.close();
        await(vertx.close());
    }

    @Test
    void the_contract_is_served_complete() throws Exception {
        HttpResponse<String> answer = get("/openapi/openai.json");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "content-type")).isEqualTo("application/json");
        assertThat(Buffer.buffer(answer.body())).isEqualTo(contract.json());
        assertThat(new JsonObject(answer.body()).getString("openapi")).startsWith("3.1");
        assertThat(answer.body()).contains("text/event-stream");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/openapi/openai.json", "/docs", "/docs/start.js"})
    void what_the_browser_has_is_not_sent_again_until_it_changes(String path) throws Exception {
        HttpResponse<String> first = get(path);
        String tag = header(first, "etag");
        assertThat(header(first, "cache-control")).isEqualTo("no-cache");
        HttpResponse<String> again = get(path, "if-none-match", "W/\"other\", " + tag);
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(header(again, "etag")).isEqualTo(tag);
        assertThat(get(path, "if-none-match", "\"other\"").statusCode()).isEqualTo(200);
    }

    @Test
    void the_page_loads_all_it_needs_from_this_server() throws Exception {
        HttpResponse<String> page = get("/docs");
        assertThat(header(page, "content-type")).startsWith("text/html");
        assertThat(page.body()).doesNotContain("//").doesNotContain("onclick");
        Matcher links = Pattern.compile("(?:href|src)=\"([^\"]+)\"").matcher(page.body());
        int found = 0;
        while (links.find()) {
            if (links.group(1).equals("docs/events")) {
                // The page of whoever serves sockets.
                continue;
            }
            HttpResponse<String> linked = get("/" + links.group(1));
            assertThat(linked.statusCode()).as(links.group(1)).isEqualTo(200);
            assertThat(linked.body()).isNotEmpty();
            assertThat(header(linked, "x-content-type-options")).isEqualTo("nosniff");
            found++;
        }
        assertThat(found).isEqualTo(6);
    }

    @Test
    void the_page_offers_every_surface_and_asks_no_other_server() throws Exception {
        HttpResponse<String> start = get("/docs/start.js");
        assertThat(header(start, "content-type")).startsWith("text/javascript");
        assertThat(start.body())
                .contains("\"url\":\"openapi/openai.json\"")
                .contains(contract.title())
                .contains("validatorUrl: null")
                .doesNotContain("://");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/docs", "/docs/start.js", "/openapi/openai.json"})
    void a_strict_policy_comes_with_everything(String path) throws Exception {
        HttpResponse<String> answer = get(path);
        assertThat(header(answer, "content-security-policy"))
                .startsWith("default-src 'none'; script-src 'self';")
                .contains("connect-src 'self'")
                .contains("frame-ancestors 'none'");
        assertThat(header(answer, "x-content-type-options")).isEqualTo("nosniff");
    }

    @Test
    void the_viewers_files_are_kept_for_good_because_their_version_is_in_the_path() throws Exception {
        String path = asset("swagger-ui-bundle.js");
        assertThat(header(get(path), "cache-control")).contains("immutable").contains("max-age=31536000");
        assertThat(path).matches("/docs/\\d+\\.\\d+\\.\\d+/.*");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "index.html",
                "swagger-initializer.js",
                "..%2f..%2fopenapi/openai.yaml",
                "%2e%2e/%2e%2e/secret",
                "nothing.js",
                ""
            })
    void nothing_else_on_the_classpath_can_be_had(String name) throws Exception {
        assertThat(get(asset(name)).statusCode()).isEqualTo(404);
    }

    @Test
    void HEAD_tells_the_size_without_the_content() throws Exception {
        for (String path : List.of("/docs", "/openapi/openai.json", asset("swagger-ui.css"))) {
            HttpResponse<String> head = client.send(
                    HttpRequest.newBuilder(root.resolve(path)).HEAD().build(), HttpResponse.BodyHandlers.ofString());
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            assertThat(Integer.parseInt(header(head, "content-length")))
                    .isEqualTo(get(path).body().getBytes(StandardCharsets.UTF_8).length);
        }
    }

    @Test
    void the_page_also_answers_with_a_slash_and_its_links_still_work() throws Exception {
        HttpResponse<String> answer = get("/docs/");
        assertThat(answer.statusCode()).isEqualTo(308);
        assertThat(root.resolve("/docs/").resolve(header(answer, "location"))).isEqualTo(root.resolve("/docs"));
    }

    private static String asset(String name) throws Exception {
        Matcher version = Pattern.compile("docs/([^/\"]+)/swagger-ui.css")
                .matcher(get("/docs").body());
        assertThat(version.find()).isTrue();
        return "/docs/" + version.group(1) + "/" + name;
    }

    private static HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(root + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }
}
