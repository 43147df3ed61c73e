package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Form;
import io.gotthard.contracts.JsonBody;
import io.gotthard.models.provider.OpenAiAsker.Received;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images, audio, moderations and responses of an upstream of OpenAI's kind. */
@Timeout(60)
class MediaTest {

    private static final String FORM = "multipart/form-data; boundary=xyz";
    private static final String SPEECH = "{\"model\":\"public/speech\",\"input\":\"Grüezi\",\"voice\":\"v\"}";
    private static final String RESPONSE = "{\"model\":\"public/chat\",\"stream\":true,\"input\":\"a\"}";
    private static final String DELTA = "{\"type\":\"response.output_text.delta\",\"delta\":\"word\"}";
    private static final String COMPLETED =
            "{\"type\":\"response.completed\",\"response\":{\"model\":\"inner\",\"error\":null,"
                + "\"usage\":{\"input_tokens\":5,\"output_tokens\":7,\"output_tokens_details\":{\"reasoning_tokens\":3}}}}";

    private static OpenAiAsker asker;

    @BeforeAll
    static void start() {
        asker = new OpenAiAsker();
    }

    @AfterAll
    static void stop() {
        asker.close();
    }

    private static JsonBody json(String text) {
        return JsonBody.parse(Buffer.buffer(text));
    }

    private static String form(String model, String more) {
        return "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\r\n\0\1\r\n"
                + "--xyz\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n" + model + "\r\n" + more
                + "--xyz--\r\n";
    }

    private static JsonBody transcription(String more) {
        return JsonBody.of(Form.parse(FORM, Buffer.buffer(form("public/transcription", more))));
    }

    private static List<Answer> answers(String operation, JsonBody body) {
        return asker.answers(asker.ask(operation, body));
    }

