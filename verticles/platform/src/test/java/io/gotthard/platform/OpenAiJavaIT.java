package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.core.JsonValue;
import com.openai.core.RequestOptions;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What works with OpenAI works through the gateway, with OpenAI's SDK for Java, unmodified. */
class OpenAiJavaIT {

    private static final String WORDS = "Grüezi from behind the pass. 🏔";

    private static JavaClient sdk;

    private final String marker = "marker-" + UUID.randomUUID();

    /** A tool, as the SDK describes it from a class. */
    record Weather(String place) {}

    @BeforeAll
    static void start() {
        sdk = JavaClient.start();
    }

    @AfterAll
    static void stop() {
        sdk.close();
    }

    private ChatCompletionCreateParams.Builder ask(String model) {
        return ChatCompletionCreateParams.builder().model(model).addUserMessage(marker);
    }

    private JsonObject question() {
        var asked = sdk.asked(marker);
        assertThat(asked).hasSize(1);
        return asked.getFirst().body();
    }

    @Test
    void models_are_listed_and_retrieved_also_with_slash_and_colon_in_the_id() {
        assertThat(sdk.client().models().list().items())
                .extracting(Model::id)
                .contains("hello", "embedding", RunningPlatform.AWKWARD);
        var model = sdk.client().models().retrieve(RunningPlatform.AWKWARD);
        assertThat(model.id()).isEqualTo(RunningPlatform.AWKWARD);
        assertThat(model.ownedBy()).isNotBlank();
    }

    @Test
    void a_model_with_slash_and_colon_in_its_id_answers() {
        var answer = sdk.client()
                .chat()
                .completions()
                .create(ask(RunningPlatform.AWKWARD).build());
        assertThat(answer.model()).isEqualTo(RunningPlatform.AWKWARD);
        assertThat(question().getString("model")).isEqualTo("upstream/hello");
    }

    @Test
    void a_chat_is_answered_with_all_the_upstream_said() {
        var answer = sdk.client().chat().completions().create(ask("hello").build());
        assertThat(answer.choices().getFirst().message().content()).contains(WORDS);
        assertThat(answer.model()).isEqualTo("hello");
        assertThat(answer.id()).isEqualTo("chatcmpl-C1hello");
        assertThat(answer.serviceTier().orElseThrow()).hasToString("default");
        var usage = answer.usage().orElseThrow();
        assertThat(usage.totalTokens()).isEqualTo(28);
        assertThat(usage.promptTokensDetails().orElseThrow().cachedTokens()).contains(16L);
    }

    @Test
    void a_request_reaches_the_upstream_as_it_is_but_for_the_model() {
        var vendor = Map.of("enable_thinking", false, "deep", List.of(1, List.of(2)));
        sdk.client()
                .chat()
                .completions()
                .create(ask("hello")
                        .addTool(Weather.class)
                        .temperature(0.1)
                        .maxCompletionTokens(12345678901L)
                        .putAdditionalBodyProperty("top_k", JsonValue.from(5))
                        .putAdditionalBodyProperty("min_p", JsonValue.from(1e-7))
                        .putAdditionalBodyProperty("chat_template_kwargs", JsonValue.from(vendor))
                        .build());
        var asked = sdk.asked(marker).getFirst();
        assertThat(asked.body().fieldNames())
                .containsExactlyInAnyOrder(
                        "model",
                        "messages",
                        "tools",
                        "temperature",
                        "max_completion_tokens",
                        "top_k",
                        "min_p",
                        "chat_template_kwargs");
        assertThat(asked.body().getString("model")).isEqualTo("upstream/hello");
        assertThat(asked.body().getDouble("min_p")).isEqualTo(1e-7);
        assertThat(asked.body().getJsonObject("chat_template_kwargs").encode())
                .isEqualTo(new JsonObject(vendor).encode());
        assertThat(asked.body()
                        .getJsonArray("tools")
                        .getJsonObject(0)
                        .getJsonObject("function")
                        .getString("name"))
                .isEqualTo("Weather");
        assertThat(asked.headers()).containsEntry("authorization", "Bearer " + RecordedUpstream.KEY);
        assertThat(asked.toJson().encode()).doesNotContain(RunningPlatform.KEY);
    }

    @Test
    void a_stream_brings_every_chunk_and_no_usage_that_was_not_asked_for() {
        var chunks = sdk.stream(ask("hello").build());
        assertThat(JavaClient.accumulated(chunks).content()).contains(WORDS);
        assertThat(chunks).hasSize(6).allSatisfy(chunk -> {
            assertThat(chunk.model()).isEqualTo("hello");
            assertThat(chunk.usage()).isEmpty();
            assertThat(chunk._allProperties()).containsKey("obfuscation");
        });
        assertThat(question().getJsonObject("stream_options")).isEqualTo(new JsonObject().put("include_usage", true));
    }

