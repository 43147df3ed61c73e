package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a client of a chat is shown of a run's events. */
class ChatViewTest {

    private static final String RUN = "run_1";
    private static final String CHILD = "run_2";

    private final NotedAnswer streamed = new NotedAnswer(false);
    private final NotedAnswer whole = new NotedAnswer(true);
    private final List<ChatView> views = List.of(
            new ChatView(RUN, "usr_1", Set.of("mine"), streamed), new ChatView(RUN, "usr_1", Set.of("mine"), whole));
    private long seq;

    private void happens(String run, String type, Object... pairs) {
        var data = new JsonObject();
        for (int i = 0; i < pairs.length; i += 2) {
            data.put((String) pairs[i], pairs[i + 1]);
        }
        var author = "user".equals(data.getString("role")) ? "usr_1" : "Assistant/guide";
        var body = new JsonObject()
                .put("id", "evt_1")
                .put("author", author)
                .put("data", data)
                .encode();
        views.forEach(view -> view.see(new Logged(++seq, type, RUN, run, body)));
    }

    private void says(String message, String... chunks) {
        for (var chunk : chunks) {
            happens(RUN, "chunk.added", "message_id", message, "text", chunk);
        }
    }

    private void wrote(String message, String content, JsonObject... calls) {
        happens(
                RUN,
                "message.created",
                "message_id",
                message,
                "role",
                "assistant",
                "content",
                content,
                "tool_calls",
                new JsonArray(List.of(calls)));
    }

    private void stops() {
        happens(RUN, "run.stopped", "finish_reason", "stop");
    }

    private void assertBoth(String content, String end) {
        for (var noted : List.of(streamed, whole)) {
            assertThat(noted.content).hasToString(content);
            assertThat(noted.ends).containsExactly(end);
        }
    }

    @Test
    void what_was_said_in_parts_is_not_said_again_as_a_whole() {
        says("m1", "Hel", "lo");
        wrote("m1", "Hello");
        stops();
        assertBoth("Hello", "stop");
    }

    @Test
    void what_was_never_said_in_parts_is_said_as_a_whole() {
        wrote("m1", "Hello");
        stops();
        assertBoth("Hello", "stop");
    }

    @Test
    void several_messages_are_one_with_an_empty_line_between_them() {
        says("m1", "Let me see.");
        wrote("m1", "Let me see.", NotedAnswer.call("c1", "theirs"));
        happens(RUN, "tool.called", "call_id", "c1", "tool", "theirs");
        happens(RUN, "tool.returned", "call_id", "c1", "ok", true, "content", "42");
        says("m2", "It is ", "42.");
        wrote("m2", "It is 42.");
        stops();
        assertBoth("Let me see.\n\nIt is 42.", "stop");
        assertThat(streamed.calls).isEmpty();
    }

    @Test
    void the_messages_of_other_runs_and_of_others_than_the_assistant_are_not_shown_but_their_usage_counts() {
        happens(RUN, "message.created", "message_id", "u1", "role", "user", "content", "Hi");
        happens(CHILD, "chunk.added", "message_id", "x", "text", "inner");
        happens(CHILD, "thought.added", "message_id", "x", "text", "inner");
        happens(
                CHILD,
                "usage.recorded",
                "prompt_tokens",
                10,
                "completion_tokens",
                5,
                "cached_tokens",
                2,
                "reasoning_tokens",
                1);
        happens(CHILD, "run.stopped", "finish_reason", "stop");
        happens(
                RUN,
                "usage.recorded",
                "prompt_tokens",
                1,
                "completion_tokens",
                2,
                "cached_tokens",
                0,
                "reasoning_tokens",
                0);
        says("m1", "Outer");
        stops();
        assertBoth("Outer", "stop");
        assertThat(streamed.thoughts).isEmpty();
        assertThat(streamed.usage.getLong("prompt_tokens")).isEqualTo(11);
        assertThat(streamed.usage.getLong("completion_tokens")).isEqualTo(7);
        assertThat(streamed.usage.getLong("total_tokens")).isEqualTo(18);
        assertThat(streamed.usage.getJsonObject("prompt_tokens_details").getLong("cached_tokens"))
                .isEqualTo(2);
    }

    @Test
    void calls_of_the_callers_functions_end_it_and_others_do_not() {
        wrote("m1", null, NotedAnswer.call("c1", "theirs"), NotedAnswer.call("c2", "mine"));
        happens(RUN, "tool.returned", "call_id", "c1", "ok", true, "content", "42");
        happens(RUN, "run.waiting", "reason", "functions");
        assertBoth("", "tool_calls");
        assertThat(streamed.calls).hasSize(1);
        assertThat(streamed.calls.getJsonObject(0).getString("id")).isEqualTo("c2");
    }

    @Test
    void a_conversation_that_the_client_brings_along_is_not_shown_again() {
        var data = new JsonObject()
                .put("message_id", "h1")
                .put("role", "assistant")
                .put("content", "Before.");
        var body = new JsonObject().put("id", "evt_1").put("author", "usr_1").put("data", data);
        views.forEach(view -> view.see(new Logged(1, "message.created", RUN, RUN, body.encode())));
        says("m1", "Now.");
        stops();
        assertBoth("Now.", "stop");
    }

