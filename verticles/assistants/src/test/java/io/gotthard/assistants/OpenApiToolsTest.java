package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Operations of an OpenAPI document, against a real server. */
class OpenApiToolsTest {

    private final ToolUser user = new ToolUser();

    @AfterEach
    void close() {
        user.close();
    }

    private static String resource(String name) {
        try (var in = OpenApiToolsTest.class.getResourceAsStream("/openapi/" + name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonObject huts() {
        return new JsonObject()
                .put("type", "openapi")
                .put("name", "huts")
                .put("document", resource("huts.yaml"))
                .put("server", user.url("/api/"));
    }

    private Tool.Result call(String name, String arguments) {
        return user.call(name, new JsonObject(arguments));
    }

    @Test
    void every_operation_is_a_function_with_one_schema() {
        user.open(huts());
        var functions = new JsonArray();
        user.box().tools().forEach(tool -> functions.add(tool.function()));
        assertThat(functions.encodePrettily())
                .isEqualTo(new JsonArray(resource("huts.functions.json")).encodePrettily());
    }

    @Test
    void arguments_go_into_path_query_header_and_body() {
        user.open(huts());
        user.says(201, "application/json", "{\"id\":7}");
        var result = call("book", """
            {"hut": "Capanna Ä/1?#", "night": "2026-12-24", "beds": [1, 2], "filter": {"view": "a b"},
             "X-Client": "me", "body": {"guests": [{"name": "Zoë", "age": null}]}}
            """);
        assertThat(result).isEqualTo(new Tool.Result(true, "{\"id\":7}"));
        var asked = user.next();
        assertThat(asked.method()).isEqualTo("POST");
        assertThat(asked.uri())
                .isEqualTo("/api/huts/Capanna%20%C3%84%2F1%3F%23/nights/2026-12-24/bookings"
                        + "?beds=1&beds=2&filter%5Bview%5D=a%20b");
        assertThat(asked.headers())
                .containsEntry("x-client", "me")
                .containsEntry("content-type", "application/json")
                .containsEntry("idempotency-key", "call_1");
        assertThat(new JsonObject(asked.body()))
                .isEqualTo(new JsonObject("{\"guests\":[{\"name\":\"Zoë\",\"age\":null}]}"));
    }

    @Test
    void forms_and_lists_with_commas_are_written_as_the_document_says() {
        user.open(huts());
        call("rename", "{\"hut\": \"a\", \"tags\": [\"x\", \"y z\"], \"body\": {\"name\": \"b&c\", \"n\": 2}}");
        var asked = user.next();
        assertThat(asked.uri()).isEqualTo("/api/huts/a?tags=x%2Cy%20z");
        assertThat(asked.body()).isEqualTo("name=b%26c&n=2");
        assertThat(asked.headers()).containsEntry("content-type", "application/x-www-form-urlencoded");
    }

    @Test
    void what_is_refused_or_fails_is_told_with_status_and_a_short_body() {
        user.open(huts());
        user.says(409, "application/json", "{\"error\":\"full\"}" + " ".repeat(1000) + "x".repeat(5000));
        var result = call("listHuts", "{}");
        assertThat(result.ok()).isFalse();
        assertThat(result.content())
                .startsWith("The server answered with status 409: {\"error\":\"full\"}")
                .hasSizeLessThan(2200);
        user.says(204, "text/plain", "");
        assertThat(call("listHuts", "{}")).isEqualTo(new Tool.Result(true, "Done, status 204."));
        user.says(200, "application/json", "[" + "1,".repeat(5000) + "1]");
        assertThat(call("listHuts", "{}").content()).contains("[cut:").hasSizeLessThan(2300);
    }

    @Test
    void only_the_operations_that_are_wanted_are_there_and_others_are_told() {
        var box = user.open(huts().put(
                        "operations",
                        new JsonArray().add("listHuts").add("nonsense").add("upload")));
        assertThat(user.names()).containsExactly("listHuts");
        assertThat(box.problems()).singleElement().asString().contains("huts").contains("nonsense, upload");
    }

    @Test
    void a_document_is_read_from_its_url_once_and_says_where_its_server_is() {
        user.play = request -> {
            if (request.path().equals("/docs/openapi.json")) {
                request.response()
                        .end(
                                "{\"openapi\":\"3.1.0\",\"servers\":[{\"url\":\"../{v}/\",\"variables\":{\"v\":{\"default\":\"v2\"}}}],"
                                    + "\"paths\":{\"/ping\":{\"get\":{}}}}");
            } else {
                request.response().end("pong");
            }
        };
        var definition =
                new JsonObject().put("type", "openapi").put("name", "ping").put("url", user.url("/docs/openapi.json"));
        user.open(definition);
        user.open(definition);
        assertThat(user.names()).containsExactly("get_ping");
        assertThat(call("get_ping", "{}").content()).isEqualTo("pong");
        assertThat(user.received).extracting(ToolUser.Received::uri).containsExactly("/docs/openapi.json", "/v2/ping");
    }

    @Test
    void each_way_to_say_a_secret_is_known() {
        user.open(huts().put("auth", new JsonObject("{\"type\":\"bearer\",\"secret\":\"OURS\"}")));
        call("listHuts", "{}");
        assertThat(user.next().headers()).containsEntry("authorization", "Bearer " + ToolUser.SECRET);
        user.open(huts().put(
                        "auth", new JsonObject("{\"type\":\"header\",\"header\":\"X-Api-Key\",\"secret\":\"OURS\"}")));
        call("listHuts", "{}");
        assertThat(user.next().headers()).containsEntry("x-api-key", ToolUser.SECRET);
        user.open(huts().put("auth", new JsonObject("{\"type\":\"basic\",\"secret\":\"OURS\"}")));
        call("listHuts", "{}");
        assertThat(user.next().headers().get("authorization")).startsWith("Basic c2st");
    }

    @Test
    void a_server_that_is_away_is_told_and_other_tools_go_on() {
        var box = user.open(
                huts().put("server", "http://127.0.0.1:1"),
                new JsonObject()
                        .put("type", "openapi")
                        .put("name", "gone")
                        .put("url", "http://127.0.0.1:1/openapi.json"),
                new JsonObject().put("type", "builtin").put("name", "time"));
        assertThat(box.problems()).containsExactly("gone: The server could not be reached.");
        assertThat(user.names()).contains("time", "listHuts");
        assertThat(call("listHuts", "{}")).isEqualTo(new Tool.Result(false, "The server could not be reached."));
    }
}
