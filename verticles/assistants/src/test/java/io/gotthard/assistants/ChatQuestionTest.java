package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read from a chat request, and what is refused. */
class ChatQuestionTest {

    private static ChatQuestion read(String more, Map<String, String> parameters) {
        var json = "{\"model\":\"Assistant/a\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]" + more + "}";
        var call = new Call("1", "r", Caller.NOBODY, parameters, JsonBody.parse(Buffer.buffer(json)));
        return ChatQuestion.of(call);
    }

    private static ChatQuestion of(String... messages) {
        var json = "{\"model\":\"Assistant/a\",\"messages\":[" + String.join(",", messages) + "]}";
        return ChatQuestion.of(new Call("1", "r", Caller.NOBODY, Map.of(), JsonBody.parse(Buffer.buffer(json))));
    }

    private static String message(String role, String content) {
        return new JsonObject().put("role", role).put("content", content).encode();
    }

    private static List<String> contents(List<JsonObject> messages) {
        return messages.stream().map(message -> message.getString("content")).toList();
    }

    @Test
    void what_is_not_ours_is_the_models() {
        var question = read(
                ",\"temperature\":0.5,\"tool_choice\":\"auto\",\"response_format\":{\"type\":\"json_object\"},\"top_k\":5,"
                    + "\"stop\":null,\"n\":1,\"store\":true,\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                    + "\"metadata\":{\"thread_id\":\"thr_1\",\"ticket\":\"7\"}",
                Map.of());
        assertThat(question.overrides().fieldNames())
                .containsExactly("temperature", "tool_choice", "response_format", "top_k");
        assertThat(question.threadId()).isEqualTo("thr_1");
        assertThat(question.metadata()).isEqualTo(new JsonObject().put("ticket", "7"));
        assertThat(question.streamed()).isTrue();
        assertThat(question.withUsage()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        ,"n":2                                 | n
        ,"logprobs":true                       | logprobs
        ,"top_logprobs":3                      | top_logprobs
        ,"functions":[{"name":"f"}]            | functions
        ,"audio":{"voice":"alloy"}             | audio
        ,"modalities":["text","audio"]         | modalities
        ,"tools":[{"type":"web_search"}]       | tools[0].type
        ,"metadata":{"thread_id":5}            | metadata.thread_id
        ,"metadata":{"a":{}}                   | metadata.a
        ,"tools":[{"type":"function","function":{"name":"\\u0000"}}] | tools
        """)
    void what_a_run_can_not_do_is_refused_by_name(String more, String param) {
        var refused = catchThrowableOfType(Failure.class, () -> read(more, Map.of()));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.param()).isEqualTo(param);
    }

    @Test
    void what_says_nothing_is_not_refused() {
        var question = read(
                ",\"n\":1,\"logprobs\":false,\"top_logprobs\":0,\"functions\":[],\"modalities\":[\"text\"]", Map.of());
        assertThat(question.functions()).isEmpty();
    }

    @Test
    void a_request_that_is_limited_to_regions_is_not_answered_elsewhere() {
        var refused = catchThrowableOfType(Failure.class, () -> read("", Map.of("x-gotthard-only", "ch")));
        assertThat(refused.param()).isEqualTo("x-gotthard-only");
    }

    @Test
    void of_a_whole_conversation_only_what_is_behind_the_last_answer_is_new() {
        var question = of(
                message("system", "Be brief."),
                message("user", "One"),
                message("assistant", "1"),
                message("user", "Two"),
                message("user", "Three"));
        assertThat(contents(question.news())).containsExactly("Two", "Three");
    }

    @Test
    void without_an_answer_all_but_the_instructions_is_new() {
        assertThat(contents(of(message("developer", "Be brief."), message("user", "One"))
                        .news()))
                .containsExactly("One");
        assertThat(of(message("user", "One"), message("assistant", "1")).news()).isEmpty();
    }

    @Test
    void outputs_of_functions_are_outputs_only_if_nothing_else_is_new() {
        var output =
                "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":[{\"type\":\"text\",\"text\":\"4\"},{\"type\":\"text\",\"text\":\"2\"}]}";
        var outputs = ChatQuestion.outputs(of(message("assistant", ""), output).news());
        assertThat(outputs).hasSize(1);
        assertThat(outputs.getJsonObject(0).getString("output")).isEqualTo("42");
        assertThat(ChatQuestion.outputs(of(output, message("user", "And?")).news()))
                .isEmpty();
    }

    @Test
    void a_title_is_a_short_line() {
        assertThat(of(message("user", "  What is\nthe Gotthard?")).title()).isEqualTo("What is");
        assertThat(of(message("user", "🏔".repeat(200))).title()).isEqualTo("🏔".repeat(79) + "…");
        assertThat(of(message("system", "x")).title()).isEmpty();
    }
}
