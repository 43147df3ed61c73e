package io.gotthard.platform;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One recorded answer, and how to play it. The format of the files is described in {@code recorded/README.md}.
 *
 * @param status the HTTP status
 * @param headers what is sent
 * @param directives how it is played: the headers that begin with {@code @}
 * @param writes the body, as it is cut into writes
 */
record Recording(int status, Map<String, String> headers, Map<String, String> directives, List<Buffer> writes) {

    /** How an answer ended, seen from the upstream. */
    enum End {
        /** All of it was written and the connection is free again. */
        ANSWERED,
        /** The upstream itself broke the connection, because the recording says so. */
        CUT,
        /** Whoever asked went away before the end. */
        ABANDONED
    }

    static Recording read(Path file) {
        try {
            var text = Files.readString(file);
            var bodyAt = text.indexOf("\n\n");
            var head = (bodyAt < 0 ? text : text.substring(0, bodyAt)).lines().toList();
            var headers = new LinkedHashMap<String, String>();
            var directives = new LinkedHashMap<String, String>();
            for (var line : head.subList(1, head.size())) {
                var colon = line.indexOf(':');
                var name = line.substring(0, colon);
                (name.startsWith("@") ? directives : headers)
                        .put(name, line.substring(colon + 1).strip());
            }
            var body = bodyAt < 0 ? "" : text.substring(bodyAt + 2);
            var status = Integer.parseInt(head.getFirst().substring("HTTP ".length()));
            return new Recording(status, headers, directives, cut(body, directives));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("Not a recording: " + file, e);
        }
    }

    private static List<Buffer> cut(String body, Map<String, String> directives) {
        var segments = directives.getOrDefault("@segments", "events");
        var writes = new ArrayList<Buffer>();
        if (segments.equals("events")) {
            for (var event : body.split("(?<=\n\n)")) {
                writes.add(bytes(event, directives));
            }
        } else {
            var whole = bytes(body, directives);
            var size = segments.equals("whole") ? whole.length() : Integer.parseInt(segments);
            for (var at = 0; at < whole.length(); at += size) {
                writes.add(whole.getBuffer(at, Math.min(at + size, whole.length())));
            }
        }
        return writes;
    }

    private static Buffer bytes(String text, Map<String, String> directives) {
        var ended = "crlf".equals(directives.get("@line-ends")) ? text.replace("\n", "\r\n") : text;
        return Buffer.buffer(ended.getBytes(StandardCharsets.UTF_8));
    }

    /** Plays the answer on the request's event loop; the future tells how it ended. */
    Future<End> play(Vertx vertx, HttpServerRequest request) {
        var end = Promise.<End>promise();
        var response = request.response();
        response.endHandler(done -> end.tryComplete(End.ANSWERED));
        response.closeHandler(gone -> end.tryComplete(End.ABANDONED));
        response.exceptionHandler(broken -> end.tryComplete(End.ABANDONED));
        var begin = directives.getOrDefault("@begin", "0");
        if (begin.equals("0")) {
            begin(vertx, request, end);
        } else if (!begin.equals("never")) {
            vertx.timer(Long.parseLong(begin)).onSuccess(go -> begin(vertx, request, end));
        }
        return end.future();
    }

    private void begin(Vertx vertx, HttpServerRequest request, Promise<End> end) {
        var response = request.response().setStatusCode(status);
        headers.forEach(response::putHeader);
        if (!headers.containsKey("content-length")) {
            if (writes.size() == 1 && !directives.containsKey("@end")) {
                response.end(writes.getFirst());
                return;
            }
            response.setChunked(true);
        }
        write(vertx, request, 0, end);
    }

    private void write(Vertx vertx, HttpServerRequest request, int at, Promise<End> end) {
        if (at == writes.size() && !"repeat".equals(directives.get("@end"))) {
            finish(request, end);
            return;
        }
        // Only when one write is on the wire the next follows: so they are not merged into one segment.
        request.response().write(writes.get(Math.min(at, writes.size() - 1))).onSuccess(written -> {
            var pause = Long.parseLong(directives.getOrDefault("@pause", "0"));
            var next = Math.min(at + 1, writes.size());
            if (pause > 0) {
                vertx.timer(pause).onSuccess(t -> write(vertx, request, next, end));
            } else {
                vertx.runOnContext(go -> write(vertx, request, next, end));
            }
        });
    }

    private void finish(HttpServerRequest request, Promise<End> end) {
        switch (directives.getOrDefault("@end", "complete")) {
            case "complete" -> request.response().end();
            case "cut" -> {
                end.tryComplete(End.CUT);
                request.connection().close();
            }
            case "never" -> {}
            default -> throw new IllegalArgumentException("Unknown @end in " + directives);
        }
    }
}
