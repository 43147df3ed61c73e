package io.gotthard.platform;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Map;

/**
 * A client that chooses keys for its requests, and may go away in the midst of an answer.
 *
 * @param url the node
 * @param key the API key
 */
record KeyedClient(URI url, String key) {

    private static final String CHATS = "/v1/chat/completions";

    /** An answer that is being read. */
    static final class Reading implements AutoCloseable {

        private final RawClient connection;
        private RawAnswer head;
        private final StringBuilder text = new StringBuilder();

        private Reading(RawClient connection) {
            this.connection = connection;
        }

        /** Waits for the head. */
        Map<String, String> headers() {
            if (head == null) {
                head = connection.bodilessAnswer();
            }
            return head.headers();
        }

        int status() {
            headers();
            return head.status();
        }

        /** Reads on until it says this, or to its end; all that was read so far. */
        String until(String word) {
            if (!"chunked".equals(headers().get("transfer-encoding"))) {
                return text.length() > 0
                        ? text.toString()
                        : text.append(connection.exactly(
                                        Integer.parseInt(headers().get("content-length"))))
                                .toString();
            }
            while (text.indexOf(word) < 0) {
                var chunk = connection.chunk();
                if (chunk.isEmpty()) {
                    break;
                }
                text.append(chunk);
            }
            return text.toString();
        }

        /** What was read so far. */
        String text() {
            return text.toString();
        }

        /** All of it, without what only keeps the connection alive. */
        String rest() {
            return until("nothing says this").replace(": ping\n\n", "");
        }

        boolean isReplayed() {
            return "true".equals(headers().get("idempotent-replayed"));
        }

        String receipt() {
            return headers().get("x-gotthard-receipt");
        }

        /** The error's word for programs. */
        String code() {
            return new JsonObject(rest()).getJsonObject("error").getString("code");
        }

        /** Goes away without a word. */
        void leave() {
            connection.leave(true);
        }

        @Override
        public void close() {
            connection.close();
        }
    }

    static KeyedClient of(Purse purse, URI url) {
        return new KeyedClient(url, purse.key());
    }

    /** Asks, and reads nothing yet. */
    Reading ask(String idempotencyKey, String model, boolean stream, String says) {
        return ask(CHATS, idempotencyKey, model, stream, says);
    }

    Reading ask(String path, String idempotencyKey, String model, boolean stream, String says) {
        return send(path, "Idempotency-Key: " + idempotencyKey, model, stream, says);
    }

    /** Asks with another header, such as {@code x-gotthard-only: ch}. */
    Reading with(String header, String model) {
        return send(CHATS, header, model, false, "Hello");
    }

    private Reading send(String path, String header, String model, boolean stream, String says) {
        var body =
                "{\"model\":\"%s\",\"max_tokens\":50,\"stream\":%b,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                        .formatted(model, stream, says);
        var head = RawClient.bare(
                "POST",
                path,
                "Authorization: Bearer " + key,
                header,
                "Content-Type: application/json",
                RawClient.length(body));
        return new Reading(RawClient.to(url).send(head + body));
    }
}
