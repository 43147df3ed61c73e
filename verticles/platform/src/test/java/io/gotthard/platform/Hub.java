package io.gotthard.platform;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/**
 * The native API of one node, as somebody with a key sees it.
 *
 * @param url the node
 * @param key the API key
 */
record Hub(URI url, String key) {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** An answer: its status, its headers, and its body as text and as JSON. */
    record Reply(int status, HttpHeaders headers, String text) {

        JsonObject json() {
            return new JsonObject(text);
        }

        String id() {
            return ok().json().getString("id");
        }

        /** A header that is there. */
        String header(String name) {
            return headers.firstValue(name).orElseThrow();
        }

        JsonArray data() {
            return ok().json().getJsonArray("data");
        }

        /** The error's words for programs. */
        String code() {
            return json().getJsonObject("error").getString("code");
        }

        String param() {
            return json().getJsonObject("error").getString("param");
        }

        String message() {
            return json().getJsonObject("error").getString("message");
        }

        /** The same, if it is no error. */
        Reply ok() {
            if (status != 200) {
                throw new AssertionError("expected 200, got " + status + ": " + text);
            }
            return this;
        }
    }

    /** The same node with another key. */
    Hub with(String other) {
        return new Hub(url, other);
    }

    /** The same key at another node. */
    Hub at(URI other) {
        return new Hub(other, key);
    }

    Reply get(String path) {
        return ask("GET", path, null);
    }

    Reply post(String path, JsonObject body) {
        return ask("POST", path, body);
    }

    Reply patch(String path, JsonObject body) {
        return ask("PATCH", path, body);
    }

    Reply put(String path, JsonObject body) {
        return ask("PUT", path, body);
    }

    Reply put(String path) {
        return ask("PUT", path, null);
    }

    Reply delete(String path) {
        return ask("DELETE", path, null);
    }

    /** @param headers names and values in turn */
    Reply ask(String method, String path, JsonObject body, String... headers) {
        var request = HttpRequest.newBuilder(url.resolve("/api/v1" + path))
                .timeout(Duration.ofSeconds(30))
                .header("authorization", "Bearer " + key)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body.encode()));
        if (body != null) {
            request.header("content-type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try {
            var response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An object of names and values in turn. */
    static JsonObject object(Object... pairs) {
        var object = new JsonObject();
        for (int i = 0; i < pairs.length; i += 2) {
            object.put((String) pairs[i], pairs[i + 1]);
        }
        return object;
    }

    static JsonArray list(Object... values) {
        return new JsonArray(List.of(values));
    }
}
