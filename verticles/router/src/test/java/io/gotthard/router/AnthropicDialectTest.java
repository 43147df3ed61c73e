package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnthropicDialectTest {

    private final Dialect dialect = AnthropicDialect.INSTANCE;

    @ParameterizedTest
    @CsvSource({
        "400, 400, invalid_request_error",
        "401, 401, authentication_error",
        "403, 403, permission_error",
        "404, 404, not_found_error",
        "405, 405, invalid_request_error",
        "408, 408, timeout_error",
        "409, 409, conflict_error",
        "413, 413, request_too_large",
        "415, 415, invalid_request_error",
        "422, 422, invalid_request_error",
        "429, 429, rate_limit_error",
        "500, 500, api_error",
        "502, 502, api_error",
        "503, 529, overloaded_error",
        "504, 504, timeout_error"
    })
    void a_status_has_its_type(int status, int told, String type) {
        var failure = new Failure(status, "server_error", "some_code", "some.param", "It is so.", -1);
        assertThat(dialect.status(failure)).isEqualTo(told);
        assertThat(dialect.body(failure, "req_1")).hasToString("""
            {"type":"error","error":{"type":"%s","message":"It is so."},"request_id":"req_1"}\
            """.formatted(type));
    }

    @Test
    void no_money_is_a_bill_and_not_a_limit_that_waiting_would_help_against() {
        var failure = Failure.insufficientQuota("No money.");
        assertThat(dialect.status(failure)).isEqualTo(402);
        assertThat(dialect.body(failure, "r").toString()).contains("\"billing_error\"");
        assertThat(failure.headers()).containsEntry("x-should-retry", "false");
    }

    @Test
    void an_error_in_a_stream_is_an_event_of_that_name() {
        assertThat(dialect.event(Failure.timeout("Late."), "r")).hasToString("""
            event: error
            data: {"type":"error","error":{"type":"timeout_error","message":"Late."},"request_id":"r"}

            """);
    }

    @Test
    void before_the_first_event_a_sign_of_life_is_a_comment() {
        assertThat(dialect.ping(false)).hasToString(": ping\n\n");
        assertThat(dialect.ping(true)).hasToString("event: ping\ndata: {\"type\":\"ping\"}\n\n");
    }

    @ParameterizedTest
    @CsvSource({
        "0ms, 2026-01-01T00:00:00Z",
        "1ms, 2026-01-01T00:00:01Z",
        "1.5s, 2026-01-01T00:00:02Z",
        "6m0s, 2026-01-01T00:06:00Z",
        "1h0m3.25s, 2026-01-01T01:00:04Z"
    })
    void a_while_becomes_a_time(String duration, String time) {
        assertThat(AnthropicDialect.time(duration, Instant.parse("2026-01-01T00:00:00Z")))
                .isEqualTo(time);
    }
}
