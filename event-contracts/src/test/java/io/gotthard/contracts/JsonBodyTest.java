package io.gotthard.contracts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is read of a body that is one JSON object. */
class JsonBodyTest {

    static final String EVERYTHING = """
        \t{ "model" : "a/b" ,\r
          "n":1.50, "big": 12345678901234567890, "exponent": -1E+2,
          "stream":true,"off":false,"nothing":null,
          "text": "Grüezi \\u00e4 \\" \\\\ 😀 \\ud83d\\ude00", "":"empty name", "naïve 😀": 1,
          "messages":[ { "role" : "user", "content" : [ ] } , [ ], {}], "empty": [ \n ], "object" : {"a":{"b":[1]}} } \n\
        """;

    static JsonBody parse(String json) {
        return JsonBody.parse(Buffer.buffer(json));
    }

    @Test
    void every_kind_of_member_is_read() {
        var fields = parse(EVERYTHING).fields();

        assertThat(fields.keySet())
                .containsExactly(
                        "model",
                        "n",
                        "big",
                        "exponent",
                        "stream",
                        "off",
                        "nothing",
                        "text",
                        "",
                        "naïve 😀",
                        "messages",
                        "empty",
                        "object");
        assertThat(fields)
                .contains(entry("model", "a/b"), entry("n", 1.5), entry("stream", true), entry("off", false))
                .contains(entry("nothing", null), entry("text", "Grüezi ä \" \\ 😀 😀"), entry("empty", List.of()))
                .contains(entry("object", Map.of("a", Map.of("b", List.of(1)))));
        assertThat(fields.get("messages"))
                .isEqualTo(List.of(Map.of("role", "user", "content", List.of()), List.of(), Map.of()));
    }

    @Test
    void a_members_text_is_what_was_written_down_to_the_digits() {
        var body = parse(EVERYTHING);

        assertThat(body.text("model")).isEqualTo("\"a/b\"");
        assertThat(body.text("n")).isEqualTo("1.50");
        assertThat(body.text("big")).isEqualTo("12345678901234567890");
        assertThat(body.text("exponent")).isEqualTo("-1E+2");
        assertThat(body.text("stream")).isEqualTo("true");
        assertThat(body.text("nothing")).isEqualTo("null");
        assertThat(body.text("text")).isEqualTo("\"Grüezi \\u00e4 \\\" \\\\ 😀 \\ud83d\\ude00\"");
        assertThat(body.text("naïve 😀")).isEqualTo("1");
        assertThat(body.text("messages")).isEqualTo("[ { \"role\" : \"user\", \"content\" : [ ] } , [ ], {}]");
        assertThat(body.text("object")).isEqualTo("{\"a\":{\"b\":[1]}}");
        assertThat(body.text("absent")).isNull();
    }

    @Test
    void the_bytes_are_those_that_came() {
        assertThat(parse(EVERYTHING).bytes()).isEqualTo(Buffer.buffer(EVERYTHING));
    }

    @Test
    void presence_and_emptiness_are_known_without_parsing() throws IOException {
        var json = EVERYTHING.getBytes(UTF_8);
        for (var body : List.of(parse(EVERYTHING), JsonBody.scan(json, 0, json.length))) {
            assertThat(body.has("model")).isTrue();
            assertThat(body.has("off")).isTrue();
            assertThat(body.has("nothing")).isFalse();
            assertThat(body.has("absent")).isFalse();
            assertThat(body.isEmptyArray("empty")).isTrue();
            assertThat(body.isEmptyArray("messages")).isFalse();
            assertThat(body.isEmptyArray("model")).isFalse();
            assertThat(body.isEmptyArray("absent")).isFalse();
            assertThat(body.object("object")).isEqualTo(Map.of("a", Map.of("b", List.of(1))));
            assertThat(body.object("messages")).isEmpty();
            assertThat(body.object("absent")).isEmpty();
        }
    }

    @Test
    void a_part_of_an_array_is_scanned_like_a_whole_one() throws IOException {
        var padded = ("xx\"" + EVERYTHING + "}\"yy").getBytes(UTF_8);
        var body = JsonBody.scan(padded, 3, padded.length - 4);

        assertThat(body.text("model")).isEqualTo("\"a/b\"");
        assertThat(body.text("object")).isEqualTo("{\"a\":{\"b\":[1]}}");
        assertThat(body.object("object")).containsOnlyKeys("a");
        assertThat(body.bytes()).hasToString(EVERYTHING);
    }

    @Test
    void an_empty_object_is_an_object() {
        assertThat(parse("{}").fields()).isEmpty();
        assertThat(parse(" \n{ \t} ").fields()).isEmpty();
    }

    @Test
    void an_escaped_name_is_the_member_it_means() {
        var body = parse("{\"mod\\u0065l\" : \"a\", \"n\":1}");

        assertThat(body.fields()).containsEntry("model", "a");
        assertThat(body.text("model")).isEqualTo("\"a\"");
        assertThat(body.edit().set("model", "\"b\"").toBuffer()).hasToString("{\"mod\\u0065l\" : \"b\",\"n\":1}");
    }

    @Test
    void a_name_beyond_the_parsers_fast_path_is_found() {
        var name = "a name that is longer than four words of four bytes ü".repeat(20);
        assertThat(parse("{\"" + name + "\": 7 }").text(name)).isEqualTo("7");
    }

    @Test
    void a_byte_order_mark_is_passed_over_and_goes_with_an_edit() {
        var body = parse("\ufeff{\"model\":\"a\",\"n\": 1}");

        assertThat(body.text("model")).isEqualTo("\"a\"");
        assertThat(body.text("n")).isEqualTo("1");
        assertThat(body.edit().set("model", "\"b\"").toBuffer()).hasToString("{\"model\":\"b\",\"n\": 1}");
    }
}
