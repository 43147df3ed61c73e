package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.core.JsonValue;
import com.anthropic.models.messages.Base64ImageSource;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.Metadata;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.models.ModelInfo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A model that knows nothing of Messages answers Anthropic's SDK for Java, unmodified. */
class AnthropicJavaIT {

    private static final String WORDS = "Grüezi from behind the pass. 🏔";
    private static final String PIXEL =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
    private static final Tool WEATHER = Tool.builder()
            .name("weather")
            .description("The weather of a place")
            .inputSchema(Tool.InputSchema.builder()
                    .properties(Tool.InputSchema.Properties.builder()
                            .putAdditionalProperty("place", JsonValue.from(Map.of("type", "string")))
                            .build())
                    .putAdditionalProperty("required", JsonValue.from(List.of("place")))
                    .build())
            .build();

    private static AnthropicClients sdk;

    private final String marker = "marker-" + UUID.randomUUID();

    @BeforeAll
    static void start() {
        sdk = AnthropicClients.start();
    }

    @AfterAll
    static void stop() {
        sdk.close();
    }

    private MessageCreateParams.Builder ask(String model) {
        return MessageCreateParams.builder().model(model).maxTokens(100).addUserMessage(marker);
    }

    private Message answer(MessageCreateParams.Builder question) {
        return sdk.client().messages().create(question.build());
    }

    private JsonObject question() {
        var asked = sdk.asked(marker);
        assertThat(asked).hasSize(1);
        return asked.getFirst().body();
    }

    @Test
    void a_message_is_answered_with_what_the_upstream_said() {
        var message = answer(ask("hello")
                .system("Be brief.")
                .putAdditionalBodyProperty("temperature", JsonValue.from(0.5))
                .addStopSequence("END")
                .enabledThinking(1024)
                .metadata(Metadata.builder().userId("somebody").build()));
        assertThat(AnthropicClients.text(message)).isEqualTo(WORDS);
        assertThat(message.id()).isEqualTo("msg_C1hello");
        assertThat(message.model().asString()).isEqualTo("hello");
        assertThat(message.stopReason()).contains(StopReason.END_TURN);
        assertThat(message.usage().inputTokens()).isEqualTo(3);
        assertThat(message.usage().cacheReadInputTokens()).contains(16L);
        assertThat(message.usage().outputTokens()).isEqualTo(9);
        assertThat(question())
                .isEqualTo(new JsonObject()
                        .put("model", "upstream/hello")
                        .put(
                                "messages",
                                new JsonArray()
                                        .add(new JsonObject()
                                                .put("role", "system")
                                                .put("content", "Be brief."))
                                        .add(new JsonObject()
                                                .put("role", "user")
                                                .put("content", marker)))
                        .put("max_tokens", 100)
                        .put("temperature", 0.5)
                        .put("stop", new JsonArray().add("END"))
                        .put("user", "somebody"));
    }

    @Test
    void a_stream_has_the_events_that_the_SDK_expects_and_what_was_measured_at_its_end() {
        var events = sdk.stream(ask("hello").build());
        assertThat(events.getFirst().isMessageStart()).isTrue();
        assertThat(events.getLast().isMessageStop()).isTrue();
        var message = AnthropicClients.accumulated(events);
        assertThat(AnthropicClients.text(message)).isEqualTo(WORDS);
        assertThat(message.stopReason()).contains(StopReason.END_TURN);
        assertThat(message.usage().inputTokens()).isEqualTo(3);
        assertThat(message.usage().outputTokens()).isEqualTo(9);
        assertThat(question().getJsonObject("stream_options")).isEqualTo(new JsonObject().put("include_usage", true));
    }

    @Test
    void tools_are_called_and_their_results_understood() {
        var question = ask("tools").addTool(WEATHER);
        var first = answer(question);
        assertThat(places(first)).containsExactly("Airolo", "Göschenen");
        assertThat(first.stopReason()).contains(StopReason.TOOL_USE);
        assertThat(AnthropicClients.text(answer(withResults(question, first))))
                .isEqualTo("Sun in Airolo, rain in Göschenen.");
        var asked = sdk.asked(marker).getLast().body();
        assertThat(asked.getJsonArray("tools").getJsonObject(0).getJsonObject("function"))
                .isEqualTo(new JsonObject("""
                    {"name":"weather","description":"The weather of a place","parameters":
                    {"type":"object","properties":{"place":{"type":"string"}},"required":["place"]}}\
                    """));
        var messages = asked.getJsonArray("messages");
        assertThat(messages).hasSize(4);
        assertThat(messages.getJsonObject(1).getJsonArray("tool_calls").getJsonObject(1))
                .isEqualTo(new JsonObject("""
                    {"id":"call_goeschenen","type":"function","function":{"name":"weather","arguments":"{\\"place\\":\\"Göschenen\\"}"}}\
                    """));
        assertThat(messages.getJsonObject(3)).isEqualTo(new JsonObject("""
            {"role":"tool","tool_call_id":"call_goeschenen","content":"clear"}\
            """));
    }

    @Test
    void tools_are_called_and_their_results_understood_in_streams() {
        var question = ask("tools").addTool(WEATHER);
        var first = AnthropicClients.accumulated(sdk.stream(question.build()));
        assertThat(places(first)).containsExactly("Airolo", "Göschenen");
        assertThat(first.stopReason()).contains(StopReason.TOOL_USE);
        var second = AnthropicClients.accumulated(
                sdk.stream(withResults(question, first).build()));
        assertThat(AnthropicClients.text(second)).isEqualTo("Sun in Airolo, rain in Göschenen.");
    }

