package io.gotthard.contracts;

import static io.gotthard.contracts.JsonBodyTest.EVERYTHING;
import static io.gotthard.contracts.JsonBodyTest.parse;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are not one JSON object, or not one that everybody would read alike. */
class JsonBodyRefusalTest {

    private static Failure refused(byte[] body) {
        var thrown = catchThrowable(() -> JsonBody.parse(Buffer.buffer(body)));
        assertThat(thrown).as("%s", HexFormat.of().formatHex(body)).isInstanceOf(Failure.class);
        var failure = (Failure) thrown;
        assertThat(failure.status()).isEqualTo(400);
        assertThat(failure.type()).isEqualTo("invalid_request_error");
        return failure;
    }

    private static Failure refused(String body) {
        return refused(body.getBytes(UTF_8));
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static byte[] around(String before, byte[] middle, String after) {
        return Buffer.buffer(before).appendBytes(middle).appendString(after).getBytes();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[]",
                "[{\"model\":\"a\"}]",
                "null",
                "true",
                "1",
                "\"model\"",
                "{",
                "}",
                "{]",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{,}",
                "{a:1}",
                "{'a':1}",
                "{\"a\":01}",
                "{\"a\":+1}",
                "{\"a\":.5}",
                "{\"a\":1.}",
                "{\"a\":NaN}",
                "{\"a\":Infinity}",
                "{\"a\":nul}",
                "{\"a\":nullx}",
                "{\"a\":truefalse}",
                "{\"a\":1x}",
                "{\"a\":\"\n\"}",
                "{\"a\":\"\u0000\"}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12g4\"}",
                "{\"a\":1}{\"b\":2}",
                "{\"a\":1} x",
                "{\"a\":1}\u0000",
                "{\"a\":1},",
                "{/**/}",
                "{\"a\":1 // c\n}",
                "{\"a\" 1}",
                "{\"a\":[1,]}",
                "{\"a\":[1}",
                "{\"a\":{\"b\":1]}",
                "<html></html>"
            })
    void what_is_not_one_json_object_is_refused(String body) {
        assertThat(refused(body).getMessage()).startsWith("The body is not valid JSON: ");
    }

    @Test
    void a_refusal_says_where_and_quotes_nothing() {
        assertThat(refused("{\"key\":\n  \"sk-secret\" x}").getMessage())
                .contains("line 2")
                .doesNotContain("secret");
        assertThat(refused("{\"a\":1} {\"sk-secret\":2}").getMessage())
                .contains("unexpected text after the object")
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"a\",\"model\":\"b\"}",
                "{\"model\":\"a\",\"mod\\u0065l\":\"b\"}",
                "{\"\\u006dodel\":\"a\",\"x\":1,\"mo\\u0064el\":\"a\"}",
                "{\"\":1,\"\":2}"
            })
    void a_member_that_is_there_twice_is_refused_however_it_is_written(String body) {
        assertThat(refused(body).getMessage()).contains("a member is there twice");
    }

    @Test
    void another_encoding_than_utf8_is_refused() {
        for (var charset : List.of(UTF_16BE, UTF_16LE, Charset.forName("UTF-32BE"), Charset.forName("UTF-32LE"))) {
            refused("{\"model\":\"a\"}".getBytes(charset));
            refused("\ufeff{\"model\":\"a\"}".getBytes(charset));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "FF",
                "80",
                "C3",
                "C3 28",
                "E2 82",
                "E2 28 A1",
                "F0 9F 98",
                "F0 28 8C BC",
                "C0 80", // longer than needed
                "C1 A5", // an e in two bytes: who reads it otherwise than we do sees another name
                "E0 80 AF",
                "F0 80 80 AF",
                "ED A0 80", // half of a surrogate pair
                "F4 90 80 80", // beyond Unicode
                "F8 88 80 80 80"
            })
    void invalid_utf8_is_refused_in_strings_and_names_at_any_depth(String hex) {
        for (var sequence : List.of(around("", bytes(hex), ""), around("some text before ä ", bytes(hex), " after"))) {
            refused(around("{\"a\":\"", sequence, "\"}"));
            refused(around("{\"", sequence, "\":1}"));
            refused(around("{\"a\":[{\"b\":\"", sequence, "\"}]}"));
            refused(around("{\"a\":{\"", sequence, "\":1}}"));
        }
    }

    @Test
    void nesting_has_an_end() {
        for (var brackets : List.of(new String[] {"[", "]"}, new String[] {"{\"a\":", "}"})) {
            parse("{\"a\":" + brackets[0].repeat(499).replaceFirst(":$", ":1") + ends(brackets, 499) + "}");
            refused("{\"a\":" + brackets[0].repeat(500) + ends(brackets, 500) + "}");
            refused("{\"a\":" + brackets[0].repeat(1_000_000));
        }
    }

    private static String ends(String[] brackets, int depth) {
        return (brackets[0].equals("[") ? "" : "1") + brackets[1].repeat(depth);
    }

    @Test
    void a_number_of_a_million_digits_is_refused_and_not_computed_with() {
        refused("{\"n\":" + "9".repeat(1_000_000) + "}");
        assertThat(parse("{\"n\":1e999999999}").text("n")).isEqualTo("1e999999999");
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void very_many_members_cost_no_more_than_their_bytes() {
        // If each name were compared with all before it, this would take hours.
        var json = new StringBuilder("{");
        for (int i = 0; i < 400_000; i++) {
            json.append("\"").append(i).append("\":1,");
        }
        var body = parse(json + "\"last\":2}");

        assertThat(body.text("last")).isEqualTo("2");
        assertThat(body.fields()).hasSize(400_001);
        refused(json + "\"77\":2}");
    }

    @Test
    void a_body_that_was_cut_is_refused_wherever_it_was_cut() {
        var whole = EVERYTHING.stripTrailing().getBytes(UTF_8);
        for (int length = 0; length < whole.length; length++) {
            refused(Arrays.copyOf(whole, length));
        }
        JsonBody.parse(Buffer.buffer(whole));
    }

    @Test
    void whatever_a_broken_body_holds_it_is_read_or_refused_and_nothing_else_happens() {
        var random = new Random(42);
        var good = EVERYTHING.getBytes(UTF_8);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            var bytes = good.clone();
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(JsonBody.parse(Buffer.buffer(bytes)).bytes().getBytes())
                        .isEqualTo(bytes);
            } catch (Failure failure) {
                assertThat(failure.status()).isEqualTo(400);
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(10_000);
    }

    @Test
    void a_scan_refuses_what_it_passes_over_only_if_its_structure_is_broken() throws IOException {
        var broken = "{\"a\":[1,2}".getBytes(UTF_8);
        assertThatThrownBy(() -> JsonBody.scan(broken, 0, broken.length)).isInstanceOf(IOException.class);
        var array = "[]".getBytes(UTF_8);
        assertThatThrownBy(() -> JsonBody.scan(array, 0, array.length)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> JsonBody.scan(array, 0, 0)).isInstanceOf(IOException.class);
    }
}
