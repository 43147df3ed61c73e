package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.EventData;
import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkerEventsTest {

    private static EventData read(String type, String data) {
        return WorkerEvents.read("run_a", new JsonObject().put("type", type).put("data", new JsonObject(data)));
    }

    @Test
    void what_a_run_says_of_itself_is_read() {
        assertThat(read("chunk.added", "{\"message_id\": \"run_a_m1\", \"text\": \"x\"}"))
                .isEqualTo(new EventData.ChunkAdded("run_a_m1", "x"));
        assertThat(read("run.stopped", "{}")).isEqualTo(new EventData.RunStopped(null, null, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "run.created|{\"agent\": \"A/b\"}|event.type",
                "member.added|{\"account\": \"usr\", \"role\": \"owner\"}|event.type",
                "input.answered|{\"task_id\": \"t\", \"by\": \"usr\", \"answer\": true}|event.type",
                "run.cancelled|{\"by\": \"usr\"}|event.type",
                "nonsense|{}|event.type",
                "chunk.added|{\"message_id\": \"run_b_m1\", \"text\": \"x\"}|event.data.message_id",
                "chunk.added|{\"text\": \"x\"}|event.data.message_id",
                "chunk.added|{\"message_id\": \"run_a_m1\"}|event.data.text",
                "chunk.added|{\"message_id\": \"run_a_m1\", \"text\": 5}|event.data",
                "message.created|{\"message_id\": \"run_a_m1\", \"role\": \"user\", \"content\":"
                        + " \"x\"}|event.data.role",
                "message.created|{\"message_id\": \"run_a_m1\", \"role\": \"assistant\"}|event.data.content",
                "input.requested|{\"call_id\": \"run_a_t\", \"kind\": \"approval\", \"prompt\": \"x\"}|event.data.kind",
                "input.requested|{\"call_id\": \"run_a_t\", \"kind\": \"choice\", \"prompt\":"
                        + " \"x\"}|event.data.options",
                "input.requested|{\"task_id\": \"t\", \"call_id\": \"run_a_t\", \"kind\": \"input\", \"prompt\":"
                        + " \"x\"}|event.data.task_id",
                "usage.recorded|{\"model\": \"m\", \"prompt_tokens\": -1, \"completion_tokens\": 0, \"cached_tokens\":"
                        + " 0, \"reasoning_tokens\": 0}|event.data.prompt_tokens"
            })
    void what_a_worker_may_not_say_is_refused_by_name(String type, String data, String param) {
        assertThatThrownBy(() -> read(type, data))
                .isInstanceOf(Failure.class)
                .extracting(failure -> ((Failure) failure).param())
                .isEqualTo(param);
    }

    @Test
    void what_is_too_large_is_refused() {
        assertThatThrownBy(
                        () -> read("custom.reported", "{\"name\": \"a\", \"value\": \"" + "x".repeat(300_000) + "\"}"))
                .hasMessageContaining("256 KB");
    }

    @Test
    void what_is_large_but_not_too_large_is_read_in_whatever_script() {
        for (var text : new String[] {"x".repeat(250_000), "ü".repeat(125_000), "\uD83D\uDE00".repeat(62_000)}) {
            assertThat(read("chunk.added", "{\"message_id\": \"run_a_m1\", \"text\": \"" + text + "\"}"))
                    .isEqualTo(new EventData.ChunkAdded("run_a_m1", text));
        }
    }
}
