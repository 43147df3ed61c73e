package io.gotthard.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * An upstream that fails down to the bytes, in the way that the asked model's name says up to its first dot: {@code cut.whatever} is
 * cut. Each connection serves one request.
 */
final class FaultyUpstream {

    private static final Pattern MODEL = Pattern.compile("\"model\"\\s*:\\s*\"([^\".]+)");
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");
    private static final Pattern STREAM = Pattern.compile("\"stream\"\\s*:\\s*true");
    private static final Duration LIFETIME = Duration.ofMinutes(15);

    private static final String HALF = "{\"id\":\"1\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"mess";
    private static final String BAD_JSON = "{\"choices\":[{\"index\":";
    private static final String ERROR = "{\"error\":{\"message\":\"An error of the upstream.\",\"code\":500}}";
    private static final String ANSWER =
            "{\"id\":\"1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
                    + "\"message\":{\"role\":\"assistant\",\"content\":\"odd\"},\"finish_reason\":\"stop\"}],"
                    + "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}";

    private final Socket socket;
    private final InputStream in;
    private String fault = "";
    private boolean streaming;

    private FaultyUpstream(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** Starts on a free port and prints {@code port=<number>}; ends by itself after a quarter of an hour. */
    public static void main(String[] args) throws IOException {
        try (var server = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress())) {
            System.out.println("port=" + server.getLocalPort());
            Thread.ofVirtual().start(() -> {
                LockSupport.parkNanos(LIFETIME.toNanos());
                System.exit(0);
            });
            while (true) {
                var socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            }
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            var upstream = new FaultyUpstream(socket);
            upstream.read();
            upstream.play();
        } catch (IOException gone) {
            // Who asked went away.
        }
    }

    private void read() throws IOException {
        var head = new StringBuilder();
        for (var line = line(); !line.isEmpty(); line = line()) {
            head.append(line).append('\n');
        }
        var length = LENGTH.matcher(head);
        var body = new String(
                in.readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0), StandardCharsets.UTF_8);
        var model = MODEL.matcher(body);
        fault = model.find() ? model.group(1) : "";
        streaming = STREAM.matcher(body).find();
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("Gone.");
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }

    /** When this returns, the connection is closed. */
    private void play() throws IOException {
        switch (fault) {
            case "401", "403", "404", "408", "429", "500", "502", "503" -> status(fault, ERROR);
            case "400", "422" -> status(fault, refusal("invalid_value"));
            case "429-wait-1s" -> wait("1");
            case "429-wait-30s" -> wait("30");
            case "context-length" -> status("400", refusal("context_length_exceeded"));
            case "content-filter" -> status("400", refusal("content_filter"));
            case "reset" -> reset();
            case "closed" -> {}
            case "no-http" -> raw("SSH-2.0-OpenSSH\r\n\r\n");
            case "html" -> {
                head("200 OK", "content-type: text/html", "connection: close");
                raw("<html>502</html>");
            }
            case "silence" -> silence();
            case "slow-first-token" -> {
                begin();
                silence();
            }
            case "role-then-cut" -> begin();
            default -> playLate();
        }
    }

    private void playLate() throws IOException {
        begin();
        if (!streaming) {
            // Only the beginning came, and nothing or silence follows.
            if (fault.equals("stall")) {
                silence();
            }
            return;
        }
        event("{\"id\":\"1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"half\"}}]}");
        switch (fault) {
            case "stall" -> silence();
            case "bad-json" -> event(BAD_JSON);
            case "error-event" -> event(ERROR);
            case "ends-early" -> raw("0\r\n\r\n");
            case "no-done", "no-done-open" -> {
                event("{\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}");
                if (fault.equals("no-done")) {
                    raw("0\r\n\r\n");
                } else {
                    silence();
                }
            }
            default -> LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        if (fault.equals("bad-json") || fault.equals("error-event")) {
            event("[DONE]");
            raw("0\r\n\r\n");
        }
    }

    /** The head, and the role or the beginning of a whole answer. What is only odd in a stream is a good answer else. */
    private void begin() throws IOException {
        if (streaming) {
            head("200 OK", "content-type: text/event-stream", "transfer-encoding: chunked", "connection: close");
            event(
                    "{\"id\":\"1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}");
        } else if (fault.startsWith("no-done")) {
            status("200", ANSWER);
        } else if (fault.equals("bad-json")) {
            status("200", HALF);
        } else if (fault.equals("error-event")) {
            status("200", ERROR);
        } else {
            head("200 OK", "content-type: application/json", "content-length: 1000");
            raw(HALF);
        }
    }

    private static String refusal(String code) {
        return "{\"error\":{\"message\":\"Not this.\",\"type\":\"invalid_request_error\",\"code\":\"" + code + "\"}}";
    }

    private void wait(String seconds) throws IOException {
        head("429 X", "connection: close", "retry-after: " + seconds, "content-length: 0");
    }

    private void status(String status, String body) throws IOException {
        head(status + " X", "connection: close", "content-type: application/json", "content-length: " + body.length());
        raw(body);
    }

    private void head(String status, String... headers) throws IOException {
        raw("HTTP/1.1 " + status + "\r\n" + String.join("\r\n", headers) + "\r\n\r\n");
    }

    private void event(String data) throws IOException {
        var event = "data: " + data + "\n\n";
        raw(Integer.toHexString(event.length()) + "\r\n" + event + "\r\n");
    }

    private void raw(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Says nothing more until the other side goes away. */
    private void silence() throws IOException {
        while (in.read() >= 0) {
            // Nothing more is expected; whatever it is, it is no end.
        }
    }

    private void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }
}
