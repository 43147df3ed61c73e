package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A client that sends whatever it likes, HTTP or not, over one TCP connection. No reading takes longer than 20 seconds. */
final class RawClient implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    private RawClient(URI url, int receiveBuffer) {
        try {
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(url.getHost(), url.getPort()), PATIENCE_MILLIS);
            in = new BufferedInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static RawClient to(URI url) {
        return new RawClient(url, 0);
    }

    /** A client whose side of the connection holds little, so that what it does not read soon fills up elsewhere. */
    static RawClient withSmallBuffer(URI url) {
        return new RawClient(url, 64 * 1024);
    }

    /** The whole of a POST of JSON with the good key. */
    static String post(String path, String body) {
        return head("POST", path, "Content-Type: application/json", length(body)) + body;
    }

    /** A question to a model, with further members of the body such as {@code "stream":true}. */
    static String chat(String model, String... members) {
        var more = members.length == 0 ? "" : "," + String.join(",", members);
        return post(
                "/v1/chat/completions",
                "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]%s}".formatted(model, more));
    }

    /** A request's head with the good key, the blank line included. */
    static String head(String method, String path, String... headers) {
        return bare(method, path, "Authorization: Bearer " + RunningPlatform.KEY)
                        .replaceFirst("\r\n\r\n$", "\r\n")
                + lines(headers);
    }

    /** A request's head without a key. */
    static String bare(String method, String path, String... headers) {
        return method + " " + path + " HTTP/1.1\r\nHost: gotthard\r\n" + lines(headers);
    }

    static String length(String body) {
        return "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length;
    }

    private static String lines(String... headers) {
        return headers.length == 0 ? "\r\n" : String.join("\r\n", headers) + "\r\n\r\n";
    }

    RawClient send(String text) {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    RawClient send(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Sends as long as the other side takes it, at most so many times; says whether it took all. */
    boolean sendRepeatedly(byte[] bytes, int times) {
        try {
            for (int i = 0; i < times; i++) {
                out.write(bytes);
            }
            return true;
        } catch (IOException closed) {
            return false;
        }
    }

    /** The next response. */
    RawAnswer answer() {
        return read(input -> RawAnswer.read(input, false));
    }

    /** The next response, which by the rules has no body: to HEAD. */
    RawAnswer bodilessAnswer() {
        return read(input -> RawAnswer.read(input, true));
    }

    /** The next chunk of a response whose head {@link #bodilessAnswer} has read, as text; empty at its end. */
    String chunk() {
        return read(input -> new String(RawAnswer.chunk(input), StandardCharsets.UTF_8));
    }

    /** So many bytes of a response whose head {@link #bodilessAnswer} has read, as text. */
    String exactly(int length) {
        return read(input -> new String(RawAnswer.exactly(input, length), StandardCharsets.UTF_8));
    }

    /** All that comes until the other side closes the connection. */
    String rest() {
        return read(input -> {
            var text = new StringBuilder();
            try {
                for (int next = input.read(); next >= 0; next = input.read()) {
                    text.append((char) next);
                }
            } catch (SocketException reset) {
                assertThat(reset).hasMessageContaining("reset");
            }
            return text.toString();
        });
    }

    /** Reads some bytes and says how many there were; -1 at the end. */
    int readSome(byte[] into) {
        return read(input -> input.read(into));
    }

    /** Says that nothing more will be sent, and still reads. */
    RawClient halfClose() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Goes away: with a farewell, or without a word, so that the other side gets a reset. */
    void leave(boolean withoutAWord) {
        try {
            socket.setSoLinger(withoutAWord, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FunctionalInterface
    private interface Reading<T> {
        T from(InputStream in) throws IOException;
    }

    private <T> T read(Reading<T> reading) {
        try {
            return reading.from(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
