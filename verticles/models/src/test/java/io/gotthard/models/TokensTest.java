package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingType;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Usage.Source;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is counted, against counts that OpenAI published, and against the tokenizer itself where ours cuts a text up. */
@Timeout(60)
class TokensTest {

    private static final String NEWER = "gpt-4o";
    private static final String OLDER = "gpt-4";

    /** The example of OpenAI's page on counting tokens, whose API counted 129 for gpt-4 and 124 for gpt-4o. */
    private static final String PUBLISHED_CHAT = """
        {"messages": [
        {"role": "system", "content": "You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
        {"role": "system", "name": "example_user", "content": "New synergies will help drive top-line growth."},
        {"role": "system", "name": "example_assistant", "content": "Things working well together will increase revenue."},
        {"role": "system", "name": "example_user", "content": "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
        {"role": "system", "name": "example_assistant", "content": "Let's talk later when we're less busy about how to do better."},
        {"role": "user", "content": "This late pivot means we don't have time to boil the ocean for the client deliverable."}]}
        """;

    /** The example of the same page for tools: 105 and 101. */
    private static final String PUBLISHED_TOOLS = """
        {"messages": [
        {"role": "system", "content": "You are a helpful assistant that can answer to questions about the weather."},
        {"role": "user", "content": "What's the weather like in San Francisco?"}],
        "tools": [{"type": "function", "function": {
            "name": "get_current_weather", "description": "Get the current weather in a given location",
            "parameters": {"type": "object", "properties": {
                "location": {"type": "string", "description": "The city and state, e.g. San Francisco, CA"},
                "unit": {"type": "string", "description": "The unit of temperature to return", "enum": ["celsius", "fahrenheit"]}},
                "required": ["location"]}}}]}
        """;

    @ParameterizedTest
    @CsvSource({
        "tiktoken is great!, 6, 6",
        "antidisestablishmentarianism, 6, 6",
        "2 + 2 = 4, 7, 7",
        "お誕生日おめでとう, 9, 8",
    })
    void the_counts_that_were_published_for_texts_are_ours(String text, long older, long newer) {
        assertThat(Tokens.text(OLDER, text)).isEqualTo(new Tokens.Count(older, Source.COUNTED));
        assertThat(Tokens.text(NEWER, text)).isEqualTo(new Tokens.Count(newer, Source.COUNTED));
    }

    @Test
    void the_counts_that_were_published_for_chats_are_ours() {
        assertThat(chat(OLDER, PUBLISHED_CHAT)).isEqualTo(new Tokens.Count(129, Source.COUNTED));
        assertThat(chat(NEWER, PUBLISHED_CHAT)).isEqualTo(new Tokens.Count(124, Source.COUNTED));
    }

