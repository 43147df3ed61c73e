package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.ScriptedUpstream.Visit;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Assistants with the tools of an MCP server that was written with the official SDK, and stands and falls as servers do. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class McpServerIT {

    /** How long a tool may take. */
    private static final int SECONDS = 10;

    private static final String CHUNK = "{\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]}";

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static Hub admin;
    private static volatile IntConsumer beforeCall;

    @BeforeAll
    static void start() {
        McpServerProcess.prepare();
        upstream = ScriptedUpstream.start().on("mind", McpServerIT::play);
        platform = RunningPlatform.start(
                upstream.configuration("")
                        + "runs: {tools: {networks: [127.0.0.0/8], timeout: %ds}}\n".formatted(SECONDS),
                TestDatabase.url());
        admin = new Hub(platform.url(), RunningPlatform.KEY);
    }

    @AfterAll
    static void stop() {
        if (platform != null) {
            platform.close();
            upstream.close();
        }
    }

    /** Makes the calls that the user's message has, one after the other. */
    private static void play(Visit visit) throws IOException {
        var messages = new JsonObject(visit.body).getJsonArray("messages");
        var calls = new JsonArray(messages.getJsonObject(0).getString("content"));
        int done = (int) messages.stream()
                .filter(message -> ((JsonObject) message).getString("role").equals("tool"))
                .count();
        if (done < calls.size()) {
            beforeCall.accept(done);
            var call = calls.getJsonObject(done);
            var function = object(
                    "name",
                    call.getString("name"),
                    "arguments",
                    call.getJsonObject("arguments").encode());
            var asked = object("index", 0, "id", "call_" + done, "type", "function", "function", function);
            visit.open();
            visit.event(CHUNK.formatted(object("tool_calls", list(asked)).encode(), "null"));
            visit.event(CHUNK.formatted("{}", "\"tool_calls\""));
        } else {
            visit.open();
            visit.word("Done.");
            visit.finish();
        }
        visit.event("[DONE]");
        visit.end();
    }

    private static JsonObject call(String name, Object... arguments) {
        return object("name", name, "arguments", object(arguments));
    }

    /** Lets an assistant that has the server's tools make these calls, and returns what came of each. */
    private static List<JsonObject> results(McpServerProcess server, JsonObject... calls) {
        beforeCall = done -> {};
        return resultsOf(assistant(server), calls);
    }

    private static String assistant(McpServerProcess server) {
        var name = "mcp-" + UUID.randomUUID();
        admin.post(
                        "/agents",
                        object(
                                "name",
                                name,
                                "model",
                                "mind",
                                "tools",
                                list(object("type", "mcp", "name", "passes", "url", server.url()))))
                .ok();
        return "Assistant/" + name;
    }

    private static List<JsonObject> resultsOf(String assistant, JsonObject... calls) {
        var thread = admin.post("/threads", object("title", "Tools")).id();
        var input = list((Object[]) calls).encode();
        var run = admin.post(
                        "/threads/" + thread + "/runs",
                        object("agent", assistant, "messages", list(object("role", "user", "content", input))))
                .id();
        Await.until("the run has ended", Duration.ofSeconds(60), () -> {
            var status = admin.get("/runs/" + run).ok().json().getString("status");
            assertThat(status).isIn("queued", "in_progress", "completed");
            return status.equals("completed");
        });
        return admin.get("/threads/" + thread + "/events?types=tool.returned").data().stream()
                .map(event -> ((JsonObject) event).getJsonObject("data"))
                .toList();
    }

    private static void assertWorked(JsonObject result, String content) {
        assertThat(result.getString("content")).isEqualTo(content);
        assertThat(result.getBoolean("ok")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tools_of_the_official_sdk_are_listed_and_called(boolean plain) {
        try (var server = McpServerProcess.start(plain)) {
            var results = results(
                    server,
                    call("shout", "text", "grüezi"),
                    call("height", "name", "Gotthard"),
                    call("climb", "steps", 200),
                    call("look"),
                    call("weather_now", "place", "Airolo"));

            assertWorked(results.get(0), "GRÜEZI");
            assertThat(new JsonObject(results.get(1).getString("content")))
                    .isEqualTo(object("name", "Gotthard", "metres", 2108));
            assertWorked(results.get(2), "after 200 steps");
            assertThat(results.get(3).getString("content"))
                    .startsWith("A view of the valley\n[image, image/png, about");
            assertThat(new JsonObject(results.get(4).getString("content")))
                    .isEqualTo(object("place", "Airolo", "sky", "clear"));
            assertThat(server.calls()).hasSize(1);
            assertThat(new JsonObject(server.calls().getFirst()).getString("call_id"))
                    .isEqualTo(results.get(0).getString("call_id"));

            var tools = new JsonObject(upstream.visits("mind").getLast().body).getJsonArray("tools");
            assertThat(tools.stream()
                            .map(tool -> ((JsonObject) tool)
                                    .getJsonObject("function")
                                    .getString("name")))
                    .containsExactlyInAnyOrder("shout", "height", "divide", "climb", "sleep", "look", "weather_now");
            var shout = tools.stream()
                    .map(tool -> ((JsonObject) tool).getJsonObject("function"))
                    .filter(function -> function.getString("name").equals("shout"))
                    .findFirst()
                    .orElseThrow();
            assertThat(shout.getString("description")).isEqualTo("Says it loudly.");
            assertThat(shout.getJsonObject("parameters").getJsonArray("required"))
                    .isEqualTo(list("text"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void what_goes_wrong_in_a_tool_is_told_to_the_model_which_goes_on(boolean plain) {
        try (var server = McpServerProcess.start(plain)) {
            var results = results(
                    server,
                    call("divide", "a", 1, "b", 0),
                    call("divide", "a", "one", "b", 2),
                    call("divide", "a", 3, "b", 2));

            assertThat(results.get(0).getBoolean("ok")).isFalse();
            assertThat(results.get(0).getString("content")).contains("division by zero");
            assertThat(results.get(1).getBoolean("ok")).isFalse();
            assertWorked(results.get(2), "1.5");
            assertThat(server.calls())
                    .as("what does not fit the schema is not called")
                    .hasSize(2);
        }
    }

    @Test
    void a_server_that_starts_anew_between_two_calls_of_a_run_is_told_hello_again() {
        try (var server = McpServerProcess.start(false);
                var log = CapturedLog.start()) {
            beforeCall = done -> {
                if (done == 1) {
                    server.restart();
                }
            };
            var results = resultsOf(
                    assistant(server),
                    call("shout", "text", "before"),
                    call("shout", "text", "after"),
                    call("shout", "text", "and on"));

            assertWorked(results.get(0), "BEFORE");
            assertWorked(results.get(1), "AFTER");
            assertWorked(results.get(2), "AND ON");
            assertThat(log.alarms()).isEmpty();
            assertThat(server.calls()).as("each once").hasSize(3);
        }
    }

    @Test
    void calls_of_a_server_that_is_away_fail_and_those_after_it_came_back_do_not() {
        try (var server = McpServerProcess.start(false);
                var log = CapturedLog.start()) {
            beforeCall = done -> {
                if (done == 1) {
                    server.kill();
                } else if (done == 2) {
                    server.restart();
                }
            };
            var results = resultsOf(
                    assistant(server),
                    call("shout", "text", "here"),
                    call("shout", "text", "gone"),
                    call("shout", "text", "back"));

            assertWorked(results.get(0), "HERE");
            assertThat(results.get(1).getBoolean("ok")).isFalse();
            assertThat(results.get(1).getString("content"))
                    .isNotEqualTo("The call failed.")
                    .doesNotContain("127.0.0.1");
            assertWorked(results.get(2), "BACK");
            assertThat(log.alarms()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_tool_that_takes_too_long_is_given_up_and_the_next_one_works(boolean plain) {
        try (var server = McpServerProcess.start(plain)) {
            var results = results(server, call("sleep", "seconds", 120), call("shout", "text", "on"));

            assertThat(results.get(0).getBoolean("ok")).isFalse();
            assertThat(results.get(0).getString("content")).isEqualTo("The server did not answer in time.");
            assertWorked(results.get(1), "ON");
            if (!plain) {
                Await.until(
                        "the server has given it up as well, with the session",
                        () -> server.calls().stream().anyMatch(call -> call.contains("sleep cancelled")));
            }
        }
    }
}
