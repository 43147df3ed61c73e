package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A body that is wrong gets an error that says what is wrong, does not reach the upstream, and leaves nothing behind. */
class BadBodiesIT {

    private static final String PATH = "/v1/chat/completions";
    private static final int LIMIT = 64 * 1024;

    private static Siege siege;

    private int asked;

    @BeforeAll
    static void start() {
        var upstream = ScriptedUpstream.start();
        siege = Siege.start(upstream, "", "http: {body_limit: 64KB, body_timeout: 5s}");
    }

    @AfterAll
    static void stop() {
        siege.close();
    }

    @AfterEach
    void nothing_is_left_behind() {
        siege.assertUnharmed();
        assertThat(siege.upstream().count() - asked).as("asked upstream").isEqualTo(1);
    }

    @BeforeEach
    void count() {
        asked = siege.upstream().count();
    }

    private static RawAnswer post(byte[] body, String... headers) {
        try (var client = siege.connect()) {
            return client.send(RawClient.head("POST", PATH, with(headers, "Content-Length: " + body.length)))
                    .send(body)
                    .answer();
        }
    }

    private static RawAnswer post(String body) {
        return post(body.getBytes(StandardCharsets.UTF_8), "Content-Type: application/json");
    }

    private static String[] with(String[] headers, String another) {
        return Stream.concat(Stream.of(headers), Stream.of(another)).toArray(String[]::new);
    }

