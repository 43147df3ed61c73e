package io.gotthard.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgUiInputTest {

    private static AgUiInput read(String members) {
        return AgUiInput.of(new JsonObject("{\"threadId\": \"t\", \"runId\": \"r\", " + members + "}"));
    }

    private static Object content(String part) {
        var input = read("\"messages\": [{\"id\": \"1\", \"role\": \"user\", \"content\": [" + part + "]}]");
        return ((JsonArray) input.news().getFirst().getValue("content")).getValue(0);
    }

    @Test
    void what_is_new_is_behind_the_last_words_of_the_assistant_and_outputs_are_found_wherever_they_are() {
        var input = read("""
            "messages": [
                {"id": "0", "role": "developer", "content": "Be kind."},
                {"id": "1", "role": "user", "content": "One"},
                {"id": "2", "role": "assistant", "toolCalls": [{"id": "call_1"}]},
                {"id": "3", "role": "tool", "toolCallId": "call_1", "content": "seen"},
                {"id": "4", "role": "assistant", "content": "Two"},
                {"id": "5", "role": "reasoning", "content": "Hm."},
                {"id": "6", "role": "user", "content": "Three"}]\
            """);
        assertThat(input.news())
                .extracting(message -> message.getString("content"))
                .containsExactly("Three");
        assertThat(input.said())
                .extracting(message -> message.getString("role"))
                .containsExactly("system", "user", "assistant", "user");
        assertThat(input.outputs()).containsEntry("call_1", "seen").hasSize(1);
        assertThat(input.answersLast()).isFalse();
        assertThat(input.title()).isEqualTo("One");
    }

    @Test
    void functions_context_and_what_is_passed_on_are_in_our_words() {
        var input = read("""
            "messages": [{"id": "1", "role": "user", "content": "Hi"}], "state": {},
            "tools": [{"name": "show_map", "description": "Shows", "parameters": {"type": "object"}}, {"name": "bare"}],
            "context": [{"description": "page", "value": "passes"}], "forwardedProps": {"colour": "red"}\
            """);
        assertThat(input.functions().getJsonObject(0).getJsonObject("function").getString("description"))
                .isEqualTo("Shows");
        assertThat(input.functions().getJsonObject(1).getJsonObject("function").fieldNames())
                .containsExactly("name");
        assertThat(input.context().getString("content")).contains("page: passes");
        assertThat(input.input()).isEqualTo(new JsonObject().put("colour", "red"));
    }

    @Test
    void parts_become_those_of_openai() {
        assertThat(content("{\"type\": \"text\", \"text\": \"Hi\"}"))
                .isEqualTo(new JsonObject().put("type", "text").put("text", "Hi"));
        assertThat(content("""
            {"type": "image", "source": {"type": "data", "value": "AAAA", "mimeType": "image/png"}}\
            """)).isEqualTo(new JsonObject("""
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}\
                """));
        assertThat(content("""
            {"type": "image", "source": {"type": "url", "value": "https://example.org/a.png"}}\
            """)).isEqualTo(new JsonObject("""
                {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}\
                """));
        assertThat(content("""
            {"type": "audio", "source": {"type": "data", "value": "AAAA", "mimeType": "audio/mpeg"}}\
            """)).isEqualTo(new JsonObject("""
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}\
                """));
        assertThat(content("""
            {"type": "document", "source": {"type": "data", "value": "AAAA", "mimeType": "application/pdf"},
                "metadata": {"filename": "a.pdf"}}\
            """)).isEqualTo(new JsonObject("""
                {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA", "filename": "a.pdf"}}\
                """));
        assertThat(content("""
            {"type": "binary", "mimeType": "image/png", "data": "AAAA"}\
            """)).isEqualTo(content("""
                {"type": "image", "source": {"type": "data", "value": "AAAA", "mimeType": "image/png"}}\
                """));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "state|'messages': [], 'state': {'count': 1}",
                "state|'messages': [], 'state': 0",
                "forwardedProps|'messages': [], 'forwardedProps': 'x'",
                "messages[0].role|'messages': [{'role': 'wizard'}]",
                "messages[0].content|'messages': [{'role': 'user', 'content': ''}]",
                "messages[0].content|'messages': [{'role': 'user', 'content': 7}]",
                "messages[0].content|'messages': [{'role': 'user'}]",
                "messages[0].content[0]|'messages': [{'role': 'user', 'content': ['x']}]",
                "messages[0].content[0]|'messages': [{'role': 'user', 'content': [{'type': 'text'}]}]",
                "messages[0].content[0]|'messages': [{'role': 'user', 'content': [{'type': 'video', 'source': {'type':"
                        + " 'data', 'value': 'A', 'mimeType': 'video/mp4'}}]}]",
                "messages[0].content[0]|'messages': [{'role': 'user', 'content': [{'type': 'image', 'source': {'type':"
                        + " 'file', 'value': 'file_1'}}]}]",
                "messages[0].content[0]|'messages': [{'role': 'user', 'content': [{'type': 'image', 'source': {'type':"
                        + " 'data', 'value': 5, 'mimeType': 7}}]}]",
                "messages[0].content[0]|'messages': [{'role': 'user', 'content': [{'type': 'binary', 'mimeType':"
                        + " 'image/png', 'id': 'x'}]}]",
                "messages[0].toolCallId|'messages': [{'role': 'tool', 'content': 'x'}]",
                "messages[0].content[0]|'messages': [{'role': 'tool', 'toolCallId': 'c', 'content': [{'type':"
                        + " 'image'}]}]",
                "messages[0].content[0]|'messages': [{'role': 'tool', 'toolCallId': 'c', 'content': [{'type': 'text',"
                        + " 'text': 7}]}]",
                "tools[0].name|'messages': [], 'tools': [{'name': 1}]",
                "context[0].value|'messages': [], 'context': [{'description': 'x'}]",
                "resume[0].interruptId|'messages': [], 'resume': [{'status': 'resolved'}]",
                "resume[0].status|'messages': [], 'resume': [{'interruptId': 'x', 'status': 'maybe'}]"
            })
    void what_is_not_good_or_not_possible_is_refused_by_name(String param, String members) {
        assertThatThrownBy(() -> read(members.replace('\'', '"'))).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.status()).isEqualTo(400);
            assertThat(failure.param()).isEqualTo(param);
            assertThat(failure.getMessage()).contains(param.substring(param.lastIndexOf('.') + 1));
        });
    }

    @Test
    void answers_to_interrupts_are_read() {
        assertThat(read("""
            "messages": [], "resume": [{"interruptId": "a", "status": "resolved", "payload": true},
                {"interruptId": "b", "status": "cancelled"}]\
            """).resume())
                .isEqualTo(List.of(new AgUiInput.Reply("a", false, true), new AgUiInput.Reply("b", true, null)));
    }
}
