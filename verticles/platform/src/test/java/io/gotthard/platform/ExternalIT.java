package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The SwissAI dialect where it depends on the configuration or on the upstream, and what is no URL at all. */
class ExternalIT {

    private static final String CHAT = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

    private static HttpResponse<String> ask(RunningPlatform platform) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(platform.url().resolve("/api/v1/external/chat/completions"))
                    .header("authorization", "Bearer " + RunningPlatform.KEY)
                    .header("content-type", "application/json")
                    .POST(BodyPublishers.ofString(CHAT))
                    .build();
            return client.send(request, BodyHandlers.ofString());
        }
    }

    @Test
    void last_words_do_not_share_a_chunk_with_the_end_and_the_public_name_is_configurable() throws Exception {
        try (var platform = RunningPlatform.start("external: {model: last-words, public_name: apertus}")) {
            var events = List.of(ask(platform).body().split("\n\n"));
            assertThat(events.getLast()).isEqualTo("data: [DONE]");
            var chunks = events.stream()
                    .limit(events.size() - 1)
                    .map(event -> new JsonObject(event.substring("data: ".length())))
                    .toList();
            assertThat(chunks)
                    .hasSize(3)
                    .allMatch(chunk -> chunk.getString("model").equals("apertus"));
            assertThat(chunks.stream()
                            .map(ExternalIT::choice)
                            .map(choice -> choice.getJsonObject("delta").encode()))
                    .containsExactly(
                            "{\"role\":\"assistant\",\"content\":\"All at\"}", "{\"content\":\" once.\"}", "{}");
            assertThat(chunks.stream().map(ExternalIT::choice).map(choice -> choice.getString("finish_reason")))
                    .containsExactly(null, null, "length");
        }
    }

    private static JsonObject choice(JsonObject chunk) {
        return chunk.getJsonArray("choices").getJsonObject(0);
    }

    @ParameterizedTest
    @CsvSource({"fault-429, 429, rate_limit_error", "fault-500, 502, server_error", "fault-503, 503, server_error"})
    void what_fails_at_the_upstream_fails_here(String model, int status, String type) throws Exception {
        try (var platform = RunningPlatform.start("external: {model: " + model + "}")) {
            var answer = ask(platform);
            assertThat(answer.statusCode()).isEqualTo(status);
            var error = new JsonObject(answer.body()).getJsonObject("error");
            assertThat(error.fieldNames()).containsExactlyInAnyOrder("message", "type", "param", "code");
            assertThat(error.getString("type")).isEqualTo(type);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models?a=%zz", "/v1/models/hello?%", "/v1/models/%zz", "/nowhere?x=%G"})
    void what_is_no_url_is_a_400_in_the_usual_shape(String path) throws Exception {
        try (var platform = RunningPlatform.start()) {
            assertThat(raw(platform, path))
                    .containsAnyOf("HTTP/1.1 400 ", "HTTP/1.1 404 ")
                    .contains("\"code\":\"bad_url\"");
        }
    }

    /** Past what a client of Java would not send. */
    private static String raw(RunningPlatform platform, String path) throws IOException {
        try (var socket = new Socket(platform.url().getHost(), platform.url().getPort())) {
            var lines = Stream.of(
                    "GET " + path + " HTTP/1.1",
                    "Host: a",
                    "Connection: close",
                    "Authorization: Bearer " + RunningPlatform.KEY);
            socket.getOutputStream()
                    .write((String.join("\r\n", lines.toList()) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
