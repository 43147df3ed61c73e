package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.BadRequestException;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.moderations.ModerationCreateParams;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import io.gotthard.platform.ScriptedUpstream.Visit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images, audio, moderations and responses through the gateway, with OpenAI's SDK for Java, and what they cost. */
class MediaIT {

    private static final byte[] SOUND = new byte[1_000_000];

    private static final String MODELS = """
        models:
          voice: {kind: speech, targets: [{upstream: main, model: internal/voice}], price: {characters: 1000}}
          cut-voice: {kind: speech, targets: [{upstream: main, model: internal/cut-voice}], price: {characters: 1000}}
          slow-voice: {kind: speech, targets: [{upstream: main, model: internal/slow-voice}], price: {characters: 1000}}
          ears: {kind: transcription, targets: [{upstream: main, model: internal/ears}], price: {audio_second: 0.001}}
          painter: {kind: image, targets: [{upstream: main, model: internal/painter}], price: {image: 0.04}}
          judge: {kind: moderation, targets: [{upstream: main, model: internal/judge}], price: {request: 0.001}}
          thinker: {kind: chat, targets: [{upstream: main, model: internal/thinker}], price: {input: 1, output: 2}}
          of-another: {kind: chat, targets: [{upstream: another, model: internal/thinker}], price: {request: 0}}
          of-both:
            kind: chat
            strategy: priority
            targets: [{upstream: another, model: internal/thinker}, {upstream: main, model: internal/thinker}]
            price: {request: 0}
        """;