    private static String stream(String... events) {
        return List.of(events).stream().map(event -> "data: " + event + "\n\n").collect(Collectors.joining());
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', textBlock = """
        createImage,      /images/generations, image,      "prompt":"a"
        createModeration, /moderations,        moderation, "input":"a"
        createResponse,   /responses,          chat,       "input":"a"
        """)
    void json_goes_to_its_place_and_comes_back_with_the_public_name(
            String operation, String path, String model, String more) throws Exception {
        asker.upstream(200, "application/json", Buffer.buffer("{\"model\":\"inner\",\"results\":[]}"));

        var answer = answers(operation, json("{\"model\":\"public/" + model + "\"," + more + "}"))
                .getLast();

        var received = asker.received();
        assertThat(received.uri()).isEqualTo("/base/v1" + path);
        assertThat(received.body().toJsonObject().getString("model")).isEqualTo(OpenAiAsker.UPSTREAM_MODEL);
        assertThat(answer.body().toJsonObject())
                .isEqualTo(new JsonObject("{\"model\":\"public/" + model + "\",\"results\":[]}"));
    }

    @Test
    void images_are_counted_whatever_is_in_them() {
        asker.upstream(
                200,
                "application/json",
                Buffer.buffer("{\"data\":[{\"b64_json\":\"AA\",\"x\":{}},{\"revised_prompt\":\"a {\\\""
                        + " b\"}],\"size\":\"512x512\"}"));

        var usage = answers(
                        "createImage",
                        json("{\"model\":\"public/image\",\"prompt\":\"a\",\"n\":4,\"quality\":\"high\"}"))
                .getLast()
                .usage();

        assertThat(usage.media().images()).isEqualTo(2);
        assertThat(usage.media().size()).isEqualTo("512x512");
        assertThat(usage.media().quality()).isEqualTo("high");
    }

    @Test
    void speech_comes_as_the_bytes_that_the_upstream_sends() throws Exception {
        var sound = new byte[300_000];
        for (int i = 0; i < sound.length; i++) {
            sound[i] = (byte) (i * 7);
        }
        asker.upstream(200, "audio/mpeg; x=y", Buffer.buffer(sound));

        var answers = answers("createSpeech", json(SPEECH));

        assertThat(answers.getFirst().contentType()).isEqualTo("audio/mpeg");
        var all = Buffer.buffer();
        answers.forEach(answer -> all.appendBuffer(answer.body()));
        assertThat(all.getBytes()).isEqualTo(sound);
        var received = asker.received();
        assertThat(received.uri()).isEqualTo("/base/v1/audio/speech");
        assertThat(received.headers()).containsEntry("accept", "*/*").containsEntry("content-type", "application/json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/html", "application/json", "image/svg+xml", ""})
    void what_is_no_sound_is_not_passed_on_as_one(String type) {
        asker.upstream(200, type, Buffer.buffer("<script>"));

        var failure = OpenAiAsker.failure(asker.next(asker.ask("createSpeech", json(SPEECH))));

        assertThat(failure.status()).isEqualTo(502);
    }

    @Test
    void speech_that_breaks_off_ends_badly() {
        asker.upstream(request -> {
            request.response().putHeader("content-type", "audio/mpeg").putHeader("content-length", "1000");
            request.response()
                    .write("begun")
                    .onSuccess(sent -> request.connection().close());
        });

        var dialogue = asker.ask("createSpeech", json(SPEECH));
        assertThat(asker.next(dialogue).join().more()).isTrue();

        assertThat(OpenAiAsker.failure(asker.next(dialogue)).code()).isEqualTo("upstream_cut");
    }

    @Test
    void a_form_goes_on_byte_by_byte_but_for_the_model() throws Exception {
        asker.upstream(
                200,
                "application/json",
                Buffer.buffer("{\"text\":\"Grüezi\",\"usage\":{\"type\":\"duration\",\"seconds\":3}}"));

        var answer = answers("createTranscription", transcription("")).getLast();

        assertThat(answer.body().toJsonObject().getString("text")).isEqualTo("Grüezi");
        assertThat(answer.usage().media().audioMillis()).isEqualTo(3000);
        Received received = asker.received();
        assertThat(received.uri()).isEqualTo("/base/v1/audio/transcriptions");
        assertThat(received.headers()).containsEntry("content-type", FORM);
        assertThat(received.body()).hasToString(form(OpenAiAsker.UPSTREAM_MODEL, ""));
    }

    @Test
    void the_length_of_a_sound_is_also_taken_from_where_it_should_not_be() {
        asker.upstream(200, "application/json", Buffer.buffer("{\"text\":\"a\",\"duration\":\"8.5\"}"));

        assertThat(answers("createTranslation", transcription(""))
                        .getLast()
                        .usage()
                        .media()
                        .audioMillis())
                .isEqualTo(8500);
    }

    @ParameterizedTest
    @CsvSource({"text/plain; charset=utf-8, text/plain; charset=utf-8", "text/vtt, text/vtt; charset=utf-8"})
    void a_transcript_may_be_a_text(String given, String told) {
        asker.upstream(200, given, Buffer.buffer("WEBVTT\n\nGrüezi"));

        var answer = answers("createTranscription", transcription("")).getLast();

        assertThat(answer.contentType()).isEqualTo(told);
        assertThat(answer.body()).hasToString("WEBVTT\n\nGrüezi");
    }

    @Test
    void a_transcript_that_is_a_page_is_not_passed_on() {
        asker.upstream(200, "text/html", Buffer.buffer("<script>"));

        assertThat(OpenAiAsker.failure(asker.next(asker.ask("createTranscription", transcription(""))))
                        .status())
                .isEqualTo(502);
    }

    @Test
    void a_transcript_as_a_stream_ends_with_what_completes_it() {
        var streaming = "--xyz\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n";
        var events = stream(
                "{\"type\":\"transcript.text.delta\",\"delta\":\"a\"}",
                "{\"type\":\"transcript.text.done\",\"text\":\"a\",\"usage\":{\"input_tokens\":4,\"output_tokens\":1}}",
                "[DONE]");
        asker.upstream(200, "text/event-stream", Buffer.buffer(events));

        var answers = answers("createTranscription", transcription(streaming));

        assertThat(OpenAiAsker.text(answers)).isEqualTo(events);
        assertThat(answers.getLast().usage().promptTokens()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_transcript_in_chunks_is_complete_with_the_formula_alone(boolean complete) {
        var end = complete ? stream("[DONE]") : "";
        var streaming = "--xyz\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n";
        var chunk = stream("{\"object\":\"transcription.chunk\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}");
        asker.upstream(200, "text/event-stream", Buffer.buffer(chunk + end));

        var dialogue = asker.ask("createTranscription", transcription(streaming));

        if (complete) {
            assertThat(OpenAiAsker.text(asker.answers(dialogue))).isEqualTo(chunk + end);
        } else {
            assertThat(asker.next(dialogue).join().body()).hasToString(chunk);
            assertThat(OpenAiAsker.failure(asker.next(dialogue)).code()).isEqualTo("upstream_cut");
        }
    }

    @Test
    void a_response_is_a_stream_of_typed_events_of_which_nothing_is_kept() throws Exception {
        asker.upstream(200, "text/event-stream", Buffer.buffer(stream(DELTA, COMPLETED)));

        var answers = answers("createResponse", json(RESPONSE));

        assertThat(OpenAiAsker.text(answers))
                .isEqualTo("event: response.output_text.delta\ndata: " + DELTA + "\n\nevent: response.completed\ndata: "
                        + COMPLETED.replace("inner", "public/chat") + "\n\ndata: [DONE]\n\n");
        var usage = answers.getLast().usage();
        assertThat(usage.promptTokens()).isEqualTo(5);
        assertThat(usage.completionTokens()).isEqualTo(7);
        assertThat(usage.reasoningTokens()).isEqualTo(3);
        var asked = asker.received().body().toJsonObject();
        assertThat(asked.getValue("store")).isEqualTo(false);
        assertThat(asked.containsKey("stream_options")).isFalse();
    }

    @Test
    void a_complete_response_is_over_though_its_upstream_says_nothing_more() {
        asker.upstream(request -> request.response()
                .putHeader("content-type", "text/event-stream")
                .setChunked(true)
                .write(stream(DELTA, COMPLETED)));

        assertThat(OpenAiAsker.text(answers("createResponse", json(RESPONSE)))).endsWith("data: [DONE]\n\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "data: [DONE]\n\n",
                "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\"}}}\n\n",
                "data: {\"type\":\"error\",\"code\":\"x\",\"message\":\"secret\"}\n\n",
                "data: {\"no\":\"type\"}\n\n",
                "data: {\"type\":\n\n",
            })
    void a_response_that_is_not_completed_never_looks_like_one(String end) {
        asker.upstream(200, "text/event-stream", Buffer.buffer(stream(DELTA) + end));

        var dialogue = asker.ask("createResponse", json(RESPONSE));
        var first = asker.next(dialogue).join();

        assertThat(first.body().toString()).contains("word").doesNotContain("[DONE]");
        var failure = OpenAiAsker.failure(asker.next(dialogue));
        assertThat(failure.status()).isEqualTo(502);
        assertThat(failure.getMessage()).doesNotContain("secret");
    }

    @Test
    void a_model_is_not_asked_for_what_is_not_of_its_kind() {
        var failure = OpenAiAsker.failure(
                asker.next(asker.ask("createResponse", json("{\"model\":\"public/image\",\"input\":\"a\"}"))));

        assertThat(failure.status()).isEqualTo(400);
        assertThat(failure.param()).isEqualTo("model");
    }
}
