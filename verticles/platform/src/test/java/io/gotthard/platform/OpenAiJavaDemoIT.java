package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.models.Model;
import com.openai.models.moderations.ModerationCreateParams;
import com.openai.models.responses.ResponseCreateParams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The quick start: no configuration at all, and OpenAI's SDK for Java is answered by the built-in demo. */
class OpenAiJavaDemoIT {

    @TempDir
    private static Path data;

    private static Gotthard gotthard;
    private static OpenAIClient client;

    /** What structured output is to look like. */
    record Pass(String name, int height, boolean open, List<String> villages) {}

    /** A tool, as the SDK describes it from a class. */
    record Weather(String place) {}

    @BeforeAll
    static void start() throws IOException {
        gotthard = Gotthard.start(
                Map.of(
                        "GOTTHARD_PORT",
                        "0",
                        "GOTTHARD_DATA",
                        data.toString(),
                        "GOTTHARD_ADMIN_KEY",
                        RunningPlatform.KEY),
                step -> {});
        client = OpenAIOkHttpClient.builder()
                .baseUrl(gotthard.url() + "/v1")
                .apiKey(RunningPlatform.KEY)
                .maxRetries(0)
                .responseValidation(true)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        gotthard.close();
    }

    private static ChatCompletionCreateParams.Builder ask(String text) {
        return ChatCompletionCreateParams.builder().model("demo-chat").addUserMessage(text);
    }

    @Test
    void the_demo_says_in_the_list_of_models_what_it_is() {
        assertThat(client.models().list().items())
                .allSatisfy(model -> assertThat(model.ownedBy()).isEqualTo("demo"))
                .extracting(Model::id)
                .containsExactlyInAnyOrder(
                        "demo-chat",
                        "demo-embedding",
                        "demo-image",
                        "demo-speech",
                        "demo-transcription",
                        "demo-moderation");
    }

    @Test
    void the_demo_answers_the_same_whole_and_as_a_stream() {
        var question = ask("Which pass is it?").build();
        var whole = client.chat()
                .completions()
                .create(question)
                .choices()
                .getFirst()
                .message();
        assertThat(whole.content().orElseThrow()).isNotBlank();
        try (var stream = client.chat().completions().createStreaming(question)) {
            assertThat(JavaClient.accumulated(stream.stream().toList()).content())
                    .isEqualTo(whole.content());
        }
    }

    @Test
    void the_demo_calls_a_tool_and_takes_its_result() {
        var question = ask("What is the weather in Airolo?").addTool(Weather.class);
        var message = client.chat()
                .completions()
                .create(question.build())
                .choices()
                .getFirst()
                .message();
        var call = message.toolCalls().orElseThrow().getFirst().asFunction();
        assertThat(call.function().arguments(Weather.class).place()).isNotNull();
        question.addMessage(message)
                .addMessage(ChatCompletionToolMessageParam.builder()
                        .toolCallId(call.id())
                        .content("Sun in Airolo")
                        .build());
        var answer =
                client.chat().completions().create(question.build()).choices().getFirst();
        assertThat(answer.finishReason()).hasToString("stop");
    }

    @Test
    void the_demo_answers_with_an_object_of_the_schema() {
        var answer = client.chat()
                .completions()
                .create(ask("Describe a pass.").responseFormat(Pass.class).build());
        assertThat(answer.choices().getFirst().message().content()).isPresent();
    }

    @Test
    void the_demo_embeds_the_same_text_the_same_way() {
        var question = EmbeddingCreateParams.builder()
                .model("demo-embedding")
                .inputOfArrayOfStrings(List.of("Airolo", "Göschenen", "Airolo"))
                .build();
        var vectors = client.embeddings().create(question).data();
        assertThat(vectors).hasSize(3);
        assertThat(vectors.getFirst().embedding()).isEqualTo(vectors.getLast().embedding());
        assertThat(vectors.getFirst().embedding()).isNotEqualTo(vectors.get(1).embedding());
    }

    @Test
    void the_demo_responds_the_same_whole_and_as_a_stream() {
        var question = ResponseCreateParams.builder()
                .model("demo-chat")
                .input("Which pass is it?")
                .build();
        var whole = client.responses().create(question);
        assertThat(whole.status().orElseThrow()).hasToString("completed");
        try (var stream = client.responses().createStreaming(question)) {
            var last = stream.stream().toList().getLast().asCompleted().response();
            assertThat(last.output().getFirst().asMessage().content())
                    .isEqualTo(whole.output().getFirst().asMessage().content());
        }
    }

    @Test
    void the_demo_makes_images_and_sounds_and_says_what_it_hears_and_thinks_of_it() throws IOException {
        var image = ImageGenerateParams.builder()
                .model("demo-image")
                .prompt("A pass")
                .build();
        assertThat(client.images()
                        .generate(image)
                        .data()
                        .orElseThrow()
                        .getFirst()
                        .b64Json())
                .isPresent();
        var speech = SpeechCreateParams.builder()
                .model("demo-speech")
                .input("A pass")
                .voice("alloy")
                .build();
        var file = data.resolve("pass.wav");
        try (var sound = client.audio().speech().create(speech)) {
            Files.write(file, sound.body().readAllBytes());
        }
        assertThat(Files.size(file)).isGreaterThan(44);
        var heard = TranscriptionCreateParams.builder()
                .model("demo-transcription")
                .file(file)
                .build();
        assertThat(client.audio()
                        .transcriptions()
                        .create(heard)
                        .asTranscription()
                        .text())
                .contains("pass.wav");
        var judged = ModerationCreateParams.builder()
                .model("demo-moderation")
                .input("violence")
                .build();
        assertThat(client.moderations().create(judged).results().getFirst().flagged())
                .isTrue();
    }
}
