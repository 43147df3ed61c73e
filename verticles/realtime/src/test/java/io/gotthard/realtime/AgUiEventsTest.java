package io.gotthard.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AgUiEventsTest {

    private final AgUiEvents words = new AgUiEvents("their-thread", "their-run", "run_1", 0);

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

    private static JsonObject at(long seq, String type, JsonObject data) {
        return new JsonObject()
                .put("seq", seq)
                .put("type", type)
                .put("run_id", "run_1")
                .put("data", data);
    }

    private static JsonObject wanted(String message, String... calls) {
        var wanted = new JsonArray();
        for (var call : calls) {
            wanted.add(new JsonObject()
                    .put("id", call)
                    .put("type", "function")
                    .put("function", new JsonObject().put("name", "show").put("arguments", "{}")));
        }
        return new JsonObject()
                .put("message_id", message)
                .put("role", "assistant")
                .put("tool_calls", wanted);
    }

    @Test
    void a_call_is_told_once_when_the_model_wants_it_as_a_part_of_the_models_message() {
        var said = said("message.created", "run_1", wanted("m", "c"));
        assertThat(said.getFirst().getString("parentMessageId")).isEqualTo("m");
        assertThat(types("tool.called", new JsonObject().put("call_id", "c").put("tool", "show")))
                .isEmpty();
        assertThat(types("agent.returned", new JsonObject().put("call_id", "c").put("ok", true)))
                .containsExactly("TOOL_CALL_RESULT");
    }

    @Test
    void thoughts_end_before_words_begin() {
        assertThat(types("thought.added", chunk("m", "Hm")))
                .containsExactly("REASONING_START", "REASONING_MESSAGE_START", "REASONING_MESSAGE_CONTENT");
        assertThat(types("thought.added", chunk("m", "."))).containsExactly("REASONING_MESSAGE_CONTENT");
        assertThat(types("chunk.added", chunk("m", "Yes")))
                .containsExactly(
                        "REASONING_MESSAGE_END", "REASONING_END", "TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT");
    }

    @Test
    void a_run_that_waits_for_functions_says_which() {
        said("message.created", "run_1", wanted("m", "a", "b"));
        types("tool.called", new JsonObject().put("call_id", "a").put("tool", "show"));
        types("tool.called", new JsonObject().put("call_id", "b").put("tool", "show"));
        types("tool.returned", new JsonObject().put("call_id", "a").put("ok", true));
        var last = said("run.waiting", "run_1", new JsonObject().put("reason", "functions"))
                .getLast();
        assertThat(last.getJsonObject("outcome"))
                .isEqualTo(new JsonObject().put("type", "success").put("pendingToolCallIds", new JsonArray().add("b")));
        assertThat(words.isOver()).isTrue();
    }

    @Test
    void a_run_that_waits_for_people_says_what_they_are_asked_until_they_have_answered() {
        types(
                "input.requested",
                new JsonObject().put("task_id", "old").put("kind", "approval").put("prompt", "May I?"));
        types("input.answered", new JsonObject().put("task_id", "old"));
        types(
                "input.requested",
                new JsonObject()
                        .put("task_id", "t")
                        .put("kind", "choice")
                        .put("prompt", "Which?")
                        .put("options", new JsonArray().add("pass").add("tunnel")));
        var last = said("run.waiting", "run_1", new JsonObject().put("reason", "input"))
                .getLast();
        assertThat(last.getJsonObject("outcome").getJsonArray("interrupts")).hasSize(1);
        assertThat(last.getJsonObject("outcome").getJsonArray("interrupts").getJsonObject(0))
                .isEqualTo(new JsonObject("""
                    {"id": "t", "reason": "choice", "message": "Which?", "responseSchema": {"type": "string", "enum": ["pass", "tunnel"]}}\
                    """));
    }

    @Test
    void what_the_front_end_knows_is_not_said_again_nor_what_it_gave_itself() {
        var goesOn = new AgUiEvents("t", "r", "run_1", 3).given(Set.of("a"), true);
        assertThat(goesOn.of(at(1, "chunk.added", chunk("m", "Hi")))).isEmpty();
        assertThat(goesOn.of(at(2, "message.created", wanted("m", "a")))).isEmpty();
        assertThat(goesOn.of(at(3, "run.waiting", new JsonObject().put("reason", "functions"))))
                .isEmpty();
        assertThat(goesOn.isOver()).isFalse();
        assertThat(goesOn.of(at(4, "tool.returned", new JsonObject().put("call_id", "a"))))
                .isEmpty();
        assertThat(goesOn.of(at(5, "chunk.added", chunk("n", "So")))).hasSize(2);
    }

    @Test
    void a_run_that_got_a_part_of_what_it_waits_for_says_what_is_missing() {
        var goesOn = new AgUiEvents("t", "r", "run_1", 3).given(Set.of("a"), false);
        goesOn.of(at(1, "tool.called", new JsonObject().put("call_id", "a").put("tool", "show")));
        goesOn.of(at(2, "tool.called", new JsonObject().put("call_id", "b").put("tool", "show")));
        var said = goesOn.of(at(4, "tool.returned", new JsonObject().put("call_id", "a")));
        assertThat(said.getLast().getJsonObject("outcome").getJsonArray("pendingToolCallIds"))
                .containsExactly("b");
    }

    @Test
    void who_cancels_gets_no_error_and_an_error_without_a_code_has_none() {
        var cancelled = said("run.cancelled", "run_1", new JsonObject().put("by", "ada"));
        assertThat(cancelled.getLast().getJsonObject("outcome").getString("type"))
                .isEqualTo("cancelled");
        var other = new AgUiEvents("t", "r", "run_1", 0);
        assertThat(other.of(at(1, "run.failed", new JsonObject())).getLast().fieldNames())
                .containsExactlyInAnyOrder("type", "message");
        assertThat(other.broken("gone", "interrupted")).isEmpty();
    }

    @Test
    void what_has_no_word_is_custom_and_what_others_do_is_not_told() {
        assertThat(types(
                        "input.requested",
                        new JsonObject()
                                .put("task_id", "t")
                                .put("kind", "input")
                                .put("prompt", "?")))
                .containsExactly("CUSTOM");
        assertThat(said("chunk.added", "run_2", chunk("m", "other"))).isEmpty();
        var end = said("run.stopped", "run_1", new JsonObject().put("output", new JsonObject().put("content", "x")));
        assertThat(end.getLast().getString("runId")).isEqualTo("their-run");
    }
}
