package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.kit.Settings;
import io.gotthard.models.Kind;
import io.gotthard.models.Upstream;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How the protocols tell which models there are. */
class ListingTest {

    private static Listing of(String protocol) {
        return OpenAi.translator(Settings.read(
                        Upstream.class,
                        "{protocol: " + protocol + ", url: 'http://h', key: secret}",
                        "test.yaml",
                        name -> null))
                .listing();
    }

    private static List<Found> read(String protocol, String answer) {
        return of(protocol).read(new JsonObject(answer.replace('\'', '"')));
    }

    @Test
    void openai_and_what_is_like_it_tell_names_only() {
        assertThat(of("openai").path()).isEqualTo("/models");
        assertThat(of("openai").headers()).containsEntry("authorization", "Bearer secret");
        assertThat(read("openai", "{'data':[{'id':'gpt-5.4'},{'id':'gpt-5.4'},{'id':'whatever'}]}"))
                .containsExactly(new Found("gpt-5.4", Found.ANY), new Found("whatever", Found.ANY));
    }

    @Test
    void anthropic_is_asked_with_its_own_headers() {
        assertThat(of("anthropic").path()).isEqualTo("/v1/models?limit=1000");
        assertThat(of("anthropic").headers())
                .containsEntry("x-api-key", "secret")
                .containsKey("anthropic-version");
        assertThat(read("anthropic", "{'data':[{'type':'model','id':'claude-x'}],'has_more':false}"))
                .containsExactly(new Found("claude-x", Found.ANY));
    }

    @Test
    void ollama_tells_what_its_models_are_made_of() {
        assertThat(of("ollama").path()).isEqualTo("/api/tags");
        assertThat(
                        read(
                                "ollama",
                                "{'models':[{'name':'llama3.3:70b','details':{'family':'llama'}},{'name':'nomic','details':{'family':'nomic-bert'}}]}"))
                .containsExactly(new Found("llama3.3:70b", Found.ANY), new Found("nomic", Set.of(Kind.EMBEDDING)));
    }

    @Test
    void gemini_tells_what_its_models_can_do() {
        assertThat(of("gemini").path()).isEqualTo("/models?pageSize=1000");
        assertThat(read(
                        "gemini",
                        "{'models':[{'name':'models/gemini-x','supportedGenerationMethods':['generateContent','countTokens']},"
                            + "{'name':'models/embed','supportedGenerationMethods':['embedContent']},"
                            + "{'name':'models/aqa','supportedGenerationMethods':['generateAnswer']}]}"))
                .containsExactly(new Found("gemini-x", Set.of(Kind.CHAT)), new Found("embed", Set.of(Kind.EMBEDDING)));
    }
}
