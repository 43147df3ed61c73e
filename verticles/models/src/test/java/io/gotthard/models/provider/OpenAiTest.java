package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Usage;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Golden files, a folder for each case: what a client asks, what therefore reaches the upstream, what that answers, and what
 * the client gets, compared byte by byte; and the usage that is billed.
 */
@Timeout(60)
class OpenAiTest {

    private static OpenAiAsker asker;

    @BeforeAll
    static void start() {
        asker = new OpenAiAsker();
    }

    @AfterAll
    static void stop() {
        asker.close();
    }

    /** One case; files end with a line feed that is not part of the JSON. */
    record Golden(Path folder) {

        private String file(String name) throws IOException {
            return Files.readString(folder.resolve(name));
        }

        private String json(String name) throws IOException {
            var text = file(name);
            return text.substring(0, text.length() - 1);
        }

        private Usage usage() throws IOException {
            var usage = new JsonObject(file("usage.json"));
            return new Usage(
                    new JsonObject(file("request.json")).getString("model"),
                    "up",
                    usage.getLong("promptTokens"),
                    usage.getLong("completionTokens"),
                    usage.getLong("cachedTokens"),
                    usage.getLong("reasoningTokens"),
                    usage.getBoolean("reported"));
        }

        @Override
        public String toString() {
            return folder.getFileName().toString();
        }
    }

    private static Stream<Golden> cases(boolean streams) throws IOException, URISyntaxException {
        var root = Path.of(OpenAiTest.class.getResource("/golden/openai").toURI());
        try (var folders = Files.list(root)) {
            return folders
                    .filter(folder -> folder.getFileName().toString().startsWith("stream") == streams)
                    .sorted()
                    .map(Golden::new)
                    .toList()
                    .stream();
        }
    }

    static Stream<Golden> whole() throws IOException, URISyntaxException {
        return cases(false);
    }

    static Stream<Golden> streams() throws IOException, URISyntaxException {
        return cases(true);
    }

    @ParameterizedTest
    @MethodSource("whole")
    void an_answer_is_passed_on(Golden golden) throws Exception {
        asker.upstream(200, "application/json", Buffer.buffer(golden.json("upstream-response.json")));

        var answers = asker.answers(golden.json("request.json"));

        assertThat(asker.received().body()).hasToString(golden.json("upstream-request.json"));
        assertThat(answers).hasSize(1);
        assertThat(answers.getFirst().status()).isEqualTo(200);
        assertThat(answers.getFirst().contentType()).isEqualTo(Answer.JSON);
        assertThat(answers.getFirst().body()).hasToString(golden.json("response.json"));
        assertThat(answers.getFirst().usage()).isEqualTo(golden.usage());
    }

    @ParameterizedTest
    @MethodSource("streams")
    void a_stream_is_passed_on_at_once(Golden golden) throws Exception {
        var sent = golden.file("upstream-response.sse");
        asker.upstream(200, "text/event-stream", Buffer.buffer(sent));
        verify(golden);
    }

    @ParameterizedTest
    @MethodSource("streams")
    void a_stream_with_other_line_ends_is_the_same(Golden golden) throws Exception {
        var sent = golden.file("upstream-response.sse").replace("\n", "\r\n");
        asker.upstream(200, "text/event-stream; charset=utf-8", Buffer.buffer(sent));
        verify(golden);
    }

    @ParameterizedTest
    @MethodSource("streams")
    void a_stream_in_many_pieces_is_the_same(Golden golden) throws Exception {
        var sent = Buffer.buffer(golden.file("upstream-response.sse"));
        asker.upstream(request -> pieces(request, sent, 7));
        verify(golden);
    }

    private static void pieces(HttpServerRequest request, Buffer all, int length) {
        var response = request.response()
                .putHeader("content-type", "text/event-stream")
                .setChunked(true);
        piece(response, all, 0, length).onSuccess(done -> response.end());
    }

    private static Future<Void> piece(HttpServerResponse response, Buffer all, int at, int length) {
        int end = Math.min(all.length(), at + length);
        var written = response.write(all.getBuffer(at, end));
        return end == all.length() ? written : written.compose(next -> piece(response, all, end, length));
    }

    private static void verify(Golden golden) throws Exception {
        var answers = asker.answers(golden.json("request.json"));

        assertThat(asker.received().body()).hasToString(golden.json("upstream-request.json"));
        assertThat(answers.getFirst().status()).isEqualTo(200);
        assertThat(answers.getFirst().contentType()).isEqualTo(Answer.SSE);
        assertThat(OpenAiAsker.text(answers)).isEqualTo(golden.file("response.sse"));
        assertThat(answers.getLast().usage()).isEqualTo(golden.usage());
        assertThat(answers.subList(0, answers.size() - 1)).allMatch(answer -> answer.usage() == null);
    }

    @Test
    void the_answer_that_opens_a_stream_brings_the_first_events_along() {
        asker.upstream(200, "text/event-stream", Buffer.buffer("data: {\"choices\":[]}\n\ndata: [DONE]\n\n"));

        var answers = asker.answers("{\"model\":\"public/chat\",\"stream\":true,\"messages\":[]}");

        assertThat(answers.getFirst().body()).hasToString("data: {\"choices\":[]}\n\ndata: [DONE]\n\n");
    }

    @Test
    void the_request_has_the_path_and_the_headers_of_the_upstream_and_none_of_the_client() throws Exception {
        asker.upstream(200, "application/json", Buffer.buffer("{}"));
        for (var request : List.of(
                "{\"model\":\"public/chat\",\"messages\":[]}",
                "{\"model\":\"public/completion\",\"prompt\":\"\"}",
                "{\"model\":\"public/embedding\",\"input\":\"\"}")) {
            asker.answers(request);
            var received = asker.received();
            var path = request.contains("messages")
                    ? "/chat/completions"
                    : request.contains("prompt") ? "/completions" : "/embeddings";
            assertThat(received.uri()).isEqualTo("/base/v1" + path);
            assertThat(received.headers())
                    .containsOnlyKeys(
                            "host", "content-type", "content-length", "accept", "authorization", "x-request-id")
                    .containsEntry("content-type", "application/json")
                    .containsEntry("accept", "application/json")
                    .containsEntry("authorization", "Bearer " + OpenAiAsker.KEY)
                    .containsEntry("x-request-id", "request-7");
        }
    }
}
