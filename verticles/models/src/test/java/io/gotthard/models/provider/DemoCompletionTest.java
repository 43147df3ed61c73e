package io.gotthard.models.provider;

import static io.gotthard.models.provider.DemoTest.choice;
import static io.gotthard.models.provider.DemoTest.finishReasons;
import static io.gotthard.models.provider.DemoTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.models.Kind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DemoCompletionTest {

    private DemoAsker demo;

    @BeforeEach
    void start() throws Exception {
        demo = new DemoAsker();
    }

    @AfterEach
    void stop() throws Exception {
        demo.close();
    }

    @Test
    void a_completion_continues_each_prompt() throws Exception {
        var body = new JsonObject()
                .put("prompt", new JsonArray().add("One").add("Two"))
                .put("max_tokens", 100);
        var json = demo.json(Kind.COMPLETION, body.copy().put("echo", true).put("n", 2));

        assertThat(json.getString("id")).startsWith("cmpl-");
        assertThat(json.getString("object")).isEqualTo("text_completion");
        var texts = json.getJsonArray("choices").stream()
                .map(choice -> ((JsonObject) choice).getString("text"))
                .toList();
        assertThat(texts).hasSize(4);
        assertThat(texts.get(0))
                .isEqualTo(texts.get(1))
                .startsWith("One This is")
                .endsWith("Your prompt: One");
        assertThat(texts.get(3)).startsWith("Two This is").endsWith("Your prompt: Two");
        assertThat(json.getJsonObject("usage").getInteger("prompt_tokens")).isEqualTo(2);

        var cut = choice(demo.json(Kind.COMPLETION, new JsonObject().put("prompt", "One two three four five")));
        assertThat(cut.getString("finish_reason")).isEqualTo("length");
        var ids = new JsonObject()
                .put("prompt", new JsonArray().add(1).add(2).add(3))
                .put("max_tokens", 100);
        assertThat(choice(demo.json(Kind.COMPLETION, ids)).getString("text")).endsWith("3 token ids");
        assertThat(refused(demo, Kind.COMPLETION, ids.put("echo", true)).param())
                .isEqualTo("echo");
        assertThat(refused(demo, Kind.COMPLETION, new JsonObject().put("prompt", 5))
                        .param())
                .isEqualTo("prompt");
    }

    @Test
    void a_completion_streams() throws Exception {
        var body = new JsonObject()
                .put("prompt", "One")
                .put("max_tokens", 100)
                .put("stream_options", new JsonObject().put("include_usage", true));
        var chunks = DemoAsker.chunks(demo.stream(Kind.COMPLETION, body));

        var spoken = chunks.subList(0, chunks.size() - 1);
        assertThat(spoken.stream().map(chunk -> choice(chunk).getString("text")).collect(Collectors.joining()))
                .isEqualTo(choice(demo.json(Kind.COMPLETION, body)).getString("text"));
        assertThat(finishReasons(chunks, 0)).containsExactly("stop");
        assertThat(chunks.getLast().getJsonObject("usage").getInteger("prompt_tokens"))
                .isEqualTo(1);
    }
}
