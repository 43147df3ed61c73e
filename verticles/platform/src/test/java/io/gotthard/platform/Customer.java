package io.gotthard.platform;

import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Map;
import java.util.UUID;

/** Asks models over one connection at a time, and notes what of each answer arrived, also when the platform dies meanwhile. */
final class Customer implements AutoCloseable {

    /** What no answer says. */
    private static final String END = "\0";

    private static final String MESSAGES = "/v1/messages";

    private final URI url;
    private final String key;
    private RawClient connection;

    /**
     * What a customer saw of a request.
     *
     * @param requestId the id that it gave it, which nobody else gives one
     * @param model what was asked
     * @param status the answer's status; 0 if none arrived
     * @param headers the answer's headers, in small letters
     * @param text what arrived of the answer
     * @param whole whether that is all of it
     */
    record Seen(String requestId, String model, int status, Map<String, String> headers, String text, boolean whole) {

        /** Whether the customer got anything of an answer, which then has to be in the ledger. */
        boolean answered() {
            return status == 200;
        }

        /** The error's word for programs. */
        String code() {
            return new JsonObject(text).getJsonObject("error").getString("code");
        }
    }

    private Customer(URI url, String key) {
        this.url = url;
        this.key = key;
    }

    static Customer of(URI url, String key) {
        return new Customer(url, key);
    }

    /** Asks, and reads all of the answer. */
    Seen ask(String model) {
        return ask("/v1/chat/completions", model, END);
    }

    /** Asks, reads the answer until it says this, and leaves. */
    Seen leave(String model, String word) {
        var seen = ask("/v1/chat/completions", model, word);
        hangUp();
        return seen;
    }

    /** Asks, reads the beginning of the answer, and holds on. */
    Seen peek(String model) {
        return ask("/v1/chat/completions", model, "data:");
    }

    /** Asks, waits until something is the case, and leaves without having read anything. */
    Seen leaveAtOnce(String model, Runnable then) {
        var id = UUID.randomUUID().toString();
        try (var client = RawClient.to(url)) {
            client.send(request("/v1/chat/completions", model, id));
            then.run();
        }
        return new Seen(id, model, 0, Map.of(), "", false);
    }

    /** Asks in Anthropic's words, and reads all of the answer. */
    Seen askMessages(String model) {
        return ask(MESSAGES, model, END);
    }

    /** Asks in Anthropic's words, reads the answer until it says this, and leaves. */
    Seen leaveMessages(String model, String word) {
        var seen = ask(MESSAGES, model, word);
        hangUp();
        return seen;
    }

    /** Has the tokens of a question counted. */
    Seen countTokens(String model) {
        return ask(MESSAGES + "/count_tokens", model, END);
    }

    /** Asks in the SwissAI dialect. */
    Seen askExternal(String model) {
        return ask("/api/v1/external/chat/completions", model, END);
    }

    private Seen ask(String path, String model, String until) {
        var id = UUID.randomUUID().toString();
        RawAnswer answer = null;
        var text = new StringBuilder();
        try {
            if (connection == null) {
                connection = RawClient.to(url);
            }
            answer = connection.send(request(path, model, id)).bodilessAnswer();
            boolean whole = read(answer, text, until);
            if ("close".equals(answer.headers().get("connection"))) {
                hangUp();
            }
            return new Seen(id, model, answer.status(), answer.headers(), text.toString(), whole);
        } catch (UncheckedIOException broken) {
            hangUp();
            return answer == null
                    ? new Seen(id, model, 0, Map.of(), "", false)
                    : new Seen(id, model, answer.status(), answer.headers(), text.toString(), false);
        }
    }

    private String request(String path, String model, String id) {
        var body =
                "{\"model\":\"%s\",\"max_tokens\":50,\"stream\":%b,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}"
                        .formatted(model, model.matches(".*(stream|silent|broken).*"));
        return RawClient.bare(
                        "POST",
                        path,
                        "Authorization: Bearer " + key,
                        "x-request-id: " + id,
                        "Content-Type: application/json",
                        RawClient.length(body))
                + body;
    }

    private boolean read(RawAnswer answer, StringBuilder text, String until) {
        if (!"chunked".equals(answer.headers().get("transfer-encoding"))) {
            text.append(connection.exactly(Integer.parseInt(answer.headers().get("content-length"))));
            return true;
        }
        var chunk = connection.chunk();
        while (!chunk.isEmpty()) {
            text.append(chunk);
            if (text.indexOf(until) >= 0) {
                return false;
            }
            chunk = connection.chunk();
        }
        return text.indexOf("[DONE]") >= 0 || text.indexOf("event: message_stop") >= 0;
    }

    @Override
    public void close() {
        hangUp();
    }

    /** Goes away; the next request comes by a new connection. */
    void hangUp() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }
}
