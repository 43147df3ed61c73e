package io.gotthard.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class AgUiEventsTest {

    private final AgUiEvents words = new AgUiEvents("their-thread", "their-run", "run_1");

    private List<String> types(String type, JsonObject data) {
        return said(type, "run_1", data).stream()
                .map(event -> event.getString("type"))
                .toList();
    }

    private List<JsonObject> said(String type, String run, JsonObject data) {
        return words.of(new JsonObject().put("type", type).put("run_id", run).put("data", data));
    }

    private static JsonObject chunk(String message, String text) {
        return new JsonObject().put("message_id", message).put("text", text);
    }

    @Test
    void a_message_begins_once_and_ends_once() {
        assertThat(types("chunk.added", chunk("m", "Hel")))
                .containsExactly("TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT");
        assertThat(types("chunk.added", chunk("m", "lo"))).containsExactly("TEXT_MESSAGE_CONTENT");
        assertThat(types("chunk.added", chunk("m", ""))).isEmpty();
        assertThat(types(
                        "message.created",
                        new JsonObject()
                                .put("message_id", "m")
                                .put("role", "assistant")
                                .put("content", "Hello")))
                .containsExactly("TEXT_MESSAGE_END");
    }

    @Test
    void a_message_without_chunks_is_told_whole() {
        assertThat(types(
                        "message.created",
                        new JsonObject()
                                .put("message_id", "m")
                                .put("role", "assistant")
                                .put("content", "Hello")))
                .containsExactly("TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END");
        assertThat(types(
                        "message.created",
                        new JsonObject()
                                .put("message_id", "n")
                                .put("role", "user")
                                .put("content", "Hi")))
                .isEmpty();
    }

    @Test
    void a_call_of_a_tool_has_its_arguments_and_its_result() {
        var called = said(
                "tool.called",
                "run_1",
                new JsonObject()
                        .put("call_id", "c")
                        .put("tool", "weather")
                        .put("arguments", new JsonObject().put("place", "Airolo")));
        assertThat(called)
                .extracting(event -> event.getString("type"))
                .containsExactly("TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END");
        assertThat(called.get(1).getString("delta")).isEqualTo("{\"place\":\"Airolo\"}");
        assertThat(types(
                        "tool.returned",
                        new JsonObject().put("call_id", "c").put("ok", true).put("content", "snow")))
                .containsExactly("TOOL_CALL_RESULT");
    }

    @Test
    void an_end_closes_what_is_open_and_is_the_last_word() {
        types("chunk.added", chunk("m", "Hel"));
        assertThat(types("run.failed", new JsonObject().put("code", "limit").put("message", "Too long.")))
                .containsExactly("TEXT_MESSAGE_END", "RUN_ERROR");
        assertThat(words.isOver()).isTrue();
        assertThat(types("chunk.added", chunk("m", "lo"))).isEmpty();
    }

    @Test
    void what_has_no_word_is_custom_and_what_others_do_is_not_told() {
        assertThat(types("input.requested", new JsonObject().put("task_id", "t")))
                .containsExactly("CUSTOM");
        assertThat(said("chunk.added", "run_2", chunk("m", "other"))).isEmpty();
        var end = said("run.stopped", "run_1", new JsonObject().put("output", new JsonObject().put("content", "x")));
        assertThat(end.getLast().getString("runId")).isEqualTo("their-run");
    }
}
