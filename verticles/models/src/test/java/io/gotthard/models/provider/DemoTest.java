package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Failure;
import io.gotthard.models.Kind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DemoTest {

    private DemoAsker demo;

    @BeforeEach
    void start() throws Exception {
        demo = new DemoAsker();
    }

    @AfterEach
    void stop() throws Exception {
        demo.close();
    }

    private static JsonObject message(String role, Object content) {
        return new JsonObject().put("role", role).put("content", content);
    }

    private static JsonObject said(String text) {
        return new JsonObject()
                .put("model", "demo-chat")
                .put(
                        "messages",
                        new JsonArray().add(message("system", "Be brief.")).add(message("user", text)));
    }

    static JsonObject choice(JsonObject answer) {
        return answer.getJsonArray("choices").getJsonObject(0);
    }

    private static String content(JsonObject answer) {
        return choice(answer).getJsonObject("message").getString("content");
    }

    private Failure refused(Kind kind, Object body) {
        return refused(demo, kind, body);
    }

    static Failure refused(DemoAsker demo, Kind kind, Object body) {
        var thrown = catchThrowable(() -> demo.whole(kind, body));
        assertThat(thrown).isInstanceOf(ExecutionException.class).cause().isInstanceOf(Failure.class);
        var failure = (Failure) thrown.getCause();
        assertThat(failure.status()).isEqualTo(400);
        return failure;
    }

    @Test
    void an_answer_has_the_shape_of_openai_and_says_that_there_is_no_model() throws Exception {
        var answer = demo.whole(Kind.CHAT, said("Hello there"));

        assertThat(answer.contentType()).isEqualTo(Answer.JSON);
        var json = answer.body().toJsonObject();
        assertThat(json.getString("id")).startsWith("chatcmpl-");
        assertThat(json.getString("object")).isEqualTo("chat.completion");
        assertThat(json.getLong("created")).isGreaterThan(1_700_000_000L);
        assertThat(json.getString("model")).isEqualTo("demo-chat");
        assertThat(json.getString("system_fingerprint")).isNotEmpty();
        var choice = choice(json);
        assertThat(choice.fieldNames()).containsExactly("index", "message", "logprobs", "finish_reason");
        assertThat(choice.getString("finish_reason")).isEqualTo("stop");
        assertThat(choice.getValue("logprobs")).isNull();
        var message = choice.getJsonObject("message");
        assertThat(message.fieldNames()).containsExactly("role", "content", "refusal", "annotations");
        assertThat(message.getString("content"))
                .isEqualTo("This is Gotthard's built-in demo; no model is behind it. You said: Hello there");
        var usage = json.getJsonObject("usage");
        assertThat(usage.getInteger("prompt_tokens")).isEqualTo(4);
        assertThat(usage.getInteger("completion_tokens")).isEqualTo(14);
        assertThat(usage.getInteger("total_tokens")).isEqualTo(18);
        assertThat(usage.getJsonObject("prompt_tokens_details").getInteger("cached_tokens"))
                .isZero();
        assertThat(answer.usage().promptTokens()).isEqualTo(4);
        assertThat(answer.usage().completionTokens()).isEqualTo(14);
        assertThat(answer.usage().reported()).isTrue();
        assertThat(answer.usage().upstream()).isEqualTo("demo");
    }

    @Test
    void a_stream_says_the_same_word_by_word() throws Exception {
        var whole = content(demo.chat(said("Hello there")));
        var answers = demo.stream(Kind.CHAT, said("Hello there"));

        assertThat(answers.getFirst().contentType()).isEqualTo(Answer.SSE);
        assertThat(answers.getLast().usage().completionTokens()).isEqualTo(14);
        var chunks = DemoAsker.chunks(answers);
        assertThat(chunks).hasSize(1 + 14 + 1);
        assertThat(chunks.stream().map(chunk -> chunk.getString("id")).distinct())
                .hasSize(1);
        assertThat(chunks.stream().map(chunk -> chunk.getLong("created")).distinct())
                .hasSize(1);
        assertThat(chunks).allSatisfy(chunk -> {
            assertThat(chunk.getString("object")).isEqualTo("chat.completion.chunk");
            assertThat(chunk.getString("model")).isEqualTo("demo-chat");
            assertThat(chunk.getJsonArray("choices")).hasSize(1);
            assertThat(chunk.containsKey("usage")).isFalse();
        });
        var deltas = deltas(chunks, 0);
        assertThat(deltas.stream().filter(delta -> delta.containsKey("role"))).hasSize(1);
        assertThat(deltas.getFirst().getString("role")).isEqualTo("assistant");
        assertThat(text(deltas)).isEqualTo(whole);
        assertThat(finishReasons(chunks, 0)).containsExactly("stop");
        assertThat(choice(chunks.getLast()).getString("finish_reason")).isEqualTo("stop");
    }

    private static List<JsonObject> deltas(List<JsonObject> chunks, int index) {
        return chunks.stream()
                .filter(chunk -> !chunk.getJsonArray("choices").isEmpty())
                .filter(chunk -> choice(chunk).getInteger("index") == index)
                .map(chunk -> choice(chunk).getJsonObject("delta"))
                .toList();
    }

    private static String text(List<JsonObject> deltas) {
        return deltas.stream().map(delta -> delta.getString("content", "")).collect(Collectors.joining());
    }

    static List<String> finishReasons(List<JsonObject> chunks, int index) {
        return chunks.stream()
                .filter(chunk -> !chunk.getJsonArray("choices").isEmpty())
                .map(DemoTest::choice)
                .filter(choice -> choice.getInteger("index") == index && choice.getValue("finish_reason") != null)
                .map(choice -> choice.getString("finish_reason"))
                .toList();
    }

    @Test
    void usage_is_an_extra_last_chunk_only_if_asked_for() throws Exception {
        var body = said("Hello").put("stream_options", new JsonObject().put("include_usage", true));
        var chunks = DemoAsker.chunks(demo.stream(Kind.CHAT, body));

        assertThat(chunks.getLast().getJsonArray("choices")).isEmpty();
        assertThat(chunks.getLast().getJsonObject("usage").getInteger("completion_tokens"))
                .isEqualTo(13);
        assertThat(chunks.subList(0, chunks.size() - 1)).allSatisfy(chunk -> {
            assertThat(chunk.containsKey("usage")).isTrue();
            assertThat(chunk.getValue("usage")).isNull();
            assertThat(chunk.getJsonArray("choices")).hasSize(1);
        });
    }

    @Test
    void several_choices_take_turns_and_each_finishes_once() throws Exception {
        var chunks = DemoAsker.chunks(demo.stream(Kind.CHAT, said("Hello").put("n", 3)));

        assertThat(choice(chunks.getFirst()).getInteger("index")).isZero();
        for (int index = 0; index < 3; index++) {
            assertThat(text(deltas(chunks, index))).endsWith("This is answer " + (index + 1) + " of 3.");
            assertThat(finishReasons(chunks, index)).containsExactly("stop");
            assertThat(deltas(chunks, index).stream().filter(delta -> delta.containsKey("role")))
                    .hasSize(1);
        }
        var whole = demo.chat(said("Hello").put("n", 3));
        assertThat(whole.getJsonArray("choices")).hasSize(3);
        assertThat(refused(Kind.CHAT, said("Hello").put("n", 0)).param()).isEqualTo("n");
        assertThat(refused(Kind.CHAT, said("Hello").put("n", 4_294_967_297L)).param())
                .isEqualTo("n");
    }

    @Test
    void a_limit_and_a_stop_sequence_cut_the_answer() throws Exception {
        for (var limit : List.of("max_tokens", "max_completion_tokens")) {
            var cut = demo.chat(said("Hello").put(limit, 3));
            assertThat(content(cut)).isEqualTo("This is Gotthard's");
            assertThat(choice(cut).getString("finish_reason")).isEqualTo("length");
            assertThat(cut.getJsonObject("usage").getInteger("completion_tokens"))
                    .isEqualTo(3);
        }
        var stopped = demo.chat(said("Hello")
                .put("stop", new JsonArray().add("no such").add(" no model").add("")));
        assertThat(content(stopped)).isEqualTo("This is Gotthard's built-in demo;");
        assertThat(choice(stopped).getString("finish_reason")).isEqualTo("stop");
        assertThat(content(demo.chat(said("Hello").put("stop", "demo")))).isEqualTo("This is Gotthard's built-in ");
    }

    @Test
    void a_long_message_is_shortened_and_images_are_mentioned() throws Exception {
        assertThat(content(demo.chat(said("x".repeat(499) + "😀".repeat(1000)))))
                .hasSizeLessThan(600)
                .endsWith("x…");

        var parts = new JsonArray()
                .add(new JsonObject().put("type", "text").put("text", "What is this?"))
                .add(image("data:image/png;base64,AAAA"))
                .add(image("https://example.com/secret-path.jpg"))
                .add(new JsonObject().put("type", "file").put("file", new JsonObject()));
        var body = new JsonObject().put("messages", new JsonArray().add(message("user", parts)));
        assertThat(content(demo.chat(body)))
                .contains("What is this?")
                .contains("1 file, 2 images (1 by address, 1 image/png)")
                .doesNotContain("secret");
    }

    private static JsonObject image(String url) {
        return new JsonObject().put("type", "image_url").put("image_url", new JsonObject().put("url", url));
    }

    @Test
    void odd_requests_get_an_answer_or_a_refusal_but_never_an_internal_error() throws Exception {
        var lone = "{\"messages\":[{\"role\":\"user\",\"content\":\"a \\ud83d b\"}]}";
        assertThat(demo.whole(Kind.CHAT, lone).body().toString()).contains("a ? b");
        for (var body : List.of(
                "{}",
                "{\"messages\":7}",
                "{\"messages\":[]}",
                "{\"messages\":[1,null,{}]}",
                "{\"messages\":[{\"role\":5,\"content\":{\"a\":1}}],\"tools\":[3,{\"function\":{}}],\"stop\":5}",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"},{\"type\":null}]}]}",
                "{\"messages\":[{\"role\":\"tool\"}],\"response_format\":\"x\",\"tool_choice\":\"any\"}")) {
            assertThat(demo.json(Kind.CHAT, body).getJsonArray("choices"))
                    .as(body)
                    .hasSize(1);
        }
        assertThat(refused(Kind.CHAT, said("Hi").put("functions", new JsonArray()))
                        .param())
                .isEqualTo("functions");
        for (var kind : List.of(Kind.IMAGE, Kind.IMAGE_EDIT, Kind.TRANSCRIPTION, Kind.TRANSLATION, Kind.MODERATION)) {
            for (var body :
                    List.of("{}", "{\"prompt\":5,\"file\":null,\"input\":[null,{}],\"response_format\":null}")) {
                assertThat(demo.json(kind, body)).as(kind + body).isNotEmpty();
            }
        }
        for (var body : List.of(
                "{}",
                "{\"input\":[3,{},{\"type\":\"function_call\"},{\"type\":\"function_call_output\",\"output\":[]}],\"tools\":[3]}",
                "{\"input\":[{\"content\":[{\"type\":\"input_image\"},null]}],\"tool_choice\":null,\"text\":{\"format\":4}}")) {
            assertThat(demo.json(Kind.RESPONSE, body).getJsonArray("output"))
                    .as(body)
                    .hasSize(1);
        }
        assertThat(demo.stream(Kind.SPEECH, new JsonObject().put("input", 5))).isNotEmpty();
    }

    @Test
    void log_probabilities_are_those_of_certainty() throws Exception {
        var logprobs = choice(demo.chat(said("Hello").put("logprobs", true).put("top_logprobs", 1)))
                .getJsonObject("logprobs")
                .getJsonArray("content");
        assertThat(logprobs).hasSize(13);
        assertThat(logprobs.getJsonObject(0).getString("token")).isEqualTo("This");
        assertThat(logprobs.getJsonObject(0).getDouble("logprob")).isZero();
        assertThat(logprobs.getJsonObject(0).getJsonArray("top_logprobs")).hasSize(1);
    }

    @Test
    void a_reader_that_is_slow_gets_all_of_it_in_bounded_portions() throws Exception {
        var answers = demo.stream(Kind.CHAT, said("word ".repeat(90)).put("n", 100));

        assertThat(answers)
                .hasSizeGreaterThan(5)
                .allSatisfy(answer -> assertThat(answer.body().length()).isLessThan(200_000));
        assertThat(finishReasons(DemoAsker.chunks(answers), 99)).containsExactly("stop");
    }

    @Test
    void an_asker_who_goes_away_ends_the_work() throws Exception {
        var dialogue =
                demo.dialogue(Kind.CHAT, said("word ".repeat(90)).put("n", 100).put("stream", true));
        demo.next(dialogue);
        demo.next(dialogue);
        assertThat(demo.open()).isEqualTo(1);
        demo.cancel(dialogue);
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (demo.open() > 0) {
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
    }

    @Test
    void the_same_question_gets_the_same_answer() throws Exception {
        var answers = new ArrayList<String>();
        for (int i = 0; i < 3; i++) {
            answers.add(content(demo.chat(said("Hello"))));
        }
        assertThat(answers.stream().distinct()).hasSize(1);
    }
}
