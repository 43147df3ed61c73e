package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which tools can be declared. */
class ToolDefinitionsTest {

    private static List<JsonObject> definitions(String json) {
        return new JsonArray(json).stream().map(JsonObject.class::cast).toList();
    }

    @Test
    void every_kind_of_tool_can_be_declared() {
        assertThatCode(() -> ToolDefinitions.check(definitions("""
            [{"type": "openapi", "name": "crm", "url": "https://crm.example/openapi.json", "server": "https://crm.example/v1",
              "operations": ["list"], "auth": {"type": "header", "header": "X-Key", "secret": "CRM"}, "approval": ["list"]},
             {"type": "openapi", "name": "own", "server": "http://a.example", "document": {"openapi": "3.1.0", "paths": {}}},
             {"type": "mcp", "name": "wiki", "url": "https://wiki.example/mcp", "tools": ["search"], "headers": {"X-A": "b"},
              "auth": {"type": "bearer", "secret": "WIKI"}, "approval": "none"},
             {"type": "builtin", "name": "time"}, {"type": "builtin", "name": "calculator"}, {"type": "builtin", "name": "fetch"},
             {"type": "assistant", "agent": "Assistant/other", "description": "Knows more."},
             {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}},
             {"type": "human"}]
            """))).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {}                                                                       | tools[0].type
        {"type": "shell"}                                                        | tools[0].type
        {"type": 7}                                                              | tools[0].type
        {"type": "builtin", "name": "exec"}                                      | tools[0].name
        {"type": "builtin", "name": "time", "more": 1}                           | tools[0].more
        {"type": "builtin", "name": "time", "approval": "maybe"}                 | tools[0].approval
        {"type": "builtin", "name": "time", "approval": [1]}                     | tools[0].approval
        {"type": "openapi", "name": "a"}                                         | tools[0].url
        {"type": "openapi", "name": "a", "url": "ftp://a.example/x"}             | tools[0].url
        {"type": "openapi", "name": "a", "url": "https://u:p@a.example/x"}       | tools[0].url
        {"type": "openapi", "name": "a b", "url": "https://a.example/x"}         | tools[0].name
        {"type": "openapi", "name": "a", "document": "nothing"}                  | tools[0].document
        {"type": "openapi", "name": "a", "document": 7}                          | tools[0].document
        {"type": "openapi", "name": "a", "document": "", "url": "https://a.example"} | tools[0].url
        {"type": "openapi", "name": "a", "url": "https://a.example", "server": "//b"} | tools[0].server
        {"type": "openapi", "name": "a", "url": "https://a.example", "operations": "all"} | tools[0].operations
        {"type": "mcp", "name": "a"}                                             | tools[0].url
        {"type": "mcp", "name": "a", "url": "https://a.example", "headers": {"Authorization": "x"}} | tools[0].headers.Authorization
        {"type": "mcp", "name": "a", "url": "https://a.example", "headers": {"Mcp-Session-Id": "x"}} | tools[0].headers.Mcp-Session-Id
        {"type": "mcp", "name": "a", "url": "https://a.example", "headers": {"X-A": "b\\r\\nc: d"}} | tools[0].headers.X-A
        {"type": "mcp", "name": "a", "url": "https://a.example", "auth": "key"}  | tools[0].auth
        {"type": "mcp", "name": "a", "url": "https://a.example", "auth": {"type": "magic", "secret": "S"}} | tools[0].auth.type
        {"type": "mcp", "name": "a", "url": "https://a.example", "auth": {"type": "bearer"}} | tools[0].auth.secret
        {"type": "mcp", "name": "a", "url": "https://a.example", "auth": {"type": "bearer", "secret": "S", "token": "t"}} | tools[0].auth.token
        {"type": "mcp", "name": "a", "url": "https://a.example", "auth": {"type": "header", "secret": "S", "header": "Host"}} | tools[0].auth.header
        {"type": "assistant", "agent": "no-class"}                               | tools[0].agent
        {"type": "function", "function": {"name": "no name"}}                    | tools[0].function.name
        {"type": "function", "function": 7}                                      | tools[0].function
        {"type": "human", "name": "a b"}                                         | tools[0].name
        """)
    void what_is_wrong_is_told_with_its_place(String definition, String param) {
        assertThatThrownBy(() -> ToolDefinitions.check(definitions("[" + definition + "]")))
                .isInstanceOfSatisfying(Failure.class, failure -> {
                    assertThat(failure.status()).isEqualTo(400);
                    assertThat(failure.param()).isEqualTo(param);
                });
    }

    @Test
    void two_tools_of_one_name_or_too_many_are_refused() {
        var time = new JsonObject().put("type", "builtin").put("name", "time");
        assertThatThrownBy(() -> ToolDefinitions.check(List.of(time, time)))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.param()).isEqualTo("tools[1]"));
        assertThatThrownBy(() -> ToolDefinitions.check(definitions(
                        "[{\"type\":\"human\"},{\"type\":\"function\",\"function\":{\"name\":\"ask_human\"}}]")))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.param()).isEqualTo("tools[1]"));
        assertThatThrownBy(() -> ToolDefinitions.check(Collections.nCopies(65, time)))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.param()).isEqualTo("tools"));
    }

    @Test
    void a_secret_without_servers_or_with_a_line_feed_is_refused_in_the_configuration() {
        assertThatThrownBy(() -> new ToolSecret("k", List.of(), List.of())).hasMessageContaining("hosts");
        assertThatThrownBy(() -> new ToolSecret("k", List.of("*"), List.of())).hasMessageContaining("hosts");
        assertThatThrownBy(() -> new ToolSecret("k", List.of("https://a.example/path"), List.of()))
                .hasMessageContaining("hosts");
        assertThatThrownBy(() -> new ToolSecret("k\nX-A: b", List.of("a.example"), List.of()))
                .hasMessageContaining("value")
                .hasMessageNotContaining("X-A");
    }

    @Test
    void a_host_alone_means_https_on_its_usual_port() {
        var secret = new ToolSecret("k", List.of("API.example", "http://10.0.0.5:8080"), List.of("t"));
        assertThat(secret.isFor("t", Outside.uri("https://api.example/v1"))).isTrue();
        assertThat(secret.isFor("t", Outside.uri("https://api.example:443/v1"))).isTrue();
        assertThat(secret.isFor("t", Outside.uri("http://10.0.0.5:8080/"))).isTrue();
        assertThat(secret.isFor("u", Outside.uri("https://api.example/v1"))).isFalse();
        for (var other : List.of(
                "http://api.example/",
                "https://api.example:444/",
                "https://api.example.evil.example/",
                "https://evil.api.example/",
                "https://10.0.0.5:8080/")) {
            assertThat(secret.isFor("t", Outside.uri(other))).as(other).isFalse();
        }
    }
}
