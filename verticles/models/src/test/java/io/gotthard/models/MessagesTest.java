package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What becomes of requests and answers in Anthropic's words: the folders of {@code messages/} hold what is given and what is to come
 * of it.
 *
 * <ul>
 *   <li>{@code request.json} becomes {@code chat.json}, or is refused with what is in {@code refused.json}
 *   <li>{@code completion.json} becomes {@code message.json}
 *   <li>{@code chunks.sse} become {@code events.sse}
 * </ul>
 */
class MessagesTest {

    private static final String MODEL = "public/chat";
    private static final long INPUT = 42;

    private static List<Path> cases(String file) throws IOException, URISyntaxException {
        try (var folders =
                Files.list(Path.of(MessagesTest.class.getResource("/messages").toURI()))) {
            return folders.filter(folder -> Files.exists(folder.resolve(file)))
                    .sorted()
                    .toList();
        }
    }

    static Stream<Path> requests() throws IOException, URISyntaxException {
        return cases("request.json").stream();
    }

    static Stream<Path> completions() throws IOException, URISyntaxException {
        return cases("completion.json").stream();
    }

    static Stream<Path> streams() throws IOException, URISyntaxException {
        return cases("chunks.sse").stream();
    }

    private static JsonObject json(Path folder, String file) throws IOException {
        return new JsonObject(Files.readString(folder.resolve(file)));
    }

    private static void same(JsonObject actual, JsonObject expected) {
        assertThat(actual).as(actual.encodePrettily()).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void a_request_becomes_a_chat(Path folder) throws IOException {
        var source = JsonBody.parse(Buffer.buffer(Files.readString(folder.resolve("request.json"))));
        var request = new MessagesRequest(source);
        if (Files.exists(folder.resolve("refused.json"))) {
            var expected = json(folder, "refused.json");
            assertThatThrownBy(() -> request.chat(MODEL)).isInstanceOfSatisfying(Failure.class, failure -> {
                assertThat(failure.status()).isEqualTo(400);
                same(new JsonObject().put("param", failure.param()).put("message", failure.getMessage()), expected);
            });
            return;
        }
        var chat = request.chat(MODEL);
        same(new JsonObject(chat.bytes()), json(folder, "chat.json"));
        assertThat(chat.source()).as("for an upstream that speaks Messages").isSameAs(source);
    }

    @ParameterizedTest
    @MethodSource("completions")
    void a_completion_becomes_a_message(Path folder) throws IOException {
        var completion = json(folder, "completion.json").toBuffer();
        same(new JsonObject(MessagesAnswer.of(completion, INPUT)), json(folder, "message.json"));
    }

    @ParameterizedTest
    @MethodSource("streams")
    void chunks_become_events_however_many_come_at_once(Path folder) throws IOException {
        var chunks = Files.readString(folder.resolve("chunks.sse"));
        var expected = Files.readString(folder.resolve("events.sse"));
        assertThat(events(List.of(chunks))).isEqualTo(expected);
        assertThat(events(List.of(chunks.split("(?<=\n\n)")))).isEqualTo(expected);
    }

    private static String events(List<String> writes) {
        var faults = new ArrayList<Failure>();
        var events = new MessagesEvents(MODEL, INPUT, faults::add);
        var text = new StringBuilder();
        writes.forEach(write -> text.append(events.translate(Buffer.buffer(write))));
        assertThat(faults).isEmpty();
        return text.toString();
    }

    @Test
    void a_tool_call_that_goes_on_after_another_began_is_a_fault_and_not_lost_in_silence() {
        var faults = new ArrayList<Failure>();
        var events = new MessagesEvents(MODEL, INPUT, faults::add);
        for (int index : new int[] {0, 1, 0}) {
            events.translate(Buffer.buffer(
                    "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":%d,\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":\"1\"}}]}}]}\n\n"
                            .formatted(index)));
        }
        assertThat(faults)
                .singleElement()
                .satisfies(fault -> assertThat(fault.status()).isEqualTo(502));
    }

    @Test
    void what_is_refused_later_is_named_as_the_client_wrote_it() {
        var request = new MessagesRequest(JsonBody.parse(Buffer.buffer("""
            {"model":"m","max_tokens":1,"system":"s","messages":[
              {"role":"user","content":"a"},
              {"role":"assistant","content":[{"type":"tool_use","id":"t","name":"n","input":{}}]},
              {"role":"user","content":[
                {"type":"tool_result","tool_use_id":"t","content":"x"},
                {"type":"text","text":""},
                {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"eA=="}}]}]}
            """)));
        request.chat(MODEL);
        assertThat(named(request, "messages[4].content[0].type")).isEqualTo("messages[2].content[2].type");
        assertThat(named(request, "messages[1].content")).isEqualTo("messages[0].content");
        assertThat(named(request, "messages[3].tool_call_id")).isEqualTo("messages[2].tool_call_id");
        assertThat(named(request, "messages[0].content")).isEqualTo("system.content");
        assertThat(named(request, "messages[99].content")).isEqualTo("messages[99].content");
    }

    private static String named(MessagesRequest request, String param) {
        var failure = request.named(Failure.invalid(param, "No '" + param + "'."));
        assertThat(failure.getMessage()).isEqualTo("No '" + failure.param() + "'.");
        return failure.param();
    }
}