    private static final String RESPONSE = """
        {"id":"resp_1","object":"response","created_at":1,"status":"completed","error":null,"incomplete_details":null,\
        "instructions":null,"metadata":{},"model":"internal/thinker","output":[{"type":"message","id":"m","status":"completed",\
        "role":"assistant","content":[{"type":"output_text","text":"A pass.","annotations":[]}]}],"parallel_tool_calls":true,\
        "temperature":1,"tool_choice":"auto","tools":[],"top_p":1,"usage":{"input_tokens":10,"input_tokens_details":\
        {"cached_tokens":0},"output_tokens":8,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":18}}\
        """;

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static Ledger ledger;
    private static OpenAIClient client;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        new Random(7).nextBytes(SOUND);
        upstream = ScriptedUpstream.start()
                .on("voice", visit -> speak(visit, SOUND.length))
                .on("cut-voice", visit -> speak(visit, SOUND.length * 2))
                .on("slow-voice", visit -> {
                    speak(visit, SOUND.length * 2);
                    visit.silence();
                })
                .on(
                        "ears",
                        visit -> visit.json(
                                200, "{\"text\":\"Grüezi\",\"usage\":{\"type\":\"duration\",\"seconds\":3}}"))
                .on(
                        "painter",
                        visit -> visit.json(
                                200, "{\"created\":1,\"data\":[{\"b64_json\":\"AA==\"},{\"b64_json\":\"AA==\"}]}"))
                .on(
                        "judge",
                        visit -> visit.json(200, "{\"id\":\"1\",\"model\":\"m\",\"results\":[{\"flagged\":true}]}"))
                .on("thinker", MediaIT::think);
        platform = RunningPlatform.start(
                "upstreams:\n" + upstream.as("main") + "  another: {protocol: anthropic, url: \"" + upstream.url()
                        + "\", key: k}\n" + MODELS,
                TestDatabase.url());
        ledger = new Ledger(TestDatabase.url());
        client = OpenAIOkHttpClient.builder()
                .baseUrl(platform.url() + "/v1")
                .apiKey(RunningPlatform.KEY)
                .maxRetries(0)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        platform.close();
        upstream.close();
    }

    private static void speak(Visit visit, int length) throws IOException {
        visit.raw("HTTP/1.1 200 X\r\nconnection: close\r\ncontent-type: audio/mpeg\r\ncontent-length: " + length
                + "\r\n\r\n");
        visit.raw(SOUND);
    }

    private static void think(Visit visit) throws IOException {
        if (!visit.body.contains("\"stream\":true")) {
            visit.json(200, RESPONSE);
            return;
        }
        visit.open();
        visit.event(
                "{\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"item_id\":\"m\",\"output_index\":0,"
                        + "\"content_index\":0,\"delta\":\"A pass.\",\"logprobs\":[]}");
        if (!visit.body.contains("break")) {
            visit.event("{\"type\":\"response.completed\",\"sequence_number\":2,\"response\":" + RESPONSE + "}");
        }
        visit.end();
    }

    private static SpeechCreateParams speech(String model) {
        return SpeechCreateParams.builder()
                .model(model)
                .input("Grüezi")
                .voice("alloy")
                .build();
    }

    private static ResponseCreateParams.Builder question(String text) {
        return ResponseCreateParams.builder().model("thinker").input(text);
    }

    @Test
    void speech_comes_whole_and_costs_its_characters() throws IOException {
        try (var answer = client.audio().speech().create(speech("voice"))) {
            assertThat(answer.headers().values("content-type")).containsExactly("audio/mpeg");
            assertThat(Arrays.equals(answer.body().readAllBytes(), SOUND)).isTrue();
            assertThat(ledger.charge(answer.requestId().orElseThrow()).amount()).isEqualTo(6_000_000);
        }
    }

    @Test
    void speech_that_breaks_off_does_not_look_whole_and_costs_nothing() {
        try (var answer = client.audio().speech().create(speech("cut-voice"))) {
            assertThatThrownBy(() -> answer.body().readAllBytes()).isInstanceOf(IOException.class);
            assertThat(ledger.charge(answer.requestId().orElseThrow()).amount()).isZero();
        }
    }

    @Test
    void who_leaves_in_the_midst_of_speech_pays_for_it() throws IOException {
        String id;
        try (var answer = client.audio().speech().create(speech("slow-voice"))) {
            id = answer.requestId().orElseThrow();
            assertThat(answer.body().read()).isNotNegative();
        }
        assertThat(ledger.charge(id).amount()).isEqualTo(6_000_000);
    }

    @Test
    void a_sound_is_transcribed_once_however_often_it_is_sent_with_the_same_key() throws IOException {
        var file = Files.write(folder.resolve("talk.mp3"), SOUND);
        var key = UUID.randomUUID().toString();
        int before = upstream.visits("ears").size();
        for (int i = 0; i < 2; i++) {
            // The SDK reads a file once for each question, and makes another boundary each time.
            var question = TranscriptionCreateParams.builder()
                    .model("ears")
                    .file(file)
                    .putAdditionalHeader("Idempotency-Key", key)
                    .build();
            try (var answer = client.audio().transcriptions().withRawResponse().create(question)) {
                assertThat(answer.parse().asTranscription().text()).isEqualTo("Grüezi");
                assertThat(answer.headers().values("idempotent-replayed")).hasSize(i);
                if (i == 0) {
                    assertThat(ledger.charge(answer.requestId().orElseThrow()).amount())
                            .isEqualTo(3_000_000);
                }
            }
        }
        assertThat(upstream.visits("ears")).hasSize(before + 1);
    }

    @Test
    void images_cost_as_many_as_there_are() {
        var question = ImageGenerateParams.builder()
                .model("painter")
                .prompt("The pass")
                .n(3)
                .build();
        try (var answer = client.images().withRawResponse().generate(question)) {
            assertThat(answer.parse().data().orElseThrow()).hasSize(2);
            assertThat(ledger.charge(answer.requestId().orElseThrow()).amount()).isEqualTo(80_000_000);
        }
    }

    @Test
    void a_text_is_moderated() {
        var answer = client.moderations()
                .create(ModerationCreateParams.builder()
                        .model("judge")
                        .input("a")
                        .build());
        assertThat(answer.results().getFirst().flagged()).isTrue();
    }

    @Test
    void a_response_is_whole_or_a_stream_and_costs_the_same() {
        try (var whole =
                client.responses().withRawResponse().create(question("What?").build())) {
            assertThat(whole.parse().model().toString()).contains("thinker").doesNotContain("internal");
            assertThat(ledger.charge(whole.requestId().orElseThrow()).amount()).isEqualTo(26_000);
        }
        try (var raw = client.responses()
                        .withRawResponse()
                        .createStreaming(question("What?").build());
                var stream = raw.parse()) {
            var events = stream.stream().toList();
            assertThat(events.stream()
                            .flatMap(event -> event.outputTextDelta().stream())
                            .map(delta -> delta.delta())
                            .collect(Collectors.joining()))
                    .isEqualTo("A pass.");
            assertThat(events.getLast().asCompleted().response().id()).isEqualTo("resp_1");
            assertThat(ledger.charge(raw.requestId().orElseThrow()).amount()).isEqualTo(26_000);
        }
        assertThat(upstream.visits("thinker").getLast().body).contains("\"store\":false");
    }

    @Test
    void an_upstream_of_another_protocol_refuses_by_name_or_leaves_it_to_one_that_can() {
        assertThatThrownBy(() -> client.responses()
                        .create(question("a").model("of-another").build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        refused -> assertThat(refused.code()).contains("unsupported_operation"));
        try (var answer = client.responses()
                .withRawResponse()
                .create(question("a").model("of-both").build())) {
            assertThat(answer.headers().values("x-gotthard-target")).containsExactly("main");
        }
    }

    @Test
    void a_response_that_breaks_off_is_an_error() {
        try (var stream = client.responses().createStreaming(question("break").build())) {
            assertThatThrownBy(() -> stream.stream().forEach(MediaIT::isNotComplete))
                    .isInstanceOf(RuntimeException.class);
        }
    }

    private static void isNotComplete(ResponseStreamEvent event) {
        assertThat(event.isCompleted()).isFalse();
    }

    @Test
    void what_would_need_something_that_was_kept_is_refused_by_name() {
        assertThatThrownBy(() -> client.responses()
                        .create(question("a").previousResponseId("resp_1").build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        refused -> assertThat(refused.param()).contains("previous_response_id"));
        assertThatThrownBy(() ->
                        client.responses().create(question("a").store(true).build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        refused -> assertThat(refused.param()).contains("store"));
    }
}
