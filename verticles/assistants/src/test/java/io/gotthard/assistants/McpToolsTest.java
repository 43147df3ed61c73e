package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Caller;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tools of an MCP server, by the protocol's own library over our transport. */
class McpToolsTest {

    private final ToolUser user = new ToolUser();
    private final McpResponder server = new McpResponder(user.vertx);

    @BeforeEach
    void tools() {
        for (var name : List.of("echo", "add", "search.all", "draw", "last")) {
            server.tools.add(McpResponder.tool(name));
        }
    }

    @AfterEach
    void close() {
        user.close();
    }

    private JsonObject definition() {
        return new JsonObject().put("type", "mcp").put("name", "srv").put("url", server.url());
    }

    private Tool.Result call(String name) {
        return user.call(name, new JsonObject().put("x", "ä"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void all_pages_of_tools_are_functions_that_can_be_called(boolean streaming) {
        server.streaming = streaming;
        var box = user.open(definition());
        assertThat(box.problems()).isEmpty();
        assertThat(user.names()).containsExactly("echo", "add", "search_all", "draw", "last");
        assertThat(user.tool("echo").function())
                .isEqualTo(new JsonObject(
                        "{\"name\":\"echo\",\"description\":\"Does echo.\",\"parameters\":{\"type\":\"object\","
                                + "\"properties\":{\"x\":{\"type\":\"string\"}}}}"));
        assertThat(call("search_all")).isEqualTo(new Tool.Result(true, "search.all{\"x\":\"ä\"}"));
        var asked = server.asked.getLast();
        assertThat(asked.message().getJsonObject("params").getJsonObject("_meta"))
                .isEqualTo(new JsonObject().put("io.gotthard/call-id", "call_1"));
        assertThat(asked.session()).isEqualTo("s1");
        assertThat(asked.version()).isEqualTo("2025-11-25");
    }

    @Test
    void the_session_ends_with_the_toolbox() {
        var box = user.open(definition());
        assertThat(server.sessions).containsExactly("s1");
        user.onContext(box::close);
        assertThat(server.sessions).isEmpty();
    }

    @Test
    void only_the_tools_that_are_wanted_are_there_and_some_need_approval() {
        var box = user.open(definition()
                .put("tools", new JsonArray().add("echo").add("search.all").add("none"))
                .put("approval", new JsonArray().add("search.all")));
        assertThat(user.names()).containsExactly("echo", "search_all");
        assertThat(user.tool("search_all").needsApproval()).isTrue();
        assertThat(user.tool("echo").needsApproval()).isFalse();
        assertThat(box.problems()).containsExactly("srv: these tools are not there: none");
    }

    @Test
    void each_kind_of_content_becomes_text() {
        user.open(definition());
        server.call = (name, arguments) -> new JsonObject("""
            {"content": [{"type": "text", "text": "a"}, {"type": "image", "data": "AAAA", "mimeType": "image/png"},
              {"type": "resource", "resource": {"uri": "file:///b", "text": "b"}},
              {"type": "resource_link", "uri": "https://c.example", "name": "c"}]}
            """);
        assertThat(call("echo").content()).isEqualTo("a\n[image, image/png, about 3 bytes]\nb\n[c](https://c.example)");
        server.call = (name, arguments) -> new JsonObject("{\"content\": [], \"structuredContent\": {\"sum\": 3}}");
        assertThat(call("echo")).isEqualTo(new Tool.Result(true, "{\"sum\":3}"));
        server.call = (name, arguments) -> McpResponder.text("it failed").put("isError", true);
        assertThat(call("echo")).isEqualTo(new Tool.Result(false, "it failed"));
    }

    @Test
    void what_the_server_refuses_is_told() {
        user.open(definition());
        server.instead = (request, message) -> {
            server.answer(
                    request.response(),
                    new JsonObject()
                            .put("jsonrpc", "2.0")
                            .put("id", message.getValue("id"))
                            .put("error", new JsonObject().put("code", -32602).put("message", "no such thing")));
            return true;
        };
        assertThat(call("echo")).isEqualTo(new Tool.Result(false, "The server says: no such thing"));
    }

    @Test
    void a_session_that_the_server_forgot_is_begun_anew() {
        user.open(definition());
        assertThat(call("echo").ok()).isTrue();
        server.sessions.clear();
        assertThat(call("echo")).isEqualTo(new Tool.Result(true, "echo{\"x\":\"ä\"}"));
        assertThat(call("echo").ok()).isTrue();
    }

    @Test
    void a_server_that_goes_away_fails_its_calls_clearly_and_is_used_again_when_it_is_back() {
        user.open(definition(), new JsonObject().put("type", "builtin").put("name", "calculator"));
        int port = server.goAway();
        assertThat(call("echo").ok()).isFalse();
        assertThat(user.call("calculator", new JsonObject().put("expression", "1+1"))
                        .content())
                .isEqualTo("2");
        server.comeBack(port);
        assertThat(call("echo").ok()).isTrue();
    }

    @Test
    void a_server_that_is_away_from_the_beginning_has_the_tools_that_it_had_before() {
        var unknown = user.open(
                definition().put("url", "http://127.0.0.1:1/mcp"),
                new JsonObject().put("type", "builtin").put("name", "time"));
        assertThat(unknown.problems()).containsExactly("srv: The server could not be reached.");
        assertThat(user.names()).containsExactly("time");
        var declared = definition();
        user.open(declared);
        int port = server.goAway();
        var box = user.open(declared);
        assertThat(box.problems()).hasSize(1);
        assertThat(user.names()).hasSize(5);
        assertThat(call("echo").ok()).isFalse();
        server.comeBack(port);
        assertThat(call("echo").ok()).isTrue();
    }

    @Test
    void a_server_that_says_nothing_or_too_much_or_nonsense_fails_only_the_call() {
        user.open(definition());
        user.timeLeft(Duration.ofMillis(300));
        server.call = (name, arguments) -> null;
        assertThat(call("echo")).isEqualTo(new Tool.Result(false, "The server did not answer in time."));
        user.timeLeft(Duration.ofSeconds(20));
        server.instead = (request, message) -> {
            var event = "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/nothing\"}\n\n";
            user.endless(request.response().putHeader("content-type", "text/event-stream"), event.repeat(500));
            return true;
        };
        assertThat(call("echo").content()).contains("more than");
        server.instead = (request, message) -> {
            request.response().putHeader("content-type", "application/json").end("{\"nonsense");
            return true;
        };
        assertThat(call("echo").content()).contains("no message of MCP");
        server.instead = (request, message) -> {
            request.response().putHeader("content-type", "text/event-stream").end("data: {}\n\n");
            return true;
        };
        assertThat(call("echo").ok()).isFalse();
        server.instead = (request, message) -> {
            request.response().setStatusCode(500).end("stack trace");
            return true;
        };
        assertThat(call("echo")).isEqualTo(new Tool.Result(false, "The server answered with status 500."));
        server.instead = (request, message) -> false;
        server.call = (name, arguments) -> McpResponder.text("well");
        assertThat(call("echo")).isEqualTo(new Tool.Result(true, "well"));
    }

    @Test
    void the_same_rules_of_addresses_secrets_and_redirects_hold() {
        user.open(definition().put("auth", new JsonObject("{\"type\":\"bearer\",\"secret\":\"THEIRS\"}")));
        assertThat(user.box().problems()).singleElement().asString().contains("can't be used");
        assertThat(server.asked).isEmpty();
        server.instead = (request, message) -> {
            request.response()
                    .setStatusCode(307)
                    .putHeader("location", user.url("/"))
                    .end();
            return true;
        };
        assertThat(user.open(definition()).problems())
                .singleElement()
                .asString()
                .contains("status 307");
        assertThat(user.received).isEmpty();
        user.with(user.settings(List.of("public"), Duration.ofSeconds(20)));
        assertThat(user.open(definition()).problems())
                .singleElement()
                .asString()
                .contains("may not connect");
        user.with(user.settings(List.of("public"), Duration.ofSeconds(20)), ToolUser.names("1.1.1.1", "127.0.0.1"));
        assertThat(user.open(definition().put("url", server.url().replace("127.0.0.1", "mixed.example")))
                        .problems())
                .singleElement()
                .asString()
                .contains("may not connect");
        assertThat(server.sessions).isEmpty();
    }

    @Test
    void pages_that_never_end_end() {
        server.pageSize = 1;
        server.instead = (request, message) -> {
            if (!"tools/list".equals(message.getString("method"))) {
                return false;
            }
            var result = new JsonObject()
                    .put("tools", new JsonArray().add(McpResponder.tool("t" + server.asked.size())))
                    .put("nextCursor", String.valueOf(server.asked.size()));
            server.answer(
                    request.response(),
                    new JsonObject()
                            .put("jsonrpc", "2.0")
                            .put("id", message.getValue("id"))
                            .put("result", result));
            return true;
        };
        user.open(definition());
        assertThat(user.names()).hasSize(51);
    }

    @Test
    void many_calls_at_once_are_answered_each_with_its_own() {
        user.open(definition());
        var results = user.onContext(() -> {
            var calls = new ArrayList<Future<Tool.Result>>();
            for (int i = 0; i < 50; i++) {
                calls.add(user.tool("echo")
                        .call(new Tool.Invocation(
                                "run_1",
                                "call_" + i,
                                new JsonObject().put("x", "" + i),
                                Caller.NOBODY,
                                "req",
                                Duration.ofSeconds(20))));
            }
            return Future.all(calls).map(all -> all.<Tool.Result>list());
        });
        for (int i = 0; i < 50; i++) {
            assertThat(results.get(i).content()).isEqualTo("echo{\"x\":\"" + i + "\"}");
        }
    }
}
