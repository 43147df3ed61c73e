package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tools, structured output, choices and images, with the means of OpenAI's SDK for Java. */
class OpenAiJavaToolsIT {

    private static final String PIXEL =
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4"
                    + "z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";

    private static JavaClient sdk;

    private final String marker = "marker-" + UUID.randomUUID();

    /** What structured output is to look like. */
    record Pass(String name, int height, boolean open, List<String> villages) {}

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

    private static List<String> places(ChatCompletionMessage message) {
        return message.toolCalls().orElseThrow().stream()
                .map(call ->
                        call.asFunction().function().arguments(Weather.class).place())
                .toList();
    }

    private JsonObject question() {
        var asked = sdk.asked(marker);
        assertThat(asked).hasSize(1);
        return asked.getFirst().body();
    }

    @Test
    void tools_are_called_and_their_results_understood() {
        var question = ask("tools").addTool(Weather.class);
        var first = sdk.client()
                .chat()
                .completions()
                .create(question.build())
                .choices()
                .getFirst()
                .message();
        assertThat(places(first)).containsExactly("Airolo", "Göschenen");
        var second = sdk.client()
                .chat()
                .completions()
                .create(withResults(question, first).build());
        assertThat(second.choices().getFirst().message().content()).contains("Sun in Airolo, rain in Göschenen.");
        var messages = sdk.asked(marker).getLast().body().getJsonArray("messages");
        assertThat(messages).hasSize(4);
        assertThat(messages.getJsonObject(3).getString("tool_call_id")).isEqualTo("call_goeschenen");
    }

    @Test
    void tools_are_called_and_their_results_understood_in_streams() {
        var question = ask("tools").addTool(Weather.class);
        var first = JavaClient.accumulated(sdk.stream(question.build()));
        assertThat(places(first)).containsExactly("Airolo", "Göschenen");
        var second =
                JavaClient.accumulated(sdk.stream(withResults(question, first).build()));
        assertThat(second.content()).contains("Sun in Airolo, rain in Göschenen.");
    }

    private static ChatCompletionCreateParams.Builder withResults(
            ChatCompletionCreateParams.Builder question, ChatCompletionMessage message) {
        question.addMessage(message);
        for (var call : message.toolCalls().orElseThrow()) {
            question.addMessage(ChatCompletionToolMessageParam.builder()
                    .toolCallId(call.asFunction().id())
                    .content("clear")
                    .build());
        }
        return question;
    }

    @Test
    void structured_output_is_parsed_also_while_it_streams() {
        var expected = new Pass("Gotthard", 2106, true, List.of("Airolo", "Göschenen"));
        var request = ask("structured").responseFormat(Pass.class).build();
        var answer = sdk.client().chat().completions().create(request);
        assertThat(answer.choices().getFirst().message().content()).contains(expected);
        var format = question().getJsonObject("response_format");
        assertThat(format.getString("type")).isEqualTo("json_schema");
        assertThat(format.getJsonObject("json_schema").getBoolean("strict")).isTrue();

        var accumulator = ChatCompletionAccumulator.create();
        sdk.stream(request.rawParams()).forEach(accumulator::accumulate);
        assertThat(accumulator
                        .chatCompletion(Pass.class)
                        .choices()
                        .getFirst()
                        .message()
                        .content())
                .contains(expected);
    }

    @Test
    void a_refusal_is_told_apart_from_an_answer() {
        var answer = sdk.client().chat().completions().create(ask("refusal").build());
        assertThat(answer.choices().getFirst().message().content()).isEmpty();
        assertThat(answer.choices().getFirst().message().refusal()).contains("I can't help with closing the tunnel.");
        assertThat(JavaClient.accumulated(sdk.stream(ask("refusal").build())).refusal())
                .contains("I can't help with closing the tunnel.");
    }

    @Test
    void two_choices_with_logprobs() {
        var question = ask("choices").n(2).logprobs(true).topLogprobs(2).build();
        var choices = sdk.client().chat().completions().create(question).choices();
        assertThat(choices)
                .extracting(choice -> choice.message().content().orElseThrow())
                .containsExactly("Yes", "No");
        var token = choices.getFirst()
                .logprobs()
                .orElseThrow()
                .content()
                .orElseThrow()
                .getFirst();
        assertThat(token.topLogprobs().getLast().bytes().orElseThrow()).containsExactly(78L, 111L);
        var accumulator = ChatCompletionAccumulator.create();
        sdk.stream(question).forEach(accumulator::accumulate);
        assertThat(accumulator.chatCompletion().choices().getLast().message().content())
                .contains("No");
    }

    @Test
    void an_image_part_reaches_the_upstream() {
        var image = ChatCompletionContentPartImage.ImageUrl.builder().url(PIXEL).build();
        var parts = List.of(
                ChatCompletionContentPart.ofText(
                        ChatCompletionContentPartText.builder().text(marker).build()),
                ChatCompletionContentPart.ofImageUrl(
                        ChatCompletionContentPartImage.builder().imageUrl(image).build()));
        var answer = sdk.client()
                .chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model("vision")
                        .addUserMessageOfArrayOfContentParts(parts)
                        .build());
        assertThat(answer.choices().getFirst().message().content()).contains("A single red pixel.");
        var sent = question()
                .getJsonArray("messages")
                .getJsonObject(0)
                .getJsonArray("content")
                .getJsonObject(1);
        assertThat(sent)
                .isEqualTo(
                        new JsonObject().put("type", "image_url").put("image_url", new JsonObject().put("url", PIXEL)));
    }
}
