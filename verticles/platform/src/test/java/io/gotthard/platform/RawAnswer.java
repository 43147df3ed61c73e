package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * An HTTP response as it was on the wire.
 *
 * @param status the status
 * @param headers their names in small letters; those which are there twice are joined by a comma
 * @param body what the framing said was the body
 */
record RawAnswer(int status, Map<String, String> headers, byte[] body) {

    /** Reads one response, and not a byte more. */
    static RawAnswer read(InputStream in, boolean bodiless) throws IOException {
        var status = line(in);
        assertThat(status).as("a status line").matches("HTTP/1\\.[01] [1-5][0-9][0-9] .*");
        var headers = new TreeMap<String, String>();
        for (var line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip(),
                    (first, second) -> first + ", " + second);
        }
        int code = Integer.parseInt(status.substring(9, 12));
        return new RawAnswer(code, headers, bodiless || code < 200 ? new byte[0] : body(in, headers));
    }

    private static byte[] body(InputStream in, Map<String, String> headers) throws IOException {
        if ("chunked".equals(headers.get("transfer-encoding"))) {
            var body = new ByteArrayOutputStream();
            for (var chunk = chunk(in); chunk.length > 0; chunk = chunk(in)) {
                body.writeBytes(chunk);
            }
            return body.toByteArray();
        }
        var length = headers.get("content-length");
        return length == null ? in.readAllBytes() : exactly(in, Integer.parseInt(length));
    }

    /** Reads the next chunk of a chunked body; it is empty at the end of the body. */
    static byte[] chunk(InputStream in) throws IOException {
        var chunk = exactly(in, Integer.parseInt(line(in), 16));
        assertThat(line(in)).isEmpty();
        return chunk;
    }

    /** Reads so many bytes. */
    static byte[] exactly(InputStream in, int length) throws IOException {
        var bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("The body ended after " + bytes.length + " of " + length + " bytes");
        }
        return bytes;
    }

    /** Reads a line that ends with CR LF, without these. */
    static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("The connection was closed after: " + line);
            }
            line.write(next);
        }
        var text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    JsonObject json() {
        return new JsonObject(Buffer.buffer(body));
    }

    /** The error in OpenAI's shape; fails if it isn't one, with all four keys, a sentence for people and a request id. */
    JsonObject error(int expectedStatus) {
        assertThat(status).as(text()).isEqualTo(expectedStatus);
        assertThat(headers).containsEntry("content-type", "application/json");
        assertThat(json().fieldNames()).containsExactly("error");
        var error = json().getJsonObject("error");
        assertThat(error.fieldNames()).containsExactlyInAnyOrder("message", "type", "param", "code");
        assertThat(error.getString("message")).isNotBlank();
        assertThat(error.getString("type")).isNotBlank();
        return error;
    }
}