    @Test
    void a_run_that_waits_for_an_earlier_question_ends_the_answer() {
        says("m1", "Hm.");
        happens(RUN, "run.waiting", "reason", "input");
        assertBoth("Hm.", "stop");
    }

    @Test
    void a_run_that_waits_for_other_agents_goes_on() {
        wrote("m1", null, NotedAnswer.call("c1", "theirs"));
        happens(RUN, "run.waiting", "reason", "agents");
        assertThat(views).noneMatch(ChatView::isOver);
        says("m2", "Done.");
        stops();
        assertBoth("Done.", "stop");
    }

    @Test
    void what_a_person_is_asked_is_what_the_assistant_says_also_deep_inside() {
        happens(RUN, "run.waiting", "reason", "agents");
        happens(
                CHILD,
                "input.requested",
                "task_id",
                "t1",
                "kind",
                "choice",
                "prompt",
                "Which pass?",
                "options",
                new JsonArray(List.of("Gotthard", "Furka")));
        happens(CHILD, "run.waiting", "reason", "input");
        assertBoth("Which pass?\n- Gotthard\n- Furka", "stop");
    }

    @Test
    void an_answered_question_is_not_asked_again() {
        happens(RUN, "input.requested", "task_id", "t1", "kind", "input", "prompt", "Sure?");
        happens(RUN, "input.answered", "task_id", "t1", "by", "usr_1", "answer", "yes");
        happens(RUN, "run.waiting", "reason", "agents");
        assertThat(views).noneMatch(ChatView::isOver);
    }

    @Test
    void a_message_that_is_written_anew_after_a_crash_is_said_once() {
        says("m1", "It is ", "cold");
        happens(RUN, "message.dropped", "message_id", "m1");
        says("m2", "It ", "is co", "ld and windy.");
        wrote("m2", "It is cold and windy.");
        stops();
        assertBoth("It is cold and windy.", "stop");
    }

    @Test
    void a_message_that_is_another_one_after_a_crash_replaces_what_can_be_taken_back() {
        says("m0", "First.");
        wrote("m0", "First.", NotedAnswer.call("c1", "theirs"));
        says("m1", "It is cold");
        happens(RUN, "message.dropped", "message_id", "m1");
        says("m2", "It is", " warm");
        wrote("m2", "It is warm");
        stops();
        assertThat(whole.content).hasToString("First.\n\nIt is warm");
        assertThat(streamed.content).hasToString("First.\n\nIt is cold\n\nIt is warm");
    }

    @Test
    void a_message_that_is_shorter_after_a_crash_is_said_once() {
        says("m1", "It is cold");
        happens(RUN, "message.dropped", "message_id", "m1");
        says("m2", "It is");
        wrote("m2", "It is");
        says("m3", "More");
        stops();
        assertThat(whole.content).hasToString("It is\n\nMore");
        assertThat(streamed.content).hasToString("It is cold\n\nMore");
    }

    @Test
    void a_dropped_first_message_leaves_nothing_behind() {
        says("m1", "Wrong");
        happens(RUN, "message.dropped", "message_id", "m1");
        says("m2", "Right");
        stops();
        assertThat(whole.content).hasToString("Right");
    }

    @Test
    void thoughts_are_thoughts() {
        happens(RUN, "thought.added", "message_id", "m1", "text", "Hm.");
        says("m1", "Yes.");
        stops();
        assertThat(streamed.thoughts).hasToString("Hm.");
        assertBoth("Yes.", "stop");
    }

    @Test
    void the_reason_is_the_runs() {
        says("m1", "Cut o");
        happens(RUN, "run.stopped", "finish_reason", "length");
        assertBoth("Cut o", "length");
    }

    @Test
    void a_result_without_a_message_is_the_message() {
        happens(
                RUN,
                "run.stopped",
                "output",
                new JsonObject().put("total", 3),
                "usage",
                new JsonObject().put("prompt_tokens", 4));
        assertBoth("{\"total\":3}", "stop");
        assertThat(whole.usage.getLong("prompt_tokens")).isEqualTo(4);
    }

    @Test
    void a_run_that_failed_says_so_with_a_status() {
        happens(RUN, "error.occurred", "code", "x", "message", "survived");
        happens(CHILD, "run.failed", "code", "timeout", "message", "inner");
        assertThat(views).noneMatch(ChatView::isOver);
        happens(RUN, "run.failed", "code", "insufficient_quota", "message", "No money left.");
        assertThat(whole.failure.status()).isEqualTo(429);
        assertThat(whole.failure.type()).isEqualTo("insufficient_quota");
        assertThat(whole.failure.getMessage()).isEqualTo("No money left.");
        assertThat(whole.failure.headers()).containsEntry("x-should-retry", "false");
    }

    @Test
    void a_code_that_nobody_knows_is_an_error_of_the_server() {
        happens(RUN, "run.failed", "code", "steps_exceeded", "message", "Too many steps.");
        assertThat(whole.failure.status()).isEqualTo(500);
        assertThat(whole.failure.code()).isEqualTo("steps_exceeded");
    }

    @Test
    void a_cancelled_run_is_a_conflict_that_is_not_to_be_tried_again() {
        happens(RUN, "run.cancelled", "by", "usr_2");
        assertThat(streamed.failure.status()).isEqualTo(409);
        assertThat(streamed.failure.headers()).containsEntry("x-should-retry", "false");
    }
}
