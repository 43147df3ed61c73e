package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A request that is wrong outside of its body: its key, its path, its method, its size, or that it is no HTTP. */
class BadInputIT {

    private static final String PATH = "/v1/chat/completions";
    private static final int LIMIT = 64 * 1024;
    private static final byte[] PIECE = "x".repeat(16 * 1024).getBytes(StandardCharsets.US_ASCII);

    private static Siege siege;

    @BeforeAll
    static void start() {
        var upstream = ScriptedUpstream.start().on("swiss/one:1b", visit -> visit.json(200, "{\"id\":\"swiss\"}"));
        siege = Siege.start(upstream, "", "http: {body_limit: 64KB}");
    }

    @AfterAll
    static void stop() {
        siege.close();
    }

    @AfterEach
    void nothing_is_left_behind() {
        siege.assertUnharmed();
    }

    static Stream<String> keysThatAreNone() {
        return Stream.of(
                "X-Nothing: 1",
                "Authorization:",
                "Authorization: Bearer",
                "Authorization: Bearer ",
                "Authorization: Bearer sk-wrong",
                "Authorization: Bearer " + RunningPlatform.KEY.toUpperCase(Locale.ROOT),
                "Authorization: Bearer " + RunningPlatform.KEY + "x",
                "Authorization: Bearer " + RunningPlatform.KEY + " x",
                "Authorization: Bearer \"" + RunningPlatform.KEY + "\"",
                "Authorization: Basic " + RunningPlatform.KEY,
                "Authorization: " + RunningPlatform.KEY,
                "Authorization: Bearer \u00e9\u20ac",
                "Authorization: Bearer " + "k".repeat(10_000),
                "Authorization: Bearer ' or 1=1 --",
                "X-Api-Key: " + RunningPlatform.KEY);
    }

    @ParameterizedTest
    @MethodSource("keysThatAreNone")
    void who_shows_no_good_key_is_refused_before_the_body_is_read(String header) {
        try (var client = siege.connect()) {
            // Ten megabytes are promised and never sent.
            client.send(RawClient.bare("POST", PATH, header, "Content-Length: 10000000", "Expect: 100-continue"));
            var answer = client.answer();
            var error = answer.error(401);
            assertThat(error.getString("code")).isEqualTo("invalid_api_key");
            assertThat(answer.headers()).containsEntry("www-authenticate", "Bearer");
            assertThat(answer.text()).doesNotContain(RunningPlatform.KEY, "sk-wrong", "kkkkk");
        }
    }

    @Test
    void who_shows_a_good_key_is_asked_to_continue() {
        var body = "{\"model\":\"good\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
        try (var client = siege.connect()) {
            client.send(RawClient.head("POST", PATH, RawClient.length(body), "Expect: 100-continue"));
            assertThat(client.answer().status()).isEqualTo(100);
            assertThat(client.send(body).answer().status()).isEqualTo(200);
        }
    }

    @Test
    void who_says_that_the_body_is_too_large_is_refused_without_it() {
        try (var client = siege.connect()) {
            client.send(RawClient.head("POST", PATH, "Content-Length: " + (LIMIT + 1), "Expect: 100-continue"));
            client.answer().error(413);
        }
        try (var client = siege.connect()) {
            client.send(RawClient.head("POST", PATH, "Content-Length: " + Long.MAX_VALUE));
            client.answer().error(413);
        }
    }

