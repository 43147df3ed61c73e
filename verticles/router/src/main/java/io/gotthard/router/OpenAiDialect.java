package io.gotthard.router;

import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** OpenAI's words, which are those of everything but Messages: in an error, all four keys are always there. */
class OpenAiDialect implements Dialect {

    static final Dialect INSTANCE = new OpenAiDialect();

    private static final Buffer PING = Buffer.buffer(": ping\n\n");

    OpenAiDialect() {}

    @Override
    public String keyHeader() {
        return null;
    }

    @Override
    public void begin(HttpServerResponse response, String requestId) {
        // It knows x-request-id.
    }

    @Override
    public void head(HttpServerResponse response, Map<String, String> headers) {
        headers.forEach(response::putHeader);
    }

    @Override
    public int status(Failure failure) {
        return failure.status();
    }

    @Override
    public Buffer body(Failure failure, String requestId) {
        return new JsonObject().put("error", error(failure)).toBuffer();
    }

    static JsonObject error(Failure failure) {
        return new JsonObject()
                .put("message", failure.getMessage())
                .put("type", failure.type())
                .put("param", failure.param())
                .put("code", failure.code());
    }

    /** No {@code [DONE]} follows. */
    @Override
    public Buffer event(Failure failure, String requestId) {
        return Buffer.buffer("data: ").appendBuffer(body(failure, requestId)).appendString("\n\n");
    }

    @Override
    public Buffer ping(boolean begun) {
        return PING.copy();
    }
}