    private static List<String> places(Message message) {
        return message.content().stream()
                .map(block -> block.asToolUse()._input().convert(Map.class).get("place"))
                .map(Object::toString)
                .toList();
    }

    private static MessageCreateParams.Builder withResults(MessageCreateParams.Builder question, Message message) {
        return question.addMessage(message)
                .addUserMessageOfContentBlockParams(message.content().stream()
                        .map(block -> ContentBlockParam.ofToolResult(ToolResultBlockParam.builder()
                                .toolUseId(block.asToolUse().id())
                                .content("clear")
                                .build()))
                        .toList());
    }

    @Test
    void an_image_reaches_the_upstream() {
        var image = Base64ImageSource.builder()
                .mediaType(Base64ImageSource.MediaType.IMAGE_PNG)
                .data(PIXEL)
                .build();
        var message = sdk.client()
                .messages()
                .create(MessageCreateParams.builder()
                        .model("vision")
                        .maxTokens(100)
                        .addUserMessageOfContentBlockParams(
                                List.of(ContentBlockParam.ofText(marker), ContentBlockParam.ofImage(image)))
                        .build());
        assertThat(AnthropicClients.text(message)).isEqualTo("A single red pixel.");
        assertThat(question()
                        .getJsonArray("messages")
                        .getJsonObject(0)
                        .getJsonArray("content")
                        .getJsonObject(1)
                        .getJsonObject("image_url")
                        .getString("url"))
                .isEqualTo("data:image/png;base64," + PIXEL);
    }

    @Test
    void what_a_model_thought_comes_as_thinking_and_may_come_back() {
        var question = ask("vllm-reasoning");
        var whole = answer(question);
        var streamed = AnthropicClients.accumulated(sdk.stream(question.build()));
        for (var message : List.of(whole, streamed)) {
            assertThat(message.content().getFirst().asThinking().thinking())
                    .isEqualTo("Gotthard, Furka, Grimsel: also drei.");
            assertThat(AnthropicClients.text(message)).isEqualTo("Es sind drei Pässe.");
        }
        answer(question.addMessage(whole).addUserMessage("Sure?"));
        assertThat(sdk.asked(marker)
                        .getLast()
                        .body()
                        .getJsonArray("messages")
                        .getJsonObject(1)
                        .encode())
                .isEqualTo("{\"role\":\"assistant\",\"content\":\"Es sind drei Pässe.\"}");
    }

    @Test
    void a_refusal_says_that_it_is_one() {
        var message = answer(ask("refusal"));
        assertThat(message.stopReason()).contains(StopReason.REFUSAL);
        assertThat(AnthropicClients.text(message)).isEqualTo("I can't help with closing the tunnel.");
    }

    @Test
    void tokens_are_counted_and_nobody_is_asked() {
        var count = sdk.client()
                .messages()
                .countTokens(MessageCountTokensParams.builder()
                        .model("hello")
                        .system("Be brief.")
                        .addUserMessage("Hello")
                        .build());
        // Three for each message and for the answer, one for each role, and four for these words.
        assertThat(count.inputTokens()).isEqualTo(3 * 3 + 2 + 3 + 1);
        assertThat(sdk.asked(marker)).isEmpty();
    }

    @Test
    void models_are_listed_and_retrieved() {
        var page = sdk.client().models().list();
        assertThat(page.items()).extracting(ModelInfo::id).contains("hello", RunningPlatform.AWKWARD);
        assertThat(page.hasNextPage()).isFalse();
        assertThat(sdk.client().models().retrieve(RunningPlatform.AWKWARD).displayName())
                .isEqualTo(RunningPlatform.AWKWARD);
    }

    @Test
    void the_key_may_come_as_a_token_as_Claude_Code_sends_it() {
        var client = AnthropicClients.builder(sdk.platform())
                .authToken(RunningPlatform.KEY)
                .build();
        var message = client.messages().create(ask("hello").build());
        client.close();
        assertThat(AnthropicClients.text(message)).isEqualTo(WORDS);
        assertThat(question()).isNotEmpty();
    }

    @Test
    void what_is_still_beta_is_accepted() {
        var message = sdk.client()
                .beta()
                .messages()
                .create(com.anthropic.models.beta.messages.MessageCreateParams.builder()
                        .model("hello")
                        .maxTokens(100)
                        .addUserMessage(marker)
                        .addBeta("one-2026-01-01")
                        .addBeta("two-2026-01-01")
                        .build());
        assertThat(message.content().getFirst().asText().text()).isEqualTo(WORDS);
    }

    @Test
    void every_answer_has_a_request_id() {
        var raw = sdk.client().messages().withRawResponse();
        try (var whole = raw.create(ask("hello").build());
                var streamed = raw.createStreaming(ask("hello").build())) {
            assertThat(whole.requestId().orElseThrow()).isNotBlank();
            assertThat(streamed.requestId().orElseThrow())
                    .isNotBlank()
                    .isNotEqualTo(whole.requestId().orElseThrow());
            assertThat(streamed.headers().values("x-request-id"))
                    .containsExactly(streamed.requestId().orElseThrow());
        }
    }
}
