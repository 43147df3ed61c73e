package io.gotthard.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forms are read as everybody reads them, or not at all. */
class FormTest {

    private static final String TYPE = "multipart/form-data; boundary=xyz";

    /** A part with this head and text; {@code |} ends a line of the head. */
    private static String part(String head, String text) {
        return "--xyz\r\n" + head.replace("|", "\r\n") + "\r\n\r\n" + text + "\r\n";
    }

    private static String named(String name, String text) {
        return part("Content-Disposition: form-data; name=\"" + name + "\"", text);
    }

    private static Form parse(String text) {
        return Form.parse(TYPE, Buffer.buffer(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void texts_and_the_names_of_files_are_read_and_files_are_not() {
        var form = parse(part(
                        "Content-Disposition: form-data; name=\"file\"; filename=\"ä.mp3\"|Content-Type: audio/mpeg",
                        "\0\r\n")
                + named("model", "whisper")
                + named("stream", "true")
                + named("empty", "")
                + named("timestamp_granularities[]", "word")
                + named("timestamp_granularities[]", "segment")
                + "--xyz--\r\n");

        assertThat(JsonBody.of(form).fields())
                .isEqualTo(Map.of(
                        "file", "ä.mp3",
                        "model", "whisper",
                        "stream", true,
                        "empty", "",
                        "timestamp_granularities[]", List.of("word", "segment")));
    }

    @Test
    void another_text_takes_the_place_of_one_and_every_other_byte_stays() {
        var sent = named("prompt", "whisper") + named("model", "whisper") + "--xyz--";

        var edited = parse(sent).with("model", "vendor/Größe");

        assertThat(edited).hasToString(named("prompt", "whisper") + named("model", "vendor/Größe") + "--xyz--");
        assertThat(parse(sent).bytes()).hasToString(sent);
    }

    @Test
    void the_same_sent_again_with_another_boundary_has_the_same_digest() throws NoSuchAlgorithmException {
        var sent = named("model", "m") + named("prompt", "p") + "--xyz--\r\n";
        var again = Form.parse("multipart/form-data; boundary=\"a=b\"", Buffer.buffer(sent.replace("--xyz", "--a=b")));

        assertThat(digest(again)).isEqualTo(digest(parse(sent)));
        assertThat(digest(parse(named("model", "m") + named("prompt", "q") + "--xyz--")))
                .isNotEqualTo(digest(parse(sent)));
    }

    private static byte[] digest(Form form) throws NoSuchAlgorithmException {
        var digest = MessageDigest.getInstance("SHA-256");
        form.addTo(digest);
        return digest.digest();
    }

    @Test
    void a_form_travels_with_its_bytes() {
        var form = parse(named("model", "m") + "--xyz--");
        var wire = Buffer.buffer();
        Codecs.CALL.encodeToWire(wire, new Call("1", "r", Caller.NOBODY, Map.of(), JsonBody.of(form)));

        var arrived = Codecs.CALL.decodeFromWire(0, wire).body();

        assertThat(arrived.form().contentType()).isEqualTo(TYPE);
        assertThat(arrived.form().bytes()).isEqualTo(form.bytes());
        assertThat(arrived.fields()).isEqualTo(Map.of("model", "m"));
    }

    @Test
    void two_parts_of_the_same_name_are_refused() {
        refuse(named("model", "a") + named("model", "b") + "--xyz--", "twice");
        refuse(
                named("model", "a") + part("Content-Disposition: form-data; name=\"model\"; filename=\"x\"", "b")
                        + "--xyz--",
                "is a file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Disposition: form-data; name=\"a\"; name=\"model\"",
                "Content-Disposition: form-data; name=model",
                "Content-Disposition: form-data; name=\"mo\\del\"",
                "Content-Disposition: form-data; name*=UTF-8''model; name=\"a\"",
                "Content-Disposition: form-data; name=\"a\"|Content-Disposition: form-data; name=\"model\"",
                "Content-Disposition: form-data; name=\"a\"|Content-Transfer-Encoding: base64",
                "Content-Disposition: form-data; name=\"a\"|Content-Type: text/plain; charset=utf-16",
                "Content-Disposition: form-data; name=\"a\"|\tname=\"model\"",
                "Content-Disposition: form-data; name=\"a\"\nX: y",
                "Content-Disposition: attachment; name=\"a\"",
                "Content-Type: text/plain",
            })
    void a_part_that_could_be_read_in_several_ways_is_refused(String head) {
        refuse(part(head, "text") + "--xyz--", "not a valid form");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--xyz",
                "preamble\r\n--xyz--",
                "--xyz\r\n\r\n--xyz--",
                "--xyz--epilogue",
                "--xyz--\r\n--xyz--",
                "--xyzz--",
            })
    void what_is_not_exactly_a_form_is_refused(String body) {
        refuse(body, "not a valid form");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--xyz\r\nmore", "text\n--xyz--\n", "text--xyz", "\n--xyz"})
    void a_boundary_within_a_part_is_refused(String text) {
        refuse(named("prompt", text) + "--xyz--", "a boundary is in a part");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "multipart/form-data",
                "multipart/form-data; boundary=",
                "multipart/form-data; boundary=a; boundary=b",
                "multipart/mixed; boundary=a",
                "multipart/form-data; boundary=a; charset=utf-16",
                "application/json",
            })
    void what_does_not_name_one_boundary_is_no_form(String type) {
        assertThat(Form.is(type)).isFalse();
    }

    @Test
    void a_text_that_is_not_UTF_8_is_refused() {
        var bytes = (named("prompt", "ä") + "--xyz--").getBytes(StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> Form.parse(TYPE, Buffer.buffer(bytes))).isInstanceOf(Failure.class);
    }

    private static void refuse(String body, String reason) {
        assertThatThrownBy(() -> parse(body))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(400))
                .hasMessageContaining(reason);
    }
}
