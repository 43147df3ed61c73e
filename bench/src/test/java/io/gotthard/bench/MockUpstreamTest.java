package io.gotthard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class MockUpstreamTest {

    private final MockUpstream mock = new MockUpstream();
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeEach
    void start(Vertx vertx) {
        vertx.deployVerticle(mock).await();
    }

    @AfterEach
    void stop() {
        client.close();
    }

    @Test
    void an_answer_at_once_is_a_completion_with_its_usage() throws Exception {
        var answer = new JsonObject(ask("{\"model\": \"bench\"}").body());

        assertThat(answer.getString("object")).isEqualTo("chat.completion");
        assertThat(answer.getJsonObject("usage").getInteger("total_tokens")).isEqualTo(187);
    }

    @Test
    void a_delayed_answer_is_the_same_but_later() throws Exception {
        long asked = System.nanoTime();
        var answer = ask("{\"model\": \"bench-delayed\"}").body();

        assertThat(System.nanoTime() - asked).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(19));
        assertThat(answer).isEqualTo(ask("{\"model\": \"bench\"}").body());
    }

    @Test
    void a_stream_is_a_hundred_chunks_the_last_with_a_finish_reason_and_done() throws Exception {
        var events = events("{\"model\": \"bench\", \"stream\": true}");

        assertThat(events).hasSize(101);
        assertThat(new JsonObject(events.get(99))
                        .getJsonArray("choices")
                        .getJsonObject(0)
                        .getString("finish_reason"))
                .isEqualTo("stop");
        assertThat(events.subList(0, 99)).allMatch(event -> event.contains("\"finish_reason\":null"));
        assertThat(events.getLast()).isEqualTo("[DONE]");
    }

    @Test
    void a_stream_ends_with_its_usage_if_that_was_asked_for() throws Exception {
        var events = events("{\"model\": \"bench\", \"stream\": true, \"stream_options\": {\"include_usage\": true}}");

        assertThat(events).hasSize(102);
        assertThat(new JsonObject(events.get(100)).getJsonObject("usage").getInteger("completion_tokens"))
                .isEqualTo(100);
    }

    @Test
    void requests_and_events_are_counted() throws Exception {
        ask("{\"model\": \"bench\"}");
        events("{\"model\": \"bench\", \"stream\": true}");

        assertThat(send(HttpRequest.newBuilder(uri("/counts"))).body()).isEqualTo("2 101\n");
    }

    @Test
    void a_body_that_is_not_json_is_refused_and_not_counted() throws Exception {
        assertThat(ask("{").statusCode()).isEqualTo(400);
        assertThat(ask("").statusCode()).isEqualTo(400);

        assertThat(send(HttpRequest.newBuilder(uri("/counts"))).body()).isEqualTo("0 0\n");
    }

    private List<String> events(String body) throws Exception {
        return ask(body)
                .body()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length()))
                .toList();
    }

    private HttpResponse<String> ask(String body) throws Exception {
        return send(HttpRequest.newBuilder(uri("/v1/chat/completions")).POST(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + mock.port() + path);
    }
}