    @Test
    void a_chunked_body_over_the_limit_is_refused_while_it_is_being_sent() {
        try (var client = siege.connect()) {
            client.send(RawClient.head("POST", PATH, "Transfer-Encoding: chunked"));
            for (int i = 0; i <= LIMIT / PIECE.length; i++) {
                client.send(Integer.toHexString(PIECE.length) + "\r\n")
                        .send(PIECE)
                        .send("\r\n");
            }
            client.answer().error(413);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {RunningPlatform.KEY, "sk-wrong"})
    void who_goes_on_sending_what_nobody_wants_is_cut_off(String key) {
        try (var client = siege.connect()) {
            var head = RawClient.bare("POST", PATH, "Authorization: Bearer " + key, "Content-Length: 10000000000");
            client.send(head);
            int status = client.answer().status();
            assertThat(status).isEqualTo(key.equals(RunningPlatform.KEY) ? 413 : 401);
            assertThat(client.sendRepeatedly(PIECE, 10_000_000))
                    .as("took 160 GB")
                    .isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/nothing",
                "/v1",
                "/v1/",
                "/v1/nothing",
                "/V1/models",
                "/v1/chat",
                "/v1/chat/completions/",
                "/docs/../../etc/passwd",
                "/docs/%2e%2e/%2e%2e/etc/passwd",
                "/docs/..%2f..%2fetc%2fpasswd",
                "/docs/..\\..\\etc\\passwd",
                "/docs/%00",
                "/openapi/../logback.xml",
                "/openapi/..%2flogback.xml",
                "/../../etc/passwd",
                "/%",
                "/%zz",
                "/v1/models/%",
                "/v1/models/%ff",
                "/v1/models/%2e%2e",
                "/v1/models/nobody",
                "/v1/models/..%2f..%2fhealthz",
                "/v1/models/%0d%0aX-Injected:%201",
                "*",
                "http://elsewhere/nothing",
            })
    void a_path_that_is_nowhere_is_refused_with_json(String path) {
        var answer = siege.ask(RawClient.head("GET", path));
        answer.error(answer.status());
        assertThat(answer.status()).isIn(400, 404);
        assertThat(answer.headers()).doesNotContainKey("x-injected");
        assertThat(answer.text()).doesNotContain("root:", "appender");
    }

    @ParameterizedTest
    @ValueSource(strings = {"swiss/one:1b", "swiss%2Fone:1b", "swiss%2fone%3A1b", "swiss/one%3a1b"})
    void a_model_s_id_may_be_encoded_or_not(String id) {
        assertThat(siege.ask(RawClient.head("GET", "/v1/models/" + id)).json().getString("id"))
                .isEqualTo("swiss/one:1b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"//v1/models", "/v1//models", "/v1/./models", "/docs/../v1/models", "/healthz/%2e%2e/v1/models"})
    void another_way_to_write_a_path_is_no_way_around_the_key(String path) {
        siege.ask(RawClient.bare("GET", path)).error(401);
        assertThat(siege.ask(RawClient.head("GET", path)).status()).isEqualTo(200);
    }

    @Test
    void a_url_with_a_host_is_the_same_as_one_without() {
        assertThat(siege.ask(RawClient.head("GET", "http://elsewhere/v1/models"))
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/chat/completions, POST",
        "DELETE, /v1/chat/completions, POST",
        "OPTIONS, /v1/chat/completions, POST",
        "PROPFIND, /v1/embeddings, POST",
        "POST, /v1/models, GET",
        "PUT, /v1/models/swiss/one:1b, GET",
        "get, /v1/models, GET",
        "TRACE, /v1/models, GET",
        "CONNECT, /v1/models, GET",
        "INVENTED, /v1/models, GET",
    })
    void a_method_that_is_not_there_is_refused_with_those_that_are(String method, String path, String allowed) {
        var answer = siege.ask(RawClient.head(method, path));
        answer.error(405);
        assertThat(answer.headers()).containsEntry("allow", allowed);
    }

    @Test
    void head_gets_no_body() {
        try (var client = siege.connect()) {
            var answer = client.send(RawClient.head("HEAD", "/v1/models")).bodilessAnswer();
            assertThat(answer.status()).isIn(200, 405);
            assertThat(client.send(RawClient.chat("good")).answer().status()).isEqualTo(200);
        }
    }

    @Test
    void headers_that_are_too_large_are_refused() {
        var error = siege.ask(RawClient.head("GET", "/v1/models", "X-Long: " + "x".repeat(40_000)))
                .error(431);
        assertThat(error.getString("code")).isEqualTo("headers_too_large");
        siege.ask(RawClient.head("GET", "/v1/models", "X-Short: x\r\n".repeat(5_000) + "X: y"))
                .error(431);
    }

    @Test
    void a_url_that_is_too_long_is_refused() {
        siege.ask(RawClient.head("GET", "/v1/models/" + "x".repeat(10_000))).error(414);
        siege.ask(RawClient.head("GET", "/v1/models?" + "x=y&".repeat(3_000))).error(414);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n",
                "garbage\r\n\r\n",
                "GET\r\n\r\n",
                "GET /v1/models\r\n\r\n",
                "GET /v1/models HTTP/9.9\r\nHost: a\r\n\r\n",
                "GET /v1/models HTTX/1.1\r\nHost: a\r\n\r\n",
                "GET  /v1/models  HTTP/1.1 x\r\nHost: a\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "{\"model\":\"good\"}\r\n\r\n",
            })
    void what_is_no_http_is_refused_and_cut_off(String text) {
        try (var client = siege.connect()) {
            client.send(text).answer().error(400);
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void who_leaves_in_the_middle_leaves_nothing() {
        int asked = siege.upstream().count();
        var whole = RawClient.chat("good");
        for (int cut : new int[] {1, 10, whole.indexOf("\r\n\r\n"), whole.length() - 10, whole.length() - 1}) {
            try (var client = siege.connect()) {
                client.send(whole.substring(0, cut));
            }
            try (var client = siege.connect()) {
                client.send(whole.substring(0, cut)).halfClose();
                assertThat(client.rest()).isEmpty();
            }
            var client = siege.connect();
            client.send(whole.substring(0, cut)).leave(true);
        }
        assertThat(siege.upstream().count()).isEqualTo(asked);
    }
}