    @Test
    void the_counts_that_were_published_for_tools_are_ours() {
        assertThat(chat(OLDER, PUBLISHED_TOOLS)).isEqualTo(new Tokens.Count(105, Source.COUNTED));
        assertThat(chat(NEWER, PUBLISHED_TOOLS)).isEqualTo(new Tokens.Count(101, Source.COUNTED));
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-4, true",
        "gpt-4-turbo-2024-04-09, true",
        "openai/gpt-4-32k, true",
        "gpt-3.5-turbo-0125, true",
        "gpt-35-turbo, true",
        "text-embedding-3-small, true",
        "GPT-4, true",
        "gpt-4o-mini, false",
        "gpt-4.1, false",
        "chatgpt-4o-latest, false",
        "o3, false",
        "gpt-5, false",
        "my-gpt-4, false",
        "llama-3.1-8b, false",
    })
    void the_name_tells_the_vocabulary(String model, boolean older) {
        assertThat(TokenCounter.of(model).isOlder()).isEqualTo(older);
    }

    @Test
    void what_looks_like_a_special_token_is_text() {
        assertThat(Tokens.text(NEWER, "<|endoftext|>").tokens()).isGreaterThan(3);
        assertThat(Tokens.text(OLDER, "<|im_start|>system<|endofprompt|>").tokens())
                .isGreaterThan(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {NEWER, OLDER})
    void a_long_text_counts_as_much_in_slices_as_in_one_piece(String model) {
        var words = new String[] {
            "Hello",
            " world",
            ", ",
            "it's",
            " don't",
            "\n\n",
            "foo_bar",
            "1234567",
            " é",
            "ß",
            " naïve",
            "漢字",
            "，是的",
            "。",
            "\t",
            "   ",
            "😀",
            " x=1;",
            "{\"a\":",
            " \"b\"}",
            "\r\n",
            "a.b.c",
            "-",
            "CamelCase",
            "e\u0301",
            "'",
            " ſ"
        };
        var random = new Random(4);
        var encoding = Encodings.newLazyEncodingRegistry()
                .getEncoding(model.equals(NEWER) ? EncodingType.O200K_BASE : EncodingType.CL100K_BASE);
        for (int round = 0; round < 20; round++) {
            var text = new StringBuilder();
            while (text.length() < 40_000) {
                text.append(words[random.nextInt(words.length)]);
            }
            assertThat(Tokens.text(model, text.toString()))
                    .isEqualTo(new Tokens.Count(encoding.countTokensOrdinary(text.toString()), Source.COUNTED));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a", "A", " ", "\n", "!", "1", "é", "漢", "😀", "\ud800", "\udc00", "\u0301", "-=", "\u0000", "\u200d"
            })
    void a_megabyte_without_an_end_is_estimated_in_bounded_time(String unit) {
        var text = unit.repeat(1_000_000 / unit.length());
        for (var model : new String[] {NEWER, OLDER}) {
            var count = Tokens.text(model, text);
            assertThat(count.source()).isEqualTo(Source.ESTIMATED);
            assertThat(count.tokens()).isBetween(1L, 3_000_000L);
        }
    }

    @Test
    void what_is_beyond_the_budget_is_estimated_by_its_length() {
        var text = "word ".repeat(400_000);
        var count = Tokens.text(NEWER, text);
        assertThat(count.source()).isEqualTo(Source.ESTIMATED);
        assertThat(count.tokens()).isBetween(440_000L, 460_000L);
    }

    @Test
    void the_budget_is_of_all_texts_together() {
        var counter = TokenCounter.of(NEWER);
        for (int i = 0; i < 10; i++) {
            counter.text("word ".repeat(100_000));
        }
        assertThat(counter.count().source()).isEqualTo(Source.ESTIMATED);
    }

    @Test
    void inputs_are_texts_lists_of_texts_or_ids() {
        assertThat(input("\"tiktoken is great!\"")).isEqualTo(6);
        assertThat(input("[\"tiktoken is great!\", \"2 + 2 = 4\"]")).isEqualTo(13);
        assertThat(input("[1, 2, 3]")).isEqualTo(3);
        assertThat(input("[[1, 2, 3], [4]]")).isEqualTo(4);
        assertThat(input("null")).isZero();
        assertThat(input("[]")).isZero();
        assertThat(input("{\"a\": [true]}")).isZero();
    }

    @Test
    void a_prompt_is_counted_with_its_suffix() {
        var body = body("{\"prompt\": \"tiktoken is great!\", \"suffix\": \"2 + 2 = 4\"}");
        assertThat(Tokens.prompt(Kind.COMPLETION, NEWER, body).tokens()).isEqualTo(13);
    }

    @Test
    void parts_of_a_message_are_texts_and_images() {
        var text = message("[{\"type\": \"text\", \"text\": \"tiktoken is great!\"}]");
        assertThat(text.tokens()).isEqualTo(3 + 1 + 6 + 3);
        var low = message(
                "[{\"type\": \"image_url\", \"image_url\": {\"url\": \"https://x.example/y\", \"detail\": \"low\"}}]");
        assertThat(low).isEqualTo(new Tokens.Count(3 + 1 + 85 + 3, Source.COUNTED));
        var high = message("[{\"type\": \"image_url\", \"image_url\": \"https://x.example/y\"}]");
        assertThat(high.tokens()).isEqualTo(3 + 1 + 765 + 3);
    }

    @Test
    void sound_and_files_are_estimated() {
        var sound =
                message("[{\"type\": \"input_audio\", \"input_audio\": {\"data\": \"" + "A".repeat(100_000) + "\"}}]");
        assertThat(sound).isEqualTo(new Tokens.Count(3 + 1 + 50 + 3, Source.ESTIMATED));
        var file = message("[{\"type\": \"file\", \"file\": {\"file_data\": \"" + "A".repeat(4_000) + "\"}}]");
        assertThat(file).isEqualTo(new Tokens.Count(3 + 1 + 1_000 + 3, Source.ESTIMATED));
    }

    @Test
    void calls_of_tools_are_their_names_and_arguments() {
        var body = body("""
            {"messages": [{"role": "assistant", "content": null,
              "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "tiktoken is great!", "arguments": "2 + 2 = 4"}}]}]}
            """);
        assertThat(Tokens.prompt(Kind.CHAT, NEWER, body).tokens()).isEqualTo(3 + 1 + 6 + 7 + 3);
    }

    @Test
    void a_body_of_the_wrong_shape_counts_what_can_be_counted() {
        for (var wrong : new String[] {
            "{}",
            "{\"messages\": 1}",
            "{\"messages\": [1, null, [], {\"content\": [null, 1, {\"image_url\": 7}]}]}",
            "{\"messages\": [{\"tool_calls\": 1, \"name\": 2}], \"tools\": [null, {\"function\": {\"parameters\":"
                    + " []}}]}",
            "{\"tools\": [{\"function\": {\"parameters\": {\"properties\": {\"a\": 1, \"b\": {\"enum\": [1,"
                    + " null]}}}}}]}"
        }) {
            assertThat(Tokens.prompt(Kind.CHAT, NEWER, body(wrong)).tokens())
                    .as(wrong)
                    .isGreaterThanOrEqualTo(3);
        }
    }

    private static long input(String json) {
        return Tokens.prompt(Kind.EMBEDDING, OLDER, body("{\"input\": " + json + "}"))
                .tokens();
    }

    private static Tokens.Count message(String content) {
        return chat(NEWER, "{\"messages\": [{\"role\": \"user\", \"content\": " + content + "}]}");
    }

    private static Tokens.Count chat(String model, String json) {
        return Tokens.prompt(Kind.CHAT, model, body(json));
    }

    private static Map<String, Object> body(String json) {
        return JsonBody.parse(Buffer.buffer(json)).fields();
    }
}
