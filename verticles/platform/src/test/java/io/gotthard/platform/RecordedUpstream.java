package io.gotthard.platform;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * A model server that has no model: it answers with recordings, chosen by the request's {@code model}, over real HTTP, and
 * keeps what it was asked. A recording named {@code hello} is its model {@code upstream/hello}.
 *
 * <p>Tests tell their requests apart by a marker, any text that is in the request's body only once; so they can run in any
 * order and share one upstream. Programs which are not Java see the same at {@code GET /asked?marker=…}.
 */
final class RecordedUpstream implements AutoCloseable {

    /** The key this upstream's clients are to show. */
    static final String KEY = "up-secret";

    private static final String PREFIX = "upstream/";
    private static final Path RECORDED = recorded();

    private final Vertx vertx = Vertx.vertx();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> times = new ConcurrentHashMap<>();
    private final HttpServer server;

    private RecordedUpstream() {
        server = vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(0).setTcpNoDelay(true))
                .requestHandler(this::answer)
                .listen()
                .await();
    }

    static RecordedUpstream start() {
        return new RecordedUpstream();
    }

    /** The names of all recordings. */
    static List<String> names() {
        try (Stream<Path> folders = Files.list(RECORDED)) {
            return folders.filter(Files::isDirectory)
                    .map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the recording's model is called here. */
    static String modelOf(String name) {
        return PREFIX + name;
    }

    /** The address without a path. */
    String origin() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    /** The address a client has to know. */
    String url() {
        return origin() + "/v1";
    }

    /** What was asked with this text in the body, in the order of arrival. */
    List<Asked> asked(String marker) {
        return asked.stream().filter(one -> one.text().contains(marker)).toList();
    }

    @Override
    public void close() {
        vertx.close().await();
    }

    private void answer(HttpServerRequest request) {
        if (request.path().equals("/asked")) {
            var found = asked(request.getParam("marker", ""));
            request.response()
                    .putHeader("content-type", "application/json")
                    .end(new JsonArray(found.stream().map(Asked::toJson).toList()).encode());
            return;
        }
        request.body().onSuccess(body -> {
            var question = Asked.of(request, body.toString());
            asked.add(question);
            var nth = times.merge(question.text(), 1, Integer::sum);
            find(question.body(), nth).play(vertx, request).onSuccess(question.end()::complete);
        });
    }

    private static Recording find(JsonObject question, int nth) {
        var model = question.getString("model", "");
        var name = model.startsWith(PREFIX) ? model.substring(PREFIX.length()) : "";
        var folder = RECORDED.resolve(name);
        if (!name.matches("[a-z0-9-]+") || !Files.isDirectory(folder)) {
            return Recording.read(RECORDED.resolve("fault-404").resolve("answer.http"));
        }
        return candidates(question)
                .flatMap(file -> Stream.of(file + "-" + nth, file))
                .map(file -> folder.resolve(file + ".http"))
                .filter(Files::exists)
                .findFirst()
                .map(Recording::read)
                .orElseThrow(() -> new IllegalStateException("No recording in " + folder + " answers " + question));
    }

    /** The files that would answer, the best first. */
    private static Stream<String> candidates(JsonObject question) {
        var messages = question.getJsonArray("messages", new JsonArray());
        var last = messages.isEmpty() ? new JsonObject() : messages.getJsonObject(messages.size() - 1);
        var kind = question.getBoolean("stream", false)
                ? "stream"
                : "base64".equals(question.getString("encoding_format")) ? "base64" : "answer";
        var after = "tool".equals(last.getString("role")) ? "tool-" : "";
        return Stream.of(after + kind, kind, "answer");
    }

    private static Path recorded() {
        try {
            return Path.of(RecordedUpstream.class.getResource("/recorded").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
