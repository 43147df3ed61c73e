package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.models.Kind;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images, sounds, transcripts, moderations and responses of the demo, which others can read. */
class DemoMediaTest {

    private DemoAsker demo;

    @BeforeEach
    void start() throws Exception {
        demo = new DemoAsker();
    }

    @AfterEach
    void stop() throws Exception {
        demo.close();
    }

    private static JsonObject prompt(String text) {
        return new JsonObject().put("prompt", text);
    }

    private List<String> images(Kind kind, JsonObject body) throws Exception {
        return demo.json(kind, body).getJsonArray("data").stream()
                .map(image -> ((JsonObject) image).getString("b64_json"))
                .toList();
    }

    @Test
    void the_same_prompt_is_the_same_image_and_each_of_several_is_another() throws Exception {
        var images = images(Kind.IMAGE, prompt("a pass").put("n", 3));
        assertThat(images).hasSize(3).doesNotHaveDuplicates();
        assertThat(images(Kind.IMAGE_EDIT, prompt("a pass"))).containsExactly(images.getFirst());
        var image = ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(images.getFirst())));
        assertThat(image.getWidth()).isEqualTo(64);
        assertThat(image.getRGB(0, 0)).isNotEqualTo(image.getRGB(63, 63));
        assertThat(demo.whole(Kind.IMAGE, prompt("a").put("n", 2))
                        .usage()
                        .media()
                        .images())
                .isEqualTo(2);
    }

    @Test
    void an_image_can_be_an_address_that_is_the_image() throws Exception {
        var answer = demo.json(Kind.IMAGE, prompt("a").put("response_format", "url"));
        assertThat(answer.getJsonArray("data").getJsonObject(0).getString("url"))
                .startsWith("data:image/png;base64,");
    }

    @Test
    void speech_is_a_sound_with_a_beep_for_each_word() throws Exception {
        var body = new JsonObject().put("input", "Over the pass").put("voice", "any");
        var sound = Buffer.buffer();
        demo.stream(Kind.SPEECH, body).forEach(answer -> sound.appendBuffer(answer.body()));
        try (var audio = AudioSystem.getAudioInputStream(new ByteArrayInputStream(sound.getBytes()))) {
            assertThat(audio.getFormat().getSampleRate()).isEqualTo(8000);
            assertThat(audio.getFrameLength()).isEqualTo(3000);
        }
        assertThat(DemoTest.refused(demo, Kind.SPEECH, body.put("response_format", "mp3"))
                        .param())
                .isEqualTo("response_format");
    }

    @Test
    void a_transcript_says_that_nobody_listened() throws Exception {
        var body = new JsonObject().put("file", "talk.mp3");
        var text = demo.json(Kind.TRANSCRIPTION, body).getString("text");
        assertThat(text).contains("no model is behind it", "talk.mp3");
        assertThat(demo.json(Kind.TRANSLATION, body).getString("text")).isEqualTo(text);
        assertThat(demo.whole(Kind.TRANSCRIPTION, body.copy().put("response_format", "text"))
                        .body())
                .hasToString(text + "\n");
        var events = events(Kind.TRANSCRIPTION, body);
        assertThat(deltas(events)).isEqualTo(text);
        assertThat(events.getLast().getString("text")).isEqualTo(text);
        assertThat(DemoTest.refused(demo, Kind.TRANSCRIPTION, body.put("response_format", "srt"))
                        .param())
                .isEqualTo("response_format");
    }

    @Test
    void each_text_is_judged() throws Exception {
        var body = new JsonObject().put("input", new JsonArray().add("A pass.").add("Violence!"));
        var results = demo.json(Kind.MODERATION, body).getJsonArray("results");
        assertThat(results.getJsonObject(0).getBoolean("flagged")).isFalse();
        assertThat(results.getJsonObject(1).getBoolean("flagged")).isTrue();
        assertThat(results.getJsonObject(1).getJsonObject("categories").getBoolean("violence"))
                .isTrue();
    }

    private List<JsonObject> events(Kind kind, JsonObject body) throws Exception {
        var all = Buffer.buffer();
        demo.stream(kind, body).forEach(answer -> all.appendBuffer(answer.body()));
        var events = List.of(all.toString().split("\n\n"));
        assertThat(events.getLast()).isEqualTo("data: [DONE]");
        return events.subList(0, events.size() - 1).stream()
                .map(event -> {
                    var json = new JsonObject(event.substring(event.indexOf("data: ") + 6));
                    assertThat(event).startsWith("event: " + json.getString("type") + "\n");
                    return json;
                })
                .toList();
    }

    private static String deltas(List<JsonObject> events) {
        return events.stream().map(event -> event.getString("delta", "")).collect(Collectors.joining());
    }

    @ParameterizedTest
    @CsvSource({"1000, completed", "3, incomplete"})
    void a_response_is_the_same_whole_and_in_events(int most, String status) throws Exception {
        var part = new JsonObject().put("type", "input_text").put("text", "Which pass?");
        var said = new JsonObject().put("role", "user").put("content", new JsonArray().add(part));
        var body = new JsonObject().put("input", new JsonArray().add(said)).put("max_output_tokens", most);

        var whole = demo.json(Kind.RESPONSE, body);
        var events = events(Kind.RESPONSE, body);

        assertThat(whole.getString("status")).isEqualTo(status);
        var text = whole.getJsonArray("output")
                .getJsonObject(0)
                .getJsonArray("content")
                .getJsonObject(0)
                .getString("text");
        assertThat(deltas(events)).isEqualTo(text);
        assertThat(events.stream().map(event -> event.getInteger("sequence_number")))
                .containsExactlyElementsOf(
                        IntStream.range(0, events.size()).boxed().toList());
        assertThat(events.stream().map(event -> event.getString("type")).distinct())
                .containsExactlyElementsOf(Stream.of(
                                "created",
                                "in_progress",
                                "output_item.added",
                                "content_part.added",
                                "output_text.delta",
                                "output_text.done",
                                "content_part.done",
                                "output_item.done",
                                status)
                        .map(type -> "response." + type)
                        .toList());
        assertThat(events.getLast().getJsonObject("response").getJsonObject("usage"))
                .isEqualTo(whole.getJsonObject("usage"));
    }

    @Test
    void a_response_conforms_to_a_schema_and_calls_no_tools() throws Exception {
        var format = new JsonObject("""
            {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object", "required": ["a"],
             "properties": {"a": {"type": "integer"}}}}}\
            """);
        var body = new JsonObject().put("input", "a").put("text", format);
        assertThat(deltas(events(Kind.RESPONSE, body))).startsWith("{\"a\":");
        assertThat(DemoTest.refused(demo, Kind.RESPONSE, body.put("tool_choice", "required"))
                        .param())
                .isEqualTo("tool_choice");
    }
}
