package io.gotthard.platform;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * An upstream that does to each connection what a script says, down to the bytes, and notices at once when it is closed. The
 * script is chosen by the request's {@code model}; each connection serves one request.
 */
final class ScriptedUpstream implements AutoCloseable {

    /** The key this upstream is shown; an upstream that tells it to us must not tell it to our clients. */
    static final String KEY = "up-secret-of-the-script";

    /** What a script's name becomes here; the platform's public name is the script's own. */
    static final String PREFIX = "internal/";

    private static final Pattern MODEL = Pattern.compile(
            "(?:\"model\"\\s*:\\s*\"|name=\"model\"[^\\n]*\\n(?:[^\\n]{2,}\\n){0,4}\\r\\n)" + PREFIX + "([^\"\\r]+)");
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

    /** What to do with a request. When it returns, the connection is closed. */
    @FunctionalInterface
    interface Script {
        void play(Visit visit) throws IOException;
    }

    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final List<Visit> visits = new CopyOnWriteArrayList<>();
    private final ServerSocket server;

    private ScriptedUpstream() {
        try {
            server = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    static ScriptedUpstream start() {
        return new ScriptedUpstream().on("good", visit -> visit.json(200, "{\"id\":\"1\",\"choices\":[]}"));
    }

    /** Plays a script for a model. */
    ScriptedUpstream on(String model, Script script) {
        scripts.put(model, script);
        return this;
    }

    /** Where it is, as the configuration says it. */
    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/v1";
    }

    /** The configuration of the platform that asks this upstream, with further keys of the upstream. */
    String configuration(String more) {
        return configuration(more, "");
    }

    /** The same with further keys of each model, such as {@code price}. */
    String configuration(String more, String ofModels) {
        var last = ofModels.isEmpty() ? "" : ", " + ofModels;
        var models = new StringBuilder();
        scripts.keySet()
                .forEach(name ->
                        models.append("  \"%s\": {kind: chat, targets: [{upstream: scripted, model: \"%s\"}]%s}\n"
                                .formatted(name, PREFIX + name, last)));
        return "upstreams:\n" + entry("scripted", more) + "models:\n" + models;
    }

    /** An entry of the configuration's upstreams, with further keys. */
    String entry(String name, String more) {
        return "  \"%s\": {protocol: openai, url: \"%s\", key: %s%s}\n"
                .formatted(name, url(), KEY, more.isEmpty() ? "" : ", " + more);
    }

    /** The configuration of this upstream alone, under a name of its own. */
    String as(String name) {
        return "  %s: {protocol: openai, url: \"http://127.0.0.1:%d/v1\", key: %s}\n"
                .formatted(name, server.getLocalPort(), KEY);
    }

    /** The requests so far for a model, the first first. */
    List<Visit> visits(String model) {
        return visits.stream().filter(visit -> visit.model.equals(model)).toList();
    }

    /** Waits for the nth request for a model, counted from 1. */
    Visit visit(String model, int nth) {
        Await.until(nth + " requests for " + model, () -> visits(model).size() >= nth);
        return visits(model).get(nth - 1);
    }

    /** How many requests there were. */
    int count() {
        return visits.size();
    }

    private void accept() {
        try {
            while (true) {
                var socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            var in = new BufferedInputStream(socket.getInputStream());
            var head = new StringBuilder();
            for (var line = RawAnswer.line(in); !line.isEmpty(); line = RawAnswer.line(in)) {
                head.append(line).append('\n');
            }
            var length = LENGTH.matcher(head);
            var bytes = in.readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
            var body = new String(bytes, StandardCharsets.UTF_8);
            var model = MODEL.matcher(body);
            var visit = new Visit(socket, head.toString(), body, model.find() ? model.group(1) : "");
            visits.add(visit);
            Thread.ofVirtual().start(() -> visit.watch(in));
            scripts.get(visit.model).play(visit);
        } catch (IOException | UncheckedIOException gone) {
            // Who asked went away, which the visit knows.
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            for (var visit : visits) {
                visit.socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One request, and the connection it came on. */
    static final class Visit {

        private static final String EVENTS = "content-type: text/event-stream\r\ntransfer-encoding: chunked";

        final String head;
        final String body;
        private final String model;
        private final Socket socket;
        private final AtomicLong written = new AtomicLong();
        private final CompletableFuture<Long> closed = new CompletableFuture<>();

        private Visit(Socket socket, String head, String body, String model) {
            this.socket = socket;
            this.head = head;
            this.body = body;
            this.model = model;
        }

        private void watch(InputStream in) {
            try {
                while (in.read() >= 0) {
                    // Nothing more is expected; whatever it is, it is no end.
                }
            } catch (IOException reset) {
                // That is an end, too.
            }
            closed.complete(System.nanoTime());
        }

        /** When the other side closed the connection, in the time of {@link System#nanoTime}. */
        long awaitClosed() {
            return closed.orTimeout(20, TimeUnit.SECONDS).join();
        }

        boolean isClosed() {
            return closed.isDone();
        }

        /** Bytes that could be written so far. */
        long written() {
            return written.get();
        }

        /** Says nothing more until the other side goes away. */
        void silence() {
            awaitClosed();
        }

        /** Lets the system keep little of what is written, so that what could be written was taken. */
        void holdLittle() throws IOException {
            socket.setSendBufferSize(64 * 1024);
        }

        void raw(String text) throws IOException {
            raw(text.getBytes(StandardCharsets.UTF_8));
        }

        void raw(byte[] bytes) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            written.addAndGet(bytes.length);
        }

        /** A whole response. */
        void answer(int status, String type, String text) throws IOException {
            raw("HTTP/1.1 %d X\r\nconnection: close\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n%s"
                    .formatted(status, type, text.getBytes(StandardCharsets.UTF_8).length, text));
        }

        void json(int status, String text) throws IOException {
            answer(status, "application/json", text);
        }

        /** Lets some time pass, as models do that think. */
        void pause(Duration time) {
            LockSupport.parkNanos(time.toNanos());
        }

        /** The head of a stream. */
        void open() throws IOException {
            raw("HTTP/1.1 200 OK\r\n" + EVENTS + "\r\nconnection: close\r\n\r\n");
        }

        /** One chunk of the body, as it is. */
        void chunk(String text) throws IOException {
            raw(Integer.toHexString(text.getBytes(StandardCharsets.UTF_8).length) + "\r\n" + text + "\r\n");
        }

        void event(String data) throws IOException {
            chunk("data: " + data + "\n\n");
        }

        /** An event with a piece of the answer. */
        void word(String text) throws IOException {
            event("{\"id\":\"1\",\"model\":\"%s\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}"
                    .formatted(PREFIX + model, text));
        }

        /** The event that says why the answer ends. */
        void finish() throws IOException {
            event("{\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}");
        }

        /** The end of a chunked body. */
        void end() throws IOException {
            raw("0\r\n\r\n");
        }

        /** Breaks the connection without a word. */
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }
}