    private static String chat(String more) {
        return "{\"model\":\"good\",\"messages\":[{\"role\":\"user\",\"content\":\"" + Siege.PRIVATE + "\"}]" + more
                + "}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "nonsense",
                "{",
                "[]",
                "null",
                "\"text\"",
                "1",
                "{\"model\":\"good\",\"messages\":[{\"role\":\"user\"",
                "{\"model\":\"good\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]",
                "{\"model\":\"good\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}}",
                "{\"model\":\"good\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]} trailing",
                "{\"model\":\"good\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}{}",
                "{'model':'good'}",
                "{\"model\":\"good\",}",
                "{\"model\":\"good\"/* comment */}",
                "{model:\"good\"}",
                "{\"model\":NaN}",
                "{\"model\":Infinity}",
                "{\"model\":01}",
                "{\"model\":\"a\tb\"}",
                "{\"model\":\"\\x\"}",
                "{\"model\":\"\\u12\"}",
                "{\"model\":\"good\",\"messages\":[],\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
                "{\"model\":\"good\",\"\\u006dodel\":\"other\"}",
            })
    void what_is_no_json_object_is_refused(String body) {
        var error = post(body).error(400);
        assertThat(error.getString("message")).startsWith("The body is not valid JSON");
        assertThat(error.getString("message")).doesNotContain("jackson", "StreamRead", "Source");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|model",
                "{\"model\":\"good\"}|messages",
                "{\"model\":\"good\",\"messages\":[]}|messages",
                "{\"model\":\"good\",\"messages\":null}|messages",
                "{\"model\":\"good\",\"messages\":{}}|messages",
                "{\"model\":\"good\",\"messages\":\"hi\"}|messages",
                "{\"model\":\"good\",\"messages\":[null]}|messages[0]",
                "{\"model\":\"good\",\"messages\":[[]]}|messages[0]",
                "{\"model\":\"good\",\"messages\":[{}]}|messages[0].role",
                "{\"model\":\"good\",\"messages\":[{\"role\":1,\"content\":\"hi\"}]}|messages[0].role",
                "{\"model\":1,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}|model",
                "{\"model\":null,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}|model",
                "{\"model\":[\"good\"],\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}|model",
                "{\"model\":\"\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}|model",
            })
    void what_has_the_wrong_shape_is_refused_with_the_field(String body, String param) {
        assertThat(post(body).error(400).getString("param")).isEqualTo(param);
    }

    @ParameterizedTest
    @CsvSource({
        "stream, '\"yes\"'",
        "stream, 1",
        "stream_options, 1",
        "stream_options, []",
        "temperature, '\"hot\"'",
        "temperature, 3",
        "temperature, 1e999",
        "n, 0",
        "n, 1.5",
        "n, 9999999999999999999999",
        "max_tokens, -1",
        "logit_bias, []",
        "tools, {}",
        "stop, {}",
        "response_format, 1"
    })
    void an_option_of_the_wrong_type_or_out_of_bounds_is_refused_with_its_name(String name, String value) {
        var error = post(chat(",\"" + name + "\":" + value)).error(400);
        assertThat(error.getString("param")).startsWith(name);
        assertThat(error.getString("type")).isEqualTo("invalid_request_error");
    }

    static Stream<Arguments> textsThatAreNotUtf8() {
        var whole = chat("");
        return Stream.of(
                Arguments.of("a lone continuation byte", latin(whole.replace("user", "us\u0080er"))),
                Arguments.of("a byte that is never there", latin(whole.replace(Siege.PRIVATE, "\u00ff"))),
                Arguments.of("a cut sequence", latin(whole.replace(Siege.PRIVATE, "\u00e2\u0082"))),
                Arguments.of("an overlong slash", latin(whole.replace(Siege.PRIVATE, "\u00c0\u00af"))),
                Arguments.of("an encoded surrogate", latin(whole.replace(Siege.PRIVATE, "\u00ed\u00a0\u0080"))),
                Arguments.of("beyond Unicode", latin(whole.replace(Siege.PRIVATE, "\u00f5\u0080\u0080\u0080"))),
                Arguments.of("a bad key", latin("{\"mod\u00ffel\":1," + whole.substring(1))),
                Arguments.of("a bad byte in a value that passes through", latin(chat(",\"x\":{\"y\":[\"\u00ff\"]}"))),
                Arguments.of("UTF-16 with a mark", whole.getBytes(StandardCharsets.UTF_16)),
                Arguments.of("UTF-16LE", whole.getBytes(StandardCharsets.UTF_16LE)),
                Arguments.of("UTF-16BE", whole.getBytes(StandardCharsets.UTF_16BE)),
                Arguments.of("UTF-32", whole.getBytes(StandardCharsets.UTF_32BE)));
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("textsThatAreNotUtf8")
    void what_is_not_utf_8_is_refused(String what, byte[] body) {
        post(body, "Content-Type: application/json").error(400);
    }

    @Test
    void ten_thousand_brackets_are_refused_and_overflow_no_stack() {
        post(chat(",\"x\":" + "[".repeat(10_000) + "]".repeat(10_000))).error(400);
        post("[".repeat(60_000)).error(400);
        post("{\"a\":".repeat(10_000)).error(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "*/*", ";"
            })
    void what_says_that_it_is_something_else_is_refused(String type) {
        var error = post(chat("").getBytes(StandardCharsets.UTF_8), "Content-Type: " + type)
                .error(415);
        assertThat(error.getString("code")).isEqualTo("unsupported_media_type");
    }

    @Test
    void a_compressed_body_is_refused_rather_than_misread() {
        var error = post(chat("").getBytes(StandardCharsets.UTF_8), "Content-Encoding: gzip")
                .error(415);
        assertThat(error.getString("code")).isEqualTo("unsupported_media_type");
    }

    @Test
    void an_unknown_model_is_not_found() {
        var error = post(chat("").replace("good", "nobody")).error(404);
        assertThat(error.getString("code")).isEqualTo("model_not_found");
        assertThat(error.getString("param")).isEqualTo("model");
    }

    @Test
    void a_model_of_another_kind_can_not_be_used() {
        var error = siege.ask(RawClient.post("/v1/embeddings", "{\"model\":\"good\",\"input\":\"hi\"}"))
                .error(400);
        assertThat(error.getString("param")).isEqualTo("model");
    }

    @Test
    void a_body_of_the_limit_is_read_and_one_of_a_byte_more_is_not() {
        var frame = chat(",\"x\":\"\"").length();
        post(chat(",\"x\":\"" + "a".repeat(LIMIT - frame) + "\",").substring(0, LIMIT))
                .error(400);
        var error =
                post(chat(",\"x\":\"" + "a".repeat(LIMIT + 1 - frame) + "\"")).error(413);
        assertThat(error.getString("code")).isEqualTo("request_too_large");
    }
}
