package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;

class ExternalChunksTest {

    private static String translate(String... events) {
        var text = new StringBuilder();
        for (var event : events) {
            text.append("data: ").append(event).append("\n\n");
        }
        return new ExternalChunks("\"swissai\"")
                .translate(Buffer.buffer(text.toString()))
                .toString();
    }

    @Test
    void a_chunk_says_the_public_name_and_is_otherwise_as_it_was() {
        assertThat(translate("{\"id\":\"1\", \"model\":\"secret\",\"choices\":[{\"delta\":{\"content\":\"ä\"},"
                        + "\"logprob\":-1.50,\"finish_reason\":null}]}"))
                .isEqualTo("data: {\"id\":\"1\",\"model\":\"swissai\",\"choices\":[{\"delta\":{\"content\":\"ä\"},"
                        + "\"logprob\":-1.50,\"finish_reason\":null}]}\n\n");
    }

    @Test
    void the_end_is_left_as_it_is() {
        assertThat(translate("[DONE]")).isEqualTo("data: [DONE]\n\n");
    }

    @Test
    void last_words_get_a_chunk_of_their_own() {
        assertThat(translate(
                        "{\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Bye\"},\"finish_reason\""
                            + " : \"stop\"}]}"))
                .isEqualTo("data: {\"model\":\"swissai\",\"choices\":[{\"index\":0,"
                        + "\"delta\":{\"role\":\"assistant\",\"content\":\"Bye\"},\"finish_reason\":null}]}\n\n"
                        + "data: {\"model\":\"swissai\",\"choices\":[{\"index\":0,\"delta\":{},"
                        + "\"finish_reason\":\"stop\"}]}\n\n");
    }

    @Test
    void a_tool_call_in_the_last_chunk_is_not_lost() {
        assertThat(translate("{\"choices\":[{\"delta\":{\"content\":null,\"tool_calls\":[{\"index\":0}]},"
                        + "\"finish_reason\":\"tool_calls\"}]}"))
                .contains("\"tool_calls\":[{\"index\":0}]},\"finish_reason\":null")
                .endsWith("\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n");
    }

    @Test
    void a_delta_that_says_nothing_becomes_an_empty_one() {
        assertThat(translate("{\"choices\":[{\"delta\":{\"content\":\"\",\"role\":\"assistant\"},"
                        + "\"finish_reason\":\"length\"}]}"))
                .isEqualTo("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n\n");
    }

    @Test
    void a_text_about_finish_reasons_finishes_nothing() {
        var chunk =
                "{\"choices\":[{\"delta\":{\"content\":\"\\\"finish_reason\\\":\\\"stop\\\"\"},\"finish_reason\":null}]}";
        assertThat(translate(chunk)).isEqualTo("data: " + chunk + "\n\n");
    }

    @Test
    void what_has_an_unusual_shape_is_left_as_it_is() {
        for (var chunk : new String[] {
            "{\"choices\":null}",
            "{\"choices\":[]}",
            "{\"choices\":[1,{\"finish_reason\":\"stop\"}]}",
            "{\"choices\":[{\"delta\":null,\"finish_reason\":\"stop\"}]}",
            "{\"choices\":[{\"finish_reason\":\"stop\"}]}",
            "{\"choices\":\"\\\"finish_reason\\\":\\\"stop\\\"\"}",
            "{}"
        }) {
            assertThat(translate(chunk)).isEqualTo("data: " + chunk + "\n\n");
        }
    }
}
