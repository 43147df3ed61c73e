package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.JsonBody;
import io.gotthard.kit.Settings;
import io.gotthard.models.Kind;
import io.gotthard.models.Upstream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What upstreams get of a request that came in Anthropic's words. */
class AnthropicOriginalTest {

    private static final String CHAT = """
        {"model":"public","max_tokens":7,"messages":[{"role":"user","content":"Hello"}]}\
        """;

    private static Translator.Request request(String yaml, String source, Map<String, String> parameters) {
        var upstream = Settings.read(Upstream.class, yaml, "test", name -> null);
        var body = JsonBody.translation(Buffer.buffer(CHAT), JsonBody.parse(Buffer.buffer(source)));
        var call = new Call("id", "request", null, parameters, body);
        return OpenAi.translator(upstream).request(new Question(Kind.CHAT, call, "public", "up", "there", new Tally()));
    }

    private static final String ANTHROPIC = "{protocol: anthropic, url: \"http://127.0.0.1:1\", key: k}";

    @Test
    void who_speaks_Messages_gets_it_byte_for_byte_but_for_the_model() {
        var sent = request(ANTHROPIC, """
            {"model":"public", "max_tokens":7, "thinking":{"type":"enabled","budget_tokens":1024}, "top_k":1.50,
            "tools":[{"type":"web_search_20250305","name":"web_search"}], "messages":[{"role":"user","content":"Hello"}]}\
            """, Map.of("anthropic-beta", "a-1,b-2", "anthropic-version", "2099-01-01"));
        assertThat(sent.body()).hasToString("""
            {"model":"there","max_tokens":7,"thinking":{"type":"enabled","budget_tokens":1024},"top_k":1.50,\
            "tools":[{"type":"web_search_20250305","name":"web_search"}],"messages":[{"role":"user","content":"Hello"}]}\
            """);
        assertThat(sent.path()).isEqualTo("/v1/messages");
        assertThat(sent.headers())
                .containsOnly(
                        Map.entry("anthropic-beta", "a-1,b-2"),
                        Map.entry("anthropic-version", "2023-06-01"),
                        Map.entry("x-api-key", "k"));
    }

    @Test
    void thoughts_without_a_signature_are_another_models_and_left_out() {
        var sent = request(ANTHROPIC, """
            {"model":"public","max_tokens":7,"messages":[{"role":"user","content":"Hello"},
            {"role":"assistant","content":[{"type":"thinking","thinking":"a","signature":""},{"type":"text","text":"b"}]},
            {"role":"assistant","content":[{"type":"thinking","thinking":"a","signature":""}]},
            {"role":"assistant","content":[{"type":"thinking","thinking":"a","signature":"s"}]}]}\
            """, Map.of());
        assertThat(new JsonObject(sent.body()).getJsonArray("messages").encode())
                .isEqualTo("""
                    [{"role":"user","content":"Hello"},{"role":"assistant","content":[{"type":"text","text":"b"}]},\
                    {"role":"assistant","content":[{"type":"thinking","thinking":"a","signature":"s"}]}]\
                    """);
    }

    @Test
    void who_speaks_something_else_gets_the_chat_and_OpenAI_itself_its_newer_word() {
        var others = request("{protocol: openai, url: \"http://127.0.0.1:1/v1\"}", "{\"model\":\"public\"}", Map.of());
        assertThat(new JsonObject(others.body())).isEqualTo(new JsonObject(CHAT).put("model", "there"));
        var newest = new JsonObject(CHAT).put("model", "there").put("max_completion_tokens", 7);
        newest.remove("max_tokens");
        var openai = request("{protocol: openai, url: \"https://api.openai.com/v1\"}", "{\"model\":\"p\"}", Map.of());
        assertThat(new JsonObject(openai.body())).isEqualTo(newest);
        var azure = request("{protocol: azure, url: \"https://x.openai.azure.com\"}", "{\"model\":\"p\"}", Map.of());
        assertThat(new JsonObject(azure.body())).isEqualTo(newest);
    }
}
