package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Form;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Usage;
import io.gotthard.contracts.Usage.Media;
import io.gotthard.contracts.Usage.Source;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is expected of a request, before it is asked. */
class ExpectedTest {

    @Test
    void a_chat_has_at_most_as_many_tokens_as_bytes_and_likely_a_quarter() {
        var body = "{\"messages\":[{\"role\":\"user\",\"content\":\"" + "é".repeat(1000) + "\"}]}";
        int bytes = Buffer.buffer(body).length();
        assertThat(most(Kind.CHAT, body)).isEqualTo(Usage.counted("m", "u", Source.ESTIMATED, bytes, 4096));
        assertThat(likely(Kind.CHAT, body)).isEqualTo(Usage.counted("m", "u", Source.ESTIMATED, bytes / 4, 256));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "'\"max_tokens\":10'; 10",
                "'\"max_completion_tokens\":10'; 10",
                "'\"max_output_tokens\":10'; 10",
                "'\"max_tokens\":10,\"max_completion_tokens\":20'; 20",
                "'\"max_completion_tokens\":null,\"max_tokens\":10'; 10",
                "'\"max_tokens\":10,\"n\":3'; 30",
                "'\"max_tokens\":0'; 0",
                "'\"max_tokens\":-5'; 0",
                "'\"max_tokens\":10,\"n\":0'; 10",
                "'\"max_tokens\":10,\"n\":-3'; 10",
                "'\"max_tokens\":10.9'; 10",
                "'\"max_tokens\":\"10\"'; 4096",
                "'\"n\":2'; 8192",
                "'\"max_tokens\":18446744073709551617'; 100000000",
                "'\"max_tokens\":9223372036854775807,\"n\":9223372036854775807'; 1000000000000",
                "'\"max_tokens\":1e300'; 100000000",
            })
    void the_output_is_what_the_request_allows(String fields, long most) {
        assertThat(most(Kind.CHAT, "{" + fields + "}").completionTokens()).isEqualTo(most);
    }

    @Test
    void the_output_is_what_the_model_allows_if_the_request_does_not_say() {
        var body = JsonBody.parse(Buffer.buffer("{\"n\":2}"));
        assertThat(Expected.most(Kind.CHAT, "m", "u", body, 32_000).completionTokens())
                .isEqualTo(64_000);
        var limited = JsonBody.parse(Buffer.buffer("{\"max_tokens\":10}"));
        assertThat(Expected.most(Kind.CHAT, "m", "u", limited, 32_000).completionTokens())
                .isEqualTo(10);
    }

    @Test
    void what_is_likely_is_what_is_allowed_where_that_is_said() {
        assertThat(likely(Kind.CHAT, "{\"max_tokens\":1000,\"n\":2}").completionTokens())
                .isEqualTo(2000);
        assertThat(likely(Kind.CHAT, "{\"n\":2}").completionTokens()).isEqualTo(512);
    }

    @Test
    void an_embedded_image_counts_as_an_image_and_not_as_its_bytes() {
        var without =
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"\"}}]}]}";
        var image = "data:image/png;base64," + "A".repeat(1_000_000);
        var with = without.replace("\"url\":\"\"", "\"url\":\"" + image + "\"");
        assertThat(most(Kind.CHAT, with).promptTokens()).isEqualTo(without.length() + 1445);
        assertThat(likely(Kind.CHAT, with).promptTokens())
                .isBetween(765 + without.length() / 4 - 1L, 765 + without.length() / 4 + 1L);
    }

    @Test
    void an_image_from_elsewhere_counts_as_an_image_too() {
        var body =
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"image_url\":\"https://x.example/\"},{\"image_url\":{}}]}]}";
        assertThat(most(Kind.CHAT, body).promptTokens()).isEqualTo(body.length() + 2 * 1445);
    }

    @Test
    void sound_counts_as_its_length_in_time() {
        var sound = "{\"messages\":[{\"content\":[{\"input_audio\":{\"data\":\"" + "A".repeat(400_000) + "\"}}]}]}";
        assertThat(most(Kind.CHAT, sound).promptTokens()).isBetween(4_000L, 4_100L);
        assertThat(likely(Kind.CHAT, sound).promptTokens()).isBetween(200L, 300L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"messages\":null}",
                "{\"messages\":{}}",
                "{\"messages\":[null,1,[],{\"content\":[null,1,[],{\"image_url\":null},{\"input_audio\":1}]}]}",
                "{\"messages\":[{\"content\":[{\"input_audio\":{\"data\":7}}]}],\"n\":[],\"max_tokens\":{}}",
            })
    void a_body_of_the_wrong_shape_is_its_length(String body) {
        for (var kind : List.of(Kind.CHAT, Kind.COMPLETION, Kind.EMBEDDING)) {
            assertThat(most(kind, body).promptTokens()).isEqualTo(body.length());
        }
    }

    @Test
    void each_prompt_of_a_completion_has_an_answer() {
        assertThat(most(Kind.COMPLETION, "{\"prompt\":\"a\",\"max_tokens\":5}").completionTokens())
                .isEqualTo(5);
        assertThat(most(Kind.COMPLETION, "{\"prompt\":[\"a\",\"b\"],\"max_tokens\":5,\"n\":2}")
                        .completionTokens())
                .isEqualTo(20);
        assertThat(most(Kind.COMPLETION, "{\"prompt\":[1,2,3],\"max_tokens\":5}")
                        .completionTokens())
                .isEqualTo(5);
        assertThat(most(Kind.COMPLETION, "{\"prompt\":[[1],[2]],\"max_tokens\":5}")
                        .completionTokens())
                .isEqualTo(10);
        assertThat(most(Kind.COMPLETION, "{\"prompt\":\"a\",\"max_tokens\":5,\"best_of\":4}")
                        .completionTokens())
                .isEqualTo(20);
    }

    @Test
    void an_embedding_has_no_output() {
        assertThat(most(Kind.EMBEDDING, "{\"input\":\"a\",\"max_tokens\":5}").completionTokens())
                .isZero();
    }

    @Test
    void images_and_speech_are_counted_as_such() {
        assertThat(most(Kind.IMAGE, "{\"prompt\":\"a\",\"n\":2,\"size\":\"1024x1024\",\"quality\":\"high\"}")
                        .media())
                .isEqualTo(new Media(2, "1024x1024", "high", 0, 0));
        assertThat(most(Kind.IMAGE, "{}").media()).isEqualTo(new Media(1, null, null, 0, 0));
        assertThat(most(Kind.SPEECH, "{\"input\":\"a😀\"}").media()).isEqualTo(new Media(0, null, null, 0, 2));
    }

    @Test
    void a_number_in_a_form_is_a_text() {
        assertThat(most(Kind.IMAGE_EDIT, "{\"n\":\"3\"}").media().images()).isEqualTo(3);
        assertThat(most(Kind.IMAGE_EDIT, "{\"n\":\"\"}").media().images()).isEqualTo(1);
        assertThat(most(Kind.IMAGE_EDIT, "{\"n\":\"many\"}").media().images()).isEqualTo(1);
    }

    @Test
    void a_sound_is_as_long_as_its_file_makes_likely_and_may_be_longer() {
        var sent = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n" + "a".repeat(4000)
                + "\r\n--x--";
        var body = JsonBody.of(Form.parse("multipart/form-data; boundary=x", Buffer.buffer(sent)));
        var likely = Expected.likely(Kind.TRANSCRIPTION, "m", "u", body);
        var most = Expected.most(Kind.TRANSLATION, "m", "u", body, 4096);
        assertThat(likely.media()).isEqualTo(new Media(0, null, null, sent.length() / 4, 0));
        assertThat(most.media()).isEqualTo(new Media(0, null, null, sent.length(), 0));
        assertThat(most.promptTokens()).isGreaterThan(likely.promptTokens());
    }

    @Test
    void a_response_is_expected_to_be_like_a_chat() {
        assertThat(most(Kind.RESPONSE, "{\"input\":\"a\",\"max_output_tokens\":5}"))
                .isEqualTo(most(Kind.CHAT, "{\"input\":\"a\",\"max_output_tokens\":5}"));
        var image =
                "{\"input\":[{\"content\":[{\"type\":\"input_image\",\"image_url\":\"https://a.example/b.png\"}]}]}";
        assertThat(most(Kind.RESPONSE, image).promptTokens()).isEqualTo(image.length() + ImageTokens.MOST);
    }

    @Test
    void a_request_without_json_is_not_known() {
        assertThat(Expected.most(Kind.TRANSCRIPTION, "m", "u", null, 4096).promptTokens())
                .isZero();
    }

    private static Usage most(Kind kind, String body) {
        return Expected.most(kind, "m", "u", JsonBody.parse(Buffer.buffer(body)), 4096);
    }

    private static Usage likely(Kind kind, String body) {
        return Expected.likely(kind, "m", "u", JsonBody.parse(Buffer.buffer(body)));
    }
}
