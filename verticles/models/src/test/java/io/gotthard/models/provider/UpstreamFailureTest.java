package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each status that an upstream may have, with each shape of body that was seen with errors. */
@Timeout(60)
class UpstreamFailureTest {

    private static final String REQUEST = "{\"model\":\"public/chat\",\"messages\":[]}";

    /** Bodies, and what they say to a client at fault; null where they say nothing that can be passed on. */
    private static final Map<String, String> SHAPES = Map.ofEntries(
            Map.entry("""
                {"error":{"message":"vendor/Model:7B says no.","type":"x","param":"p","code":"c"}}\
                """, "public/chat" + " says" + " no."),
            Map.entry("{\"error\":{\"message\":\"No.\",\"param\":null,\"code\":400}}", "No."),
            Map.entry("{\"error\":\"Bare.\"}", "Bare."),
            Map.entry("{\"detail\":\"From FastAPI.\"}", "From FastAPI."),
            Map.entry("{\"detail\":[{\"loc\":[\"body\",\"n\"]}]}", "[{\"loc\":[\"body\",\"n\"]}]"),
            Map.entry("{\"detail\":{\"loc\":\"n\"}}", "{\"loc\":\"n\"}"),
            Map.entry("{\"object\":\"error\",\"message\":\"Flat.\",\"code\":400}", "Flat."),
            Map.entry("{\"error\":null}", ""),
            Map.entry("{\"error\":{}}", ""),
            Map.entry("{\"error\":{\"message\":{\"a\":1}}}", ""),
            Map.entry("{\"message\":null}", ""),
            Map.entry("null", ""),
            Map.entry("[]", ""),
            Map.entry("\"text\"", ""),
            Map.entry("{\"error\":{\"mess", ""),
            Map.entry("<html><title>nginx/1.22 at 10.0.0.7</title></html>", ""),
            Map.entry("", ""),
            Map.entry("x".repeat(300_000), ""));

    private static OpenAiAsker asker;

    @BeforeAll
    static void start() {
        asker = new OpenAiAsker(4, Duration.ofSeconds(2), "64KB");
    }

