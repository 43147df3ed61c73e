package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.kit.Settings;
import io.gotthard.models.Kind;
import io.gotthard.models.Upstream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What depends on the model's name at Google. */
class GeminiTest {

    private static final String CALLED = """
        {"model":"m","messages":[{"role":"user","content":"?"},{"role":"assistant","tool_calls":[
          {"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g","arguments":"{}"}}]},
          {"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":"2"}]}
        """;

    private static Translator.Request request(Kind kind, String model, String body) {
        var upstream = Settings.read(Upstream.class, "{protocol: gemini, url: 'http://h'}", "test", name -> null);
        var call = new Call("id", "request", null, Map.of(), JsonBody.parse(Buffer.buffer(body)));
        return new Gemini(upstream).request(new Question(kind, call, "m", "up", model, new Tally()));
    }

    private static JsonObject thinking(String model, String effort) {
        var body = "{\"model\":\"m\",\"reasoning_effort\":\"" + effort
                + "\",\"messages\":[{\"role\":\"user\",\"content\":\"?\"}]}";
        return request(Kind.CHAT, model, body)
                .body()
                .toJsonObject()
                .getJsonObject("generationConfig")
                .getJsonObject("thinkingConfig");
    }

    @ParameterizedTest
    @CsvSource({
        "gemini-3-pro, /models/gemini-3-pro:generateContent",
        "tunedModels/a b, /tunedModels/a%20b:generateContent",
        "x?y#z, /models/x%3Fy%23z:generateContent",
    })
    void a_model_is_a_resource_in_the_path(String model, String path) {
        assertThat(request(Kind.CHAT, model, CALLED).path()).isEqualTo(path);
    }

    @Test
    void an_embeddings_requests_name_their_model_again() {
        var body = request(Kind.EMBEDDING, "e", "{\"model\":\"m\",\"input\":\"one\"}")
                .body()
                .toJsonObject();
        assertThat(body.getJsonArray("requests").getJsonObject(0).getString("model"))
                .isEqualTo("models/e");
    }

    @ParameterizedTest
    @CsvSource({"none, 0", "minimal, 1024", "low, 1024", "medium, 8192", "high, 24576"})
    void older_models_are_told_how_much_to_think_in_tokens(String effort, int budget) {
        assertThat(thinking("gemini-2.5-flash", effort)).isEqualTo(new JsonObject().put("thinkingBudget", budget));
    }

    @ParameterizedTest
    @CsvSource({"none, minimal", "minimal, minimal", "low, low", "medium, medium", "high, high", "xhigh, high"})
    void newer_models_are_told_a_level(String effort, String level) {
        assertThat(thinking("gemini-3.1-pro", effort)).isEqualTo(new JsonObject().put("thinkingLevel", level));
    }

    @Test
    void an_effort_that_nobody_knows_is_refused() {
        var failure = catchThrowableOfType(Failure.class, () -> thinking("gemini-2.5-flash", "huge"));
        assertThat(failure.param()).isEqualTo("reasoning_effort");
    }

    @Test
    void a_call_whose_signature_was_lost_is_marked_where_one_is_required() {
        for (var model : new String[] {"gemini-3-pro", "gemini-2.5-flash"}) {
            var contents =
                    request(Kind.CHAT, model, CALLED).body().toJsonObject().getJsonArray("contents");
            var parts = contents.getJsonObject(1).getJsonArray("parts");
            assertThat(parts.getJsonObject(0).getString("thoughtSignature"))
                    .isEqualTo(model.contains("3") ? "skip_thought_signature_validator" : null);
            assertThat(parts.getJsonObject(1).containsKey("thoughtSignature")).isFalse();
        }
    }
}
