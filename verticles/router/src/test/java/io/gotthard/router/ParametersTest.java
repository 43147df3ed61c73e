package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parameters as the router reads them, over real HTTP. */
class ParametersTest {

    private static Vertx vertx;
    private static HttpClient client;
    private static String root;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        var contract = Contract.load(vertx, "contracts/parameters.yaml").await();
        var operation = contract.operations().getFirst();
        var router = Router.router(vertx);
        router.routeWithRegex(operation.pathPattern())
                .handler(context -> answer(context, operation))
                .failureHandler(context -> refuse(context, context.failure()));
        var server = vertx.createHttpServer()
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .await();
        root = "http://127.0.0.1:" + server.actualPort() + "/things/";
        client = HttpClient.newHttpClient();
    }

    private static void answer(RoutingContext context, Operation operation) {
        var parameters = operation.parameters().read(context);
        context.json(new JsonObject(Map.copyOf(parameters)));
    }

    private static void refuse(RoutingContext context, Throwable cause) {
        var failure = Failure.of(cause);
        context.response().setStatusCode(failure.status()).end(failure.param() + ": " + failure.getMessage());
    }

    @AfterAll
    static void stop() {
        client.close();
        vertx.close().await();
    }

    @Test
    void what_is_there_is_a_text_and_what_is_not_has_its_default() throws Exception {
        assertThat(new JsonObject(get("thg_1?filter=&deep=true")))
                .isEqualTo(new JsonObject()
                        .put("thing", "thg_1")
                        .put("filter", "")
                        .put("deep", "true")
                        .put("order", "up")
                        .put("limit", "50")
                        .put("x-depth", "3"));
        assertThat(new JsonObject(get("thg_1?filter=%C3%A4+b&limit=200&order=down")))
                .isEqualTo(new JsonObject()
                        .put("thing", "thg_1")
                        .put("filter", "ä b")
                        .put("order", "down")
                        .put("limit", "200")
                        .put("x-depth", "3"));
    }

    @Test
    void what_the_contract_does_not_name_is_ignored() throws Exception {
        assertThat(new JsonObject(get("thg_1?filter=a&x=1&x=2&thing=thg_2&param0=y")).getMap())
                .containsOnlyKeys("thing", "filter", "order", "limit", "x-depth")
                .containsEntry("thing", "thg_1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        thg_1                            | 400 filter: Missing required parameter: 'filter'.
        thg_1?filter=123456789           | 400 filter: Invalid 'filter': string too long.
        thg_1?filter=a&filter=b          | 400 filter: The parameter 'filter' is there more than once.
        thg_1?filter=a&limit=0           | 400 limit: Invalid 'limit': integer below minimum value.
        thg_1?filter=a&limit=201         | 400 limit: Invalid 'limit': integer above maximum value.
        thg_1?filter=a&limit=            | 400 limit: Invalid type for 'limit': expected an integer, but got a string
        thg_1?filter=a&limit=5.0         | 400 limit: Invalid type for 'limit': expected an integer
        thg_1?filter=a&limit=%2B5        | 400 limit: Invalid type for 'limit': expected an integer
        thg_1?filter=a&limit=9999999999999999999 | 400 limit: Invalid type for 'limit': expected an integer
        thg_1?filter=a&deep=TRUE         | 400 deep: Invalid type for 'deep': expected a boolean
        thg_1?filter=a&order=sideways    | 400 order: Invalid value: 'sideways'. Supported values are: 'up' and 'down'.
        thg_A?filter=a                   | 400 thing: Invalid 'thing': string does not match pattern.
        thg_a.b?filter=a                 | 400 thing: Invalid 'thing': string does not match pattern.
        thg_a%2Fb?filter=a               | 400 thing: Invalid 'thing': string does not match pattern.
        thg_a%00?filter=a                | 400 thing: Invalid 'thing': string does not match pattern.
        """)
    void what_is_not_as_the_contract_says_is_a_400_that_names_it(String path, String expected) throws Exception {
        assertThat(get(path)).startsWith(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Idempotency-Key", "idempotency-key", "IDEMPOTENCY-KEY"})
    void a_header_is_the_same_however_its_name_is_written(String name) throws Exception {
        assertThat(new JsonObject(get("thg_1?filter=a", name, "abcd1", "x-DEPTH", "7", "other", "x")).getMap())
                .containsEntry("idempotency-key", "abcd1")
                .containsEntry("x-depth", "7")
                .hasSize(6);
    }

    @Test
    void a_header_does_not_come_from_the_query_nor_the_other_way_round() throws Exception {
        assertThat(new JsonObject(get("thg_1?filter=a&idempotency-key=abcd1&x-depth=7", "order", "down")).getMap())
                .doesNotContainKey("idempotency-key")
                .containsEntry("x-depth", "3")
                .containsEntry("order", "up");
    }

    @Test
    void a_header_is_checked_like_any_other_parameter() throws Exception {
        assertThat(get("thg_1?filter=a", "idempotency-key", "abc")).startsWith("400 idempotency-key: Invalid");
        assertThat(get("thg_1?filter=a", "idempotency-key", "")).startsWith("400 idempotency-key: Invalid");
        assertThat(get("thg_1?filter=a", "idempotency-key", "ABCD")).startsWith("400 idempotency-key: Invalid");
        assertThat(get("thg_1?filter=a", "X-Depth", "deep")).startsWith("400 x-depth: Invalid type for 'x-depth'");
        assertThat(get("thg_1?filter=a", "X-Depth", "10")).startsWith("400 x-depth: Invalid 'x-depth'");
        assertThat(get("thg_1?filter=a", "idempotency-key", "abcd", "Idempotency-Key", "efgh"))
                .isEqualTo("400 idempotency-key: The parameter 'idempotency-key' is there more than once.");
    }

    private static String get(String path, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(root + path));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        var answer = client.send(request.build(), BodyHandlers.ofString());
        return (answer.statusCode() == 200 ? "" : answer.statusCode() + " ") + answer.body();
    }
}
