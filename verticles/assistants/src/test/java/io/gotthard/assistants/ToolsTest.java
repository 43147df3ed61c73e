package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.JacksonCodec;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** What is the same for all tools. */
class ToolsTest {

    private final ToolUser user = new ToolUser();

    @AfterEach
    void close() {
        user.close();
    }

    private static JsonObject builtIn(String name) {
        return new JsonObject().put("type", "builtin").put("name", name);
    }

    private static Offer offer(String source, String original) {
        return new Offer(source, original, "", new JsonObject(), false, invocation -> null);
    }

    @Test
    void the_built_in_ones_work() {
        user.open(builtIn("time"), builtIn("calculator"));
        assertThat(user.names()).containsExactly("time", "calculator");
        assertThat(user.call("time", new JsonObject().put("time_zone", "Europe/Zurich"))
                        .content())
                .isEqualTo(
                        "{\"time\":\"2026-11-20T18:00:00+01:00\",\"time_zone\":\"Europe/Zurich\",\"weekday\":\"Friday\"}");
        assertThat(user.call("time", new JsonObject()).content()).contains("2026-11-20T17:00:00Z");
        assertThat(user.call("time", new JsonObject().put("time_zone", "Europe/Nowhere"))
                        .ok())
                .isFalse();
        assertThat(user.call("calculator", new JsonObject().put("expression", "0.1 + 0.2")))
                .isEqualTo(new Tool.Result(true, "0.3"));
        assertThat(user.call("calculator", new JsonObject().put("expression", "9^9^9^9")))
                .isEqualTo(new Tool.Result(false, "That number is too large, or has too many digits."));
    }

    @Test
    void arguments_that_do_not_fit_are_told_to_the_model_and_nothing_is_called() {
        user.open(builtIn("calculator"), builtIn("fetch"));
        assertThat(user.call("calculator", new JsonObject()).content())
                .contains("do not fit")
                .contains("expression");
        assertThat(user.call("calculator", new JsonObject().put("expression", 7))
                        .content())
                .contains("do not fit")
                .contains("expression");
        assertThat(user.call("fetch", new JsonObject().put("url", user.url("/")).put("more", 1))
                        .content())
                .contains("do not fit")
                .contains("more");
        assertThat(user.received).isEmpty();
    }

    @Test
    void a_pattern_that_takes_for_ever_is_not_tried() {
        var evil = new JsonObject(
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"pattern\":\"^(a+)+$\"},\"pattern\":{\"type\":\"string\"}}}");
        var check = new ArgumentCheck(evil);
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThat(check.problem(new JsonObject().put("a", "a".repeat(60) + "!")))
                        .isNull());
        assertThat(check.problem(new JsonObject().put("pattern", 1))).contains("pattern");
    }

    @Test
    void a_schema_that_is_none_is_left_to_who_is_called() {
        assertThat(new ArgumentCheck(new JsonObject().put("$ref", "https://evil.example/a")).problem(new JsonObject()))
                .isNull();
        assertThat(new ArgumentCheck(new JsonObject().put("$ref", "#")).problem(new JsonObject()))
                .isNull();
    }

    @Test
    void json_is_read_as_ever_although_another_codec_is_there() {
        assertThat(Json.CODEC.getClass()).isEqualTo(JacksonCodec.class);
    }

    @Test
    void names_are_valid_and_distinct_and_do_not_depend_on_the_order() {
        var names = FunctionNames.distinct(
                List.of(
                        offer("crm", "list"),
                        offer("wiki", "list"),
                        offer("crm", "get /a/{b}"),
                        offer("crm", "x".repeat(80)),
                        offer("crm", "ask_human"),
                        offer("crm", "ö"),
                        offer("crm", "get_a_b")),
                Set.of("ask_human"));
        assertThat(names).doesNotHaveDuplicates().allMatch(name -> name.matches("[a-zA-Z0-9_-]{1,64}"));
        assertThat(names).startsWith("crm_list", "wiki_list");
        assertThat(names.get(4)).isEqualTo("crm_ask_human");
    }

    @Test
    void a_person_has_to_agree_where_it_is_declared() {
        user.open(builtIn("time"), builtIn("calculator").put("approval", "all"));
        assertThat(user.tool("time").needsApproval()).isFalse();
        assertThat(user.tool("calculator").needsApproval()).isTrue();
        var some = new JsonObject().put("approval", new JsonArray().add("write"));
        assertThat(ToolDefinitions.needsApproval(some, "write", "write_it")).isTrue();
        assertThat(ToolDefinitions.needsApproval(some, "read", "read")).isFalse();
    }

    @Test
    void tools_of_runs_are_not_called_from_here_but_keep_their_names() {
        user.open(
                builtIn("time"),
                new JsonObject().put("type", "function").put("function", new JsonObject().put("name", "time")),
                new JsonObject().put("type", "human"),
                new JsonObject().put("type", "assistant").put("agent", "Assistant/other one"));
        assertThat(user.names()).containsExactly("time_time");
    }

    @Test
    void without_time_nothing_is_called() {
        user.open(builtIn("fetch"));
        user.timeLeft(Duration.ZERO);
        assertThat(user.call("fetch", new JsonObject().put("url", user.url("/")))
                        .content())
                .contains("no time left");
        assertThat(user.received).isEmpty();
    }

    @Test
    void results_are_texts_that_the_database_can_hold() {
        user.open(builtIn("fetch"));
        user.says(200, "text/plain", "a\u0000b");
        assertThat(user.call("fetch", new JsonObject().put("url", user.url("/")))
                        .content())
                .isEqualTo("a\uFFFDb");
        user.says(200, "text/plain", "€".repeat(5000));
        var cut = user.call("fetch", new JsonObject().put("url", user.url("/"))).content();
        assertThat(cut).startsWith("€€").endsWith("bytes of 15000]").doesNotContain("\uFFFD");
    }
}
