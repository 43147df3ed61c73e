package io.gotthard.assistants;

import io.gotthard.kit.SseReader;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Consumer;

/** One message to an MCP server, and what is answered to it: as one message, or as a stream of them. */
final class McpExchange {

    /** Bytes that a server may answer to one message, notifications included. */
    private static final int MOST_BYTES = 8 << 20;

    private static final int LONGEST_ERROR = 500;
    private static final int FAILED = -32_000;
    /** Goes with errors that no server said, but that are found here. */
    private static final Object OURS = "io.gotthard";

    private final Object id;
    private final McpJsonMapper json;
    private final Consumer<JSONRPCMessage> heard;
    private final Promise<Void> posted = Promise.promise();
    private final Promise<Void> over = Promise.promise();
    private HttpClientRequest request;
    private boolean answered;
    private long bytes;

    /**
     * That of a message.
     *
     * @param heard gets the answer to a request, or an error if there is not going to be one
     */
    McpExchange(JSONRPCMessage message, McpJsonMapper json, Consumer<JSONRPCMessage> heard) {
        this.id = message instanceof JSONRPCRequest asked ? asked.id() : null;
        this.json = json;
        this.heard = heard;
    }

    /** Completes when the server has taken the message; fails if it did not. */
    Future<Void> posted() {
        return posted.future();
    }

    /** Completes when nothing more is to come. */
    Future<Void> over() {
        return over.future();
    }

    Future<HttpClientResponse> send(HttpClientRequest begun, String body) {
        request = begun;
        if (over.future().isComplete()) {
            request.reset();
            return Future.failedFuture(Trouble.late());
        }
        return request.send(Buffer.buffer(body));
    }

    /** Fails what is still waited for: that it is taken, or its answer. */
    void fail(Throwable cause) {
        if (!over.tryComplete()) {
            return;
        }
        if (request != null) {
            request.reset();
        }
        var trouble = cause instanceof McpTransportSessionNotFoundException lost ? lost : Trouble.of(cause);
        if (!posted.tryFail(trouble)) {
            unanswered(trouble.getMessage());
        }
    }

    private void unanswered(String why) {
        if (id != null && !answered) {
            answered = true;
            heard.accept(JSONRPCResponse.error(id, new JSONRPCResponse.JSONRPCError(FAILED, why, OURS)));
        }
    }

    /** Reads what the server answers; that it breaks off is told to {@link #fail} by whoever has the response. */
    void answer(HttpClientResponse response) {
        int status = response.statusCode();
        var type = String.valueOf(response.getHeader("content-type")).toLowerCase(Locale.ROOT);
        if (status < 200 || status >= 300) {
            fail(new Trouble("The server answered with status " + status + "."));
        } else if (type.startsWith("text/event-stream")) {
            events(response);
        } else {
            whole(response);
        }
    }

    private void events(HttpClientResponse response) {
        var reader = new SseReader(
                MOST_BYTES, (data, from, to) -> message(new String(data, from, to - from, StandardCharsets.UTF_8)));
        posted.tryComplete();
        response.handler(data -> {
            if (fits(data)) {
                reader.read(data);
            }
        });
        response.endHandler(end -> ended());
    }

    private void whole(HttpClientResponse response) {
        var body = Buffer.buffer();
        response.handler(data -> {
            if (fits(data)) {
                body.appendBuffer(data);
            }
        });
        response.endHandler(end -> {
            posted.tryComplete();
            if (id != null) {
                message(body.toString(StandardCharsets.UTF_8));
            }
            ended();
        });
    }

    private boolean fits(Buffer data) {
        bytes += data.length();
        if (bytes > MOST_BYTES) {
            fail(new Trouble("The server answers with more than " + MOST_BYTES + " bytes."));
        }
        return !over.future().isComplete();
    }

    private void ended() {
        if (id != null && !answered) {
            fail(Trouble.cut());
        }
        over.tryComplete();
    }

    private void message(String text) {
        if (text.isBlank()) {
            return;
        }
        try {
            // What else a server says, it says unasked; nobody listens, and so it can't fill our log nor make us
            // answer.
            if (McpSchema.deserializeJsonRpcMessage(json, text) instanceof JSONRPCResponse response
                    && String.valueOf(response.id()).equals(String.valueOf(id))
                    && !answered) {
                answered = true;
                heard.accept(response);
            }
        } catch (IOException | RuntimeException e) {
            unanswered("The server's answer is no message of MCP.");
        }
    }

    /** What a model is told of an error. */
    static Trouble trouble(McpError error) {
        var message = String.valueOf(error.getMessage());
        var told = message.length() <= LONGEST_ERROR ? message : message.substring(0, LONGEST_ERROR) + "…";
        boolean ours = error.getJsonRpcError() != null
                && OURS.equals(error.getJsonRpcError().data());
        return new Trouble(ours ? told : "The server says: " + told);
    }
}