    @Test
    void a_stream_ends_with_usage_if_it_was_asked_for() {
        var options = ChatCompletionStreamOptions.builder().includeUsage(true).build();
        var chunks = sdk.stream(ask("hello").streamOptions(options).build());
        assertThat(chunks).hasSize(7);
        assertThat(chunks.getLast().choices()).isEmpty();
        assertThat(chunks.getLast().usage().orElseThrow().totalTokens()).isEqualTo(28);
    }

    @Test
    void reasoning_and_vendor_fields_of_vllm_come_back_also_from_torn_segments() {
        var answer =
                sdk.client().chat().completions().create(ask("vllm-reasoning").build());
        assertThat(answer._allProperties()).containsKeys("prompt_logprobs", "kv_transfer_params");
        assertThat(answer.choices().getFirst().message()._allProperties().get("reasoning_content"))
                .isEqualTo(JsonValue.from("Gotthard, Furka, Grimsel: also drei."));
        var chunks = sdk.stream(ask("vllm-reasoning").build());
        var thought = chunks.stream()
                .map(chunk ->
                        chunk.choices().getFirst().delta()._allProperties().get("reasoning_content"))
                .filter(text -> text != null)
                .map(text -> text.convert(String.class))
                .collect(Collectors.joining());
        assertThat(thought).isEqualTo("Gotthard, Furka, Grimsel: also drei.");
        assertThat(JavaClient.accumulated(chunks).content()).contains("Es sind drei Pässe.");
    }

    @Test
    void comments_crlf_and_many_events_in_a_segment_are_understood() {
        var chunks = sdk.stream(ask("llama-cpp").build());
        assertThat(JavaClient.accumulated(chunks).content()).contains("Snow closes the pass in");
        assertThat(chunks.getLast()._allProperties()).containsKey("timings");
    }

    @Test
    void embeddings_in_the_encoding_the_sdk_prefers_and_as_numbers() {
        var question = EmbeddingCreateParams.builder().model("embedding").inputOfArrayOfStrings(List.of(marker, "two"));
        var numbers = question.build().toBuilder().encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT);
        for (var request : List.of(question.build(), numbers.build())) {
            var answer = sdk.client().embeddings().create(request);
            assertThat(answer.data().getFirst().embedding()).containsExactly(0.25f, -0.5f, 1.0f, 0.125f);
            assertThat(answer.data().getLast().embedding()).containsExactly(-1.0f, 0.75f, 0.0f, 2.5f);
            assertThat(answer.model()).isEqualTo("embedding");
            assertThat(answer.usage().totalTokens()).isEqualTo(8);
        }
        assertThat(sdk.asked(marker))
                .extracting(asked -> asked.body().getString("encoding_format"))
                .containsExactly("base64", "float");
        assertThat(sdk.asked(marker).getFirst().body().getJsonArray("input"))
                .isEqualTo(new JsonArray().add(marker).add("two"));
    }

    @Test
    void completions_of_the_old_kind() {
        var question = CompletionCreateParams.builder()
                .model("completion")
                .prompt(marker)
                .build();
        var answer = sdk.client().completions().create(question);
        assertThat(answer.choices().getFirst().text()).isEqualTo(" the tunnel is 57 km long.");
        // The SDK's strictest check forgets that a choice has no reason to finish before it does.
        var lenient = RequestOptions.builder().responseValidation(false).build();
        try (var stream = sdk.client().completions().createStreaming(question, lenient)) {
            assertThat(stream.stream()
                            .map(chunk -> chunk.choices().getFirst().text())
                            .collect(Collectors.joining()))
                    .isEqualTo(" the tunnel is 57 km long.");
        }
    }

    @Test
    void every_answer_has_a_request_id_of_its_own_also_a_stream() {
        var raw = sdk.client().chat().completions().withRawResponse();
        try (var whole = raw.create(ask("hello").build());
                var streamed = raw.createStreaming(ask("hello").build())) {
            assertThat(whole.requestId().orElseThrow()).isNotBlank();
            assertThat(streamed.requestId().orElseThrow())
                    .isNotBlank()
                    .isNotEqualTo(whole.requestId().orElseThrow());
            assertThat(whole.parse().choices().getFirst().message().content()).contains(WORDS);
            try (var events = streamed.parse()) {
                assertThat(JavaClient.accumulated(events.stream().toList()).content())
                        .contains(WORDS);
            }
        }
    }
}
