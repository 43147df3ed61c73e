package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests of assistants that are asked as models, each class on a platform of its own. */
class OnAssistants {

    static final String MODEL = "Assistant/guide";

    static AssistantsPlatform assistants;
    static HttpClient client;

    @BeforeAll
    static void start() {
        assistants = AssistantsPlatform.start();
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        client.close();
        assistants.close();
    }

    static JsonObject question(String text, Object... more) {
        return object("model", MODEL, "messages", list(object("role", "user", "content", text)))
                .mergeIn(object(more));
    }

    static HttpRequest request(String key, JsonObject body, Map<String, String> headers) {
        var request = HttpRequest.newBuilder(assistants.platform().url().resolve("/v1/chat/completions"))
                .header("authorization", "Bearer " + key)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()));
        headers.forEach(request::header);
        return request.build();
    }

    static HttpResponse<String> ask(String key, JsonObject body, Map<String, String> headers) {
        try {
            return client.send(request(key, body, headers), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static HttpResponse<String> ask(JsonObject body) {
        return ask(RunningPlatform.KEY, body, Map.of());
    }

    static String content(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body())
                .getJsonArray("choices")
                .getJsonObject(0)
                .getJsonObject("message")
                .getString("content");
    }

    static String thread(HttpResponse<?> answer) {
        return answer.headers().firstValue("x-gotthard-thread").orElseThrow();
    }

    static JsonObject in(String thread) {
        return object("metadata", object("thread_id", thread));
    }

    static JsonObject error(HttpResponse<String> answer) {
        return new JsonObject(answer.body()).getJsonObject("error");
    }
}
