package io.gotthard.platform;

import io.gotthard.contracts.Form;
import io.gotthard.contracts.JsonBody;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What the recorded upstream was asked once.
 *
 * @param path the path with its query
 * @param headers their names in small letters
 * @param text the body as it came
 * @param body the body as JSON; of a form, its texts and the names of its files
 * @param end how the answer ended, as soon as it did
 */
record Asked(
        String path, Map<String, String> headers, String text, JsonObject body, CompletableFuture<Recording.End> end) {

    static Asked of(HttpServerRequest request, String text) {
        var headers = new TreeMap<String, String>();
        request.headers()
                .forEach(header ->
                        headers.merge(header.getKey().toLowerCase(Locale.ROOT), header.getValue(), String::concat));
        return new Asked(
                request.uri(), headers, text, body(headers.get("content-type"), text), new CompletableFuture<>());
    }

    /** Of a form, what is in it. */
    private static JsonObject body(String type, String text) {
        return type != null && Form.is(type)
                ? new JsonObject(
                        JsonBody.of(Form.parse(type, Buffer.buffer(text))).fields())
                : new JsonObject(text);
    }

    /** Waits until the answer ended. */
    Recording.End awaitEnd() {
        return end.orTimeout(20, TimeUnit.SECONDS).join();
    }

    /** The same for clients which are not Java. */
    JsonObject toJson() {
        var ended = end.getNow(null);
        return new JsonObject()
                .put("path", path)
                .put("headers", new JsonObject(Map.copyOf(headers)))
                .put("text", text)
                .put("body", body)
                .put("end", ended == null ? null : ended.name().toLowerCase(Locale.ROOT));
    }
}
