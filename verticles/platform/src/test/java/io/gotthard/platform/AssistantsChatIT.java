package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An assistant that is asked as a model: down to the bytes, for those who may not, and for those who leave. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class AssistantsChatIT extends OnAssistants {

    /** Reads a stream until a line says this, and leaves. */
    private static HttpResponse<?> leave(JsonObject body, String word) {
        try (var own = HttpClient.newHttpClient()) {
            var answer =
                    own.send(request(RunningPlatform.KEY, body, Map.of()), HttpResponse.BodyHandlers.ofInputStream());
            try (var lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                for (var line = lines.readLine(); !line.contains(word); line = lines.readLine()) {
                    assertThat(line).isNotNull();
                }
            }
            own.shutdownNow();
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void the_sdk_for_java_finds_nothing_wrong_with_answers_and_streams() {
        var sdk = OpenAIOkHttpClient.builder()
                .baseUrl(assistants.platform().url() + "/v1")
                .apiKey(RunningPlatform.KEY)
                .maxRetries(0)
                .responseValidation(true)
                .build();
        try {
            var question = ChatCompletionCreateParams.builder()
                    .model(MODEL)
                    .addUserMessage("both Airolo")
                    .build();
            var words = "The tools said: {\"place\":\"Airolo\",\"sky\":\"clear\"}, AIROLO";
            var whole = sdk.chat().completions().create(question);
            assertThat(whole.choices().getFirst().message().content()).contains(words);
            try (var stream = sdk.chat().completions().createStreaming(question)) {
                assertThat(JavaClient.accumulated(stream.stream().toList()).content())
                        .contains(words);
            }
        } finally {
            sdk.close();
        }
    }

    @Test
    void a_stream_is_what_openai_clients_rely_on() {
        var text = ask(question("weather Airolo", "stream", true, "stream_options", object("include_usage", true)))
                .body();
        assertThat(text).endsWith("data: [DONE]\n\n").doesNotContain("\r", "tool_calls", "\"error\"");
        var chunks = text.lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> new JsonObject(line.substring(6)))
                .toList();
        assertThat(chunks).allSatisfy(chunk -> {
            assertThat(chunk.getString("id"))
                    .startsWith("chatcmpl-")
                    .isEqualTo(chunks.getFirst().getString("id"));
            assertThat(chunk.getString("object")).isEqualTo("chat.completion.chunk");
            assertThat(chunk.getString("model")).isEqualTo(MODEL);
            assertThat(chunk.containsKey("usage")).isTrue();
        });
        assertThat(chunks.getLast().getJsonArray("choices")).isEmpty();
        assertThat(chunks.getLast().getJsonObject("usage").getInteger("total_tokens"))
                .isEqualTo(30);
    }

    @Test
    void an_assistant_answers_with_its_instructions_and_the_callers_parameters() {
        var marker = UUID.randomUUID().toString();
        content(ask(question(marker, "temperature", 0.25, "stop", list("END"))));
        var asked = assistants.upstream().visits("mind").stream()
                .map(visit -> new JsonObject(visit.body))
                .filter(body -> body.encode().contains(marker))
                .toList();
        assertThat(asked).hasSize(1);
        assertThat(asked.getFirst().getDouble("temperature")).isEqualTo(0.25);
        assertThat(asked.getFirst().getJsonArray("stop")).isEqualTo(list("END"));
        assertThat(asked.getFirst().getJsonArray("messages").getJsonObject(0).getString("content"))
                .isEqualTo("You are a guide.");
        assertThat(asked.getFirst().containsKey("metadata")).isFalse();
    }

    @Test
    void other_peoples_threads_and_assistants_are_as_unknown_ones() {
        var mine = ask(question("hello"));
        content(mine);
        var tenant = assistants
                .admin()
                .post("/tenants", object("name", "Strangers " + UUID.randomUUID()))
                .id();
        var stranger = member(tenant, "gotthard.admin.>");
        var theirs = ask(stranger, question("hello").mergeIn(in(thread(mine))), Map.of());
        var unknown = ask(stranger, question("hello").mergeIn(in("thr_" + "a".repeat(24))), Map.of());
        assertThat(theirs.statusCode()).isEqualTo(404);
        assertThat(theirs.body()).isEqualTo(unknown.body());

        var excluded = member(tenant, "gotthard.user.model.>");
        var forbidden = ask(excluded, question("hello"), Map.of());
        assertThat(forbidden.statusCode()).isEqualTo(404);
        assertThat(error(forbidden).getString("code")).isEqualTo("model_not_found");
        assertThat(error(forbidden).getString("message"))
                .isEqualTo(error(ask(excluded, question("hello").put("model", "Assistant/nope"), Map.of()))
                        .getString("message")
                        .replace("Assistant/nope", MODEL));
    }

    private static String member(String tenant, String rule) {
        var admin = assistants.admin();
        var user = admin.post("/users", object("email", UUID.randomUUID() + "@example.org", "name", "Somebody"))
                .id();
        admin.put("/tenants/" + tenant + "/members/" + user).ok();
        var role = admin.post(
                        "/roles", object("name", "Role " + UUID.randomUUID(), "tenant", tenant, "rules", list(rule)))
                .id();
        admin.put("/tenants/" + tenant + "/members/" + user + "/roles/" + role).ok();
        return admin.post("/keys", object("name", "a key", "account", user, "tenant", tenant))
                .ok()
                .json()
                .getString("key");
    }

    @Test
    void who_leaves_a_thread_that_was_made_for_the_call_ends_the_run() {
        var left = leave(question("wait", "stream", true), "Well");
        var run = "/runs/" + left.headers().firstValue("x-gotthard-run").orElseThrow();
        Await.until(
                "the run is cancelled",
                () -> "cancelled".equals(assistants.admin().get(run).ok().json().getString("status")));
    }

    @Test
    void who_leaves_a_thread_that_they_named_finds_the_answer_in_it() {
        var go = new CountDownLatch(1);
        assistants.upstream().on("mind", visit -> {
            var last = new JsonObject(visit.body).getJsonArray("messages");
            if (!last.getJsonObject(last.size() - 1).encode().contains("slowly")) {
                new ScriptedMind().play(visit);
                return;
            }
            visit.open();
            visit.word("Slow");
            try {
                assertThat(go.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            visit.word("ly said.");
            visit.finish();
            visit.event("[DONE]");
            visit.end();
        });
        try {
            var thread = thread(ask(question("hello")));
            leave(question("slowly", "stream", true).mergeIn(in(thread)), "Slow");
            go.countDown();
            Await.until("the answer is in the thread", () -> {
                var marker = UUID.randomUUID().toString();
                var answer = ask(question(marker).mergeIn(in(thread)));
                return answer.statusCode() == 200
                        && assistants.upstream().visits("mind").stream()
                                .anyMatch(visit -> visit.body.contains(marker) && visit.body.contains("Slowly said."));
            });
        } finally {
            go.countDown();
            assistants.upstream().on("mind", new ScriptedMind());
        }
    }

    @Test
    void the_same_idempotency_key_runs_an_assistant_once() {
        var marker = UUID.randomUUID().toString();
        var key = Map.of("idempotency-key", marker);
        var first = ask(RunningPlatform.KEY, question("weather " + marker), key);
        var second = ask(RunningPlatform.KEY, question("weather " + marker), key);
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(assistants.tools().called().stream().filter(call -> call.contains(marker)))
                .hasSize(1);
    }

    @Test
    void an_assistant_that_was_changed_works_as_it_is_now() {
        var admin = assistants.admin();
        admin.post("/agents", object("name", "changing", "model", "mind", "instructions", "Before."))
                .ok();
        var asked = question("hello").put("model", "Assistant/changing");
        content(ask(asked));
        admin.patch("/agents/Assistant/changing", object("instructions", "After."))
                .ok();
        content(ask(asked));
        assertThat(assistants.upstream().visits("mind").getLast().body)
                .contains("After.")
                .doesNotContain("Before.");
        admin.delete("/agents/Assistant/changing").ok();
        assertThat(ask(asked).statusCode()).isEqualTo(404);
        var ids = new JsonObject(get("/v1/models"))
                .getJsonArray("data").stream()
                        .map(model -> ((JsonObject) model).getString("id"))
                        .toList();
        assertThat(ids).contains("mind", MODEL).doesNotContain("Assistant/changing");
    }

    private static String get(String path) {
        var request = HttpRequest.newBuilder(assistants.platform().url().resolve(path))
                .header("authorization", "Bearer " + RunningPlatform.KEY)
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void an_error_has_all_four_members() {
        var refused = ask(question("hello", "n", 3));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(error(refused).fieldNames()).containsExactlyInAnyOrder("message", "type", "param", "code");
        assertThat(List.of(error(refused).getString("param"), error(refused).getString("code")))
                .containsExactly("n", "unsupported_parameter");
        assertThat(new JsonArray().add(error(refused).getString("message")).encode())
                .contains("'n' must be 1");
    }
}