    @AfterAll
    static void stop() {
        asker.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 409, 413, 415, 422})
    void a_fault_of_the_request_is_told_in_the_upstreams_words(int status) {
        SHAPES.forEach((body, expected) -> {
            asker.upstream(status, "application/json", Buffer.buffer(body));

            var failure = asker.failure(REQUEST);

            assertThat(failure.status()).as(body).isEqualTo(status);
            assertThat(failure.type()).as(body).isEqualTo("invalid_request_error");
            assertThat(failure.getMessage())
                    .as(body)
                    .isEqualTo(expected.isEmpty() ? "The model's upstream refused the request." : expected);
            assertThat(failure.code()).as(body).isEqualTo(body.contains("\"c\"") ? "c" : null);
            assertThat(failure.param()).as(body).isEqualTo(body.contains("\"p\"") ? "p" : null);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "401,502,upstream_authentication_failed",
        "403,502,upstream_permission_denied",
        "404,502,upstream_model_not_found",
        "408,504,timeout",
        "504,504,timeout",
        "429,429,rate_limit_exceeded",
        "503,503,upstream_overloaded",
        "529,503,upstream_overloaded",
        "201,502,upstream_error",
        "204,502,upstream_error",
        "302,502,upstream_error",
        "402,502,upstream_error",
        "418,502,upstream_error",
        "500,502,upstream_error",
        "502,502,upstream_error"
    })
    void a_fault_of_the_upstream_is_told_in_our_words(int upstream, int status, String code) {
        for (var body : SHAPES.keySet()) {
            if (upstream == 204 && !body.isEmpty()) {
                continue; // such an answer has no body
            }
            asker.upstream(upstream, "application/json", Buffer.buffer(body));
            for (var request : List.of(REQUEST, REQUEST.replace("\"messages\"", "\"stream\":true,\"messages\""))) {
                var failure = asker.failure(request);

                assertThat(failure.status()).as(body).isEqualTo(status);
                assertThat(failure.code()).as(body).isEqualTo(code);
                assertThat(failure.getMessage())
                        .as(body)
                        .startsWith("The model's upstream ")
                        .doesNotContain("says");
                assertThat(failure.retryAfterMillis()).as(body).isEqualTo(-1);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "3,-,3000",
                "-,250,250",
                "9,250,250",
                "0,-,0",
                "-,0,0",
                "-1,-,-1",
                "1.5,-,-1",
                "'Wed, 21 Oct 2015 07:28:00 GMT',-,0",
                "'Wed, 32 Oct 2015 07:28:00 GMT',-,-1",
                "99999999999999999999,-,-1",
                "soon,x,-1"
            })
    void a_time_to_wait_is_passed_on(String seconds, String millis, long expected) {
        for (int status : new int[] {429, 503}) {
            asker.upstream(request -> {
                var response = request.response().setStatusCode(status);
                if (seconds != null) {
                    response.putHeader("retry-after", seconds);
                }
                if (millis != null) {
                    response.putHeader("retry-after-ms", millis);
                }
                response.end();
            });
            assertThat(asker.failure(REQUEST).retryAfterMillis()).isEqualTo(expected);
        }
    }

    @Test
    void a_time_to_wait_may_be_a_date() {
        var date = ZonedDateTime.now(ZoneOffset.UTC).plusMinutes(1);
        asker.upstream(request -> request.response()
                .setStatusCode(429)
                .putHeader("retry-after", DateTimeFormatter.RFC_1123_DATE_TIME.format(date))
                .end());
        assertThat(asker.failure(REQUEST).retryAfterMillis()).isBetween(30_000L, 60_000L);
    }

    @Test
    void an_error_whose_body_breaks_off_or_never_ends_keeps_its_status() {
        for (boolean close : new boolean[] {true, false}) {
            asker.upstream(request -> request.response()
                    .setStatusCode(429)
                    .putHeader("content-length", "100")
                    .write("{\"err")
                    .onSuccess(written -> {
                        if (close) {
                            request.connection().close();
                        }
                    }));
            assertThat(asker.failure(REQUEST).status()).isEqualTo(429);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>", "", "null", "[]", "{\"choices\":[{", "{} {}"})
    void an_answer_that_is_no_json_object_is_refused(String body) {
        asker.upstream(200, "application/json", Buffer.buffer(body));

        var failure = asker.failure(REQUEST);

        assertThat(failure.status()).isEqualTo(502);
        assertThat(failure.code()).isEqualTo("upstream_invalid_response");
    }

    @Test
    void an_answer_beyond_the_limit_is_refused() {
        asker.upstream(200, "application/json", Buffer.buffer("{\"a\":\"" + "x".repeat(300_000) + "\"}"));
        assertThat(asker.failure(REQUEST).code()).isEqualTo("upstream_answer_too_large");
    }

    @Test
    void an_answer_that_breaks_off_is_told_from_one_that_takes_too_long() {
        asker.upstream(request -> request.response()
                .putHeader("content-length", "100")
                .write("{")
                .onSuccess(written -> request.connection().close()));
        assertThat(asker.failure(REQUEST).code()).isEqualTo("upstream_cut");

        asker.upstream(
                request -> request.response().putHeader("content-length", "100").write("{"));
        assertThat(asker.failure(REQUEST).status()).isEqualTo(504);

        asker.upstream(request -> {});
        assertThat(asker.failure(REQUEST).status()).isEqualTo(504);

        asker.upstream(request -> request.connection().close());
        assertThat(asker.failure(REQUEST).status()).isEqualTo(502);
    }

    @Test
    void an_error_in_spite_of_its_status_is_one() {
        asker.upstream(200, "application/json", Buffer.buffer("{\"error\":{\"message\":\"secret\",\"code\":500}}"));
        assertThat(asker.failure(REQUEST).getMessage()).isEqualTo("The model's upstream had an error.");
        asker.upstream(200, "application/json", Buffer.buffer("{\"error\":\"secret\"}"));
        assertThat(asker.failure(REQUEST).getMessage()).isEqualTo("The model's upstream had an error.");
        asker.upstream(200, "application/json", Buffer.buffer("{\"error\":{\"message\":\"Too long.\",\"code\":422}}"));
        assertThat(asker.failure(REQUEST).getMessage()).isEqualTo("Too long.");
    }

    @Test
    void an_upstream_that_is_not_there_is_told() throws IOException {
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        try (var nobody = OpenAiAsker.at("http://127.0.0.1:" + port + "/v1")) {
            var failure = nobody.failure(REQUEST);
            assertThat(failure.status()).isEqualTo(502);
            assertThat(failure.code()).isEqualTo("upstream_unreachable");
            assertThat(failure.getMessage()).doesNotContain("127.0.0.1");
        }
    }
}
