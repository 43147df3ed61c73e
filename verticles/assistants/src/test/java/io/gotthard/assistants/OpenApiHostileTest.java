package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents, servers and arguments that mean harm. */
class OpenApiHostileTest {

    private static final String BEARER = "{\"type\":\"bearer\",\"secret\":\"%s\"}";

    private final ToolUser user = new ToolUser();

    @AfterEach
    void close() {
        user.close();
    }

    private JsonObject api(String paths) {
        return new JsonObject()
                .put("type", "openapi")
                .put("name", "api")
                .put("document", "{\"openapi\":\"3.0.0\",\"paths\":" + paths + "}")
                .put("server", user.url("/base"));
    }

    private JsonObject item() {
        return api("{\"/items/{id}\":{\"get\":{\"operationId\":\"get\",\"parameters\":["
                + "{\"name\":\"id\",\"in\":\"path\",\"schema\":{\"type\":\"string\"}},"
                + "{\"name\":\"X-Note\",\"in\":\"header\",\"schema\":{}},"
                + "{\"name\":\"Host\",\"in\":\"header\",\"schema\":{}},"
                + "{\"name\":\"q\",\"in\":\"query\",\"schema\":{\"type\":\"string\"}}]}}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                ".",
                "",
                "../admin",
                "a/../../admin",
                "..\\admin",
                "x/..",
                " .. /a",
                "a\r\nHost: evil",
                "\u0000"
            })
    void an_argument_does_not_lead_out_of_its_path(String id) {
        user.open(item());
        var result = user.call("get", new JsonObject().put("id", id));
        assertThat(result.ok()).isFalse();
        assertThat(result.content()).contains("can't be a part of a path");
        assertThat(user.received).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a?admin=1", "a#b", "a%2e%2e/b", "@evil.example", "//evil.example/a", "a;b", "{q}"})
    void what_means_something_in_a_url_means_nothing_in_an_argument(String id) {
        user.open(item());
        user.call("get", new JsonObject().put("id", id).put("q", "x&admin=1#\r\n"));
        var asked = user.next();
        assertThat(asked.uri()).startsWith("/base/items/").endsWith("?q=x%26admin%3D1%23%0D%0A");
        assertThat(asked.uri().substring("/base/items/".length(), asked.uri().indexOf('?')))
                .doesNotContain("/", "#", ";");
        assertThat(asked.headers()).containsEntry("host", "127.0.0.1:" + user.port());
    }

    @Test
    void a_header_has_no_second_line_and_none_of_ours_is_replaced() {
        user.open(item());
        var parameters = user.tool("get").function().getJsonObject("parameters").getJsonObject("properties");
        assertThat(parameters.fieldNames()).containsExactly("id", "X-Note", "q");
        for (var evil : List.of("a\r\nAuthorization: x", "a\nb", "\u0000", "ä")) {
            var result = user.call("get", new JsonObject().put("id", "1").put("X-Note", evil));
            assertThat(result.content()).contains("visible ASCII");
        }
        assertThat(user.received).isEmpty();
    }

    @Test
    void an_argument_can_t_take_the_place_of_the_secret() {
        var definition = api("{\"/a\":{\"get\":{\"operationId\":\"get\",\"parameters\":["
                        + "{\"name\":\"X-Api-Key\",\"in\":\"header\",\"schema\":{}}]}}}")
                .put("auth", new JsonObject("{\"type\":\"header\",\"header\":\"x-api-KEY\",\"secret\":\"OURS\"}"));
        user.open(definition);
        user.call("get", new JsonObject().put("X-Api-Key", "mine"));
        assertThat(user.next().headers()).containsEntry("x-api-key", ToolUser.SECRET);
    }

    @ParameterizedTest
    @ValueSource(strings = {"THEIRS", "NAMED", "TENANTS", "NOBODYS"})
    void a_secret_goes_to_its_own_servers_only_and_nobody_learns_whether_there_is_one(String secret) {
        var definition = item().put("auth", new JsonObject(BEARER.formatted(secret)));
        assertThatThrownBy(() -> user.tools().check(List.of(definition), "tenant"))
                .hasMessage("The secret '" + secret + "' can't be used for this server.");
        var box = user.open(definition);
        assertThat(box.tools()).isEmpty();
        assertThat(box.problems()).containsExactly("api: The secret '" + secret + "' can't be used for this server.");
        assertThat(user.received).isEmpty();
    }

    @Test
    void a_secret_does_not_follow_a_redirect_to_another_server() {
        user.with(user.settings(List.of("private"), Duration.ofSeconds(20)), ToolUser.names("127.0.0.1"));
        user.play = request -> request.response()
                .setStatusCode(302)
                .putHeader("location", "http://evil.example:" + user.port() + "/steal")
                .end();
        user.open(item().put("auth", new JsonObject(BEARER.formatted("OURS"))));
        assertThat(user.call("get", new JsonObject().put("id", "1")).content()).contains("another one");
        assertThat(user.received).hasSize(1);
    }

    @Test
    void a_server_that_repeats_the_secret_does_not_tell_it_to_the_model() {
        user.play = request -> request.response().end("You said " + request.getHeader("authorization"));
        user.open(item().put("auth", new JsonObject(BEARER.formatted("OURS"))));
        assertThat(user.call("get", new JsonObject().put("id", "1")).content()).isEqualTo("You said Bearer ***");
        user.open(item().put("auth", new JsonObject("{\"type\":\"basic\",\"secret\":\"OURS\"}")));
        assertThat(user.call("get", new JsonObject().put("id", "1")).content()).isEqualTo("You said Basic ***");
        assertThat(user.settings(List.of("private"), Duration.ofSeconds(1)).toString())
                .doesNotContain("secret-1234");
    }

    private List<String> problems(String body) {
        user.says(200, "application/yaml", body);
        var definition =
                new JsonObject().put("type", "openapi").put("name", "api").put("url", user.url("/" + body.hashCode()));
        return user.open(definition).problems();
    }

    @Test
    void documents_that_are_bombs_or_none_are_refused() {
        assertThat(problems("x".repeat(10 << 20))).singleElement().asString().contains("more than 1048576 bytes");
        assertThat(problems("[".repeat(900_000))).singleElement().asString().contains("document");
        assertThat(problems("{\"a\":".repeat(100_000)))
                .singleElement()
                .asString()
                .contains("document");
        assertThat(problems("a: &a [x]\n".repeat(3) + "b: *b"))
                .singleElement()
                .asString()
                .contains("neither");
        assertThat(problems("openapi: 2.0\npaths: {}"))
                .singleElement()
                .asString()
                .contains("version 3");
        assertThat(problems("swagger: '2.0'\npaths: {}"))
                .singleElement()
                .asString()
                .contains("version 3");
        assertThat(problems("just text")).singleElement().asString().contains("version 3");
        var laughs = new StringBuilder("a0: &a0 [x,x]\n");
        for (int i = 1; i < 40; i++) {
            laughs.append("a%d: &a%d [*a%d,*a%d]\n".formatted(i, i, i - 1, i - 1));
        }
        assertThat(problems(laughs + "openapi: 3.0.0\npaths: {}"))
                .singleElement()
                .asString()
                .contains("neither");
    }

    @Test
    void a_document_of_very_many_operations_wants_a_choice() {
        var paths = new JsonObject();
        for (int i = 0; i < 200; i++) {
            paths.put("/p" + i, new JsonObject().put("get", new JsonObject().put("operationId", "op" + i)));
        }
        assertThat(user.open(api(paths.encode())).problems())
                .singleElement()
                .asString()
                .contains("'operations'");
        user.open(api(paths.encode()).put("operations", new JsonArray().add("op199")));
        assertThat(user.names()).containsExactly("op199");
    }

    @Test
    void a_document_whose_references_go_round_is_only_cut() {
        var paths = "{\"/a\":{\"$ref\":\"#/paths/~1b\"},\"/b\":{\"$ref\":\"#/paths/~1a\"},"
            + "\"/c\":{\"post\":{\"operationId\":\"c\",\"requestBody\":{\"$ref\":\"#/paths/~1c/post/requestBody\"}}},"
            + "\"/d\":{\"post\":{\"operationId\":\"d\",\"requestBody\":{\"content\":{\"application/json\":"
            + "{\"schema\":{\"$ref\":\"#\"}}}}}}}";
        user.open(api(paths));
        assertThat(user.names()).containsExactly("d");
    }

    @Test
    void a_document_does_not_lead_to_another_server_than_the_one_it_is_for() {
        user.open(api(
                "{\"/../../x\":{\"get\":{\"operationId\":\"up\"}},\"@evil.example/\":{\"get\":{\"operationId\":\"at\"}},\"/a"
                    + " b\":{\"get\":{\"operationId\":\"blank\"}}}"));
        assertThat(user.call("up", new JsonObject()).content()).contains("no path");
        assertThat(user.call("at", new JsonObject()).ok()).isTrue();
        assertThat(user.next().uri()).isEqualTo("/base/@evil.example/");
        assertThat(user.call("blank", new JsonObject()).ok()).isFalse();
    }
}
