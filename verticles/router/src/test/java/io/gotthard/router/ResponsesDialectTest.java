package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;

class ResponsesDialectTest {

    private final Dialect dialect = new ResponsesDialect();

    private String failed() {
        return dialect.event(Failure.upstream("upstream_cut", "It broke off."), "req_1")
                .toString();
    }

    private static String event(int number) {
        return """
            event: error
            data: {"message":"It broke off.","type":"error","param":null,"code":"upstream_cut","sequence_number":%d,\
            "error":{"message":"It broke off.","type":"server_error","param":null,"code":"upstream_cut"}}

            """.formatted(number);
    }

    @Test
    void a_failure_is_an_event_with_the_next_number() {
        dialect.sent(Buffer.buffer("data: {\"type\":\"response.created\",\"sequence_number\":0}\n\n"));
        dialect.sent(
                Buffer.buffer("data: {\"sequence_number\":7}\n\ndata: {\"sequence_number\": 8,\"delta\":\"a\"}\n\n"));
        assertThat(failed()).isEqualTo(event(9));
    }

    @Test
    void before_any_other_event_its_number_is_the_first() {
        assertThat(failed()).isEqualTo(event(0));
    }

    @Test
    void a_number_in_a_text_is_none_and_nonsense_does_no_harm() {
        dialect.sent(Buffer.buffer("""
            data: {"sequence_number":3,"delta":"\\"sequence_number\\":5, "}

            data: {"sequence_number":99999999999}

            """));
        assertThat(failed()).isEqualTo(event(4));
    }
}
