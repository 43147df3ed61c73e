package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * An answer as a stream of chunks. It begins with the first word, or when the run has taken so long that the client should know that it is
 * under way; before that, a run that fails is an error with a status.
 */
final class ChatStream implements ChatAnswer {

    private static final Buffer DONE = Buffer.buffer("data: [DONE]\n\n");

    private final ChatWords words;
    private final boolean withUsage;
    private final Map<String, String> headers;
    private final BusStream stream;
    private final Promise<Answer> head = Promise.promise();
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder thoughts = new StringBuilder();
    private Buffer ready = Buffer.buffer();
    private boolean begun;
    private boolean left;
    private Promise<Void> room = Promise.promise();

    ChatStream(ChatWords words, boolean withUsage, Map<String, String> headers, BusStream stream) {
        this.words = words;
        this.withUsage = withUsage;
        this.headers = headers;
        this.stream = stream;
        stream.onDrain(this::drained);
    }

    /** What opens the stream. */
    Future<Answer> answer() {
        return head.future();
    }

    /** Opens the stream though nothing is said yet. */
    void open() {
        head.tryComplete(Answer.events().with(headers));
    }

    @Override
    public void content(String text) {
        if (!thoughts.isEmpty()) {
            collect();
        }
        content.append(text);
    }

    @Override
    public void thought(String text) {
        if (!content.isEmpty()) {
            collect();
        }
        thoughts.append(text);
    }

    /** What is said is said. */
    @Override
    public boolean takeBack(String said) {
        return false;
    }

    /** Sends what has been said meanwhile, as few chunks. Completes when the client has taken enough to be told more. */
    Future<Void> flush() {
        collect();
        if (ready.length() == 0) {
            return Future.succeededFuture();
        }
        var data = ready;
        ready = Buffer.buffer();
        open();
        room = Promise.promise();
        if (stream.write(data) || left) {
            room.tryComplete();
        }
        return room.future();
    }

    private void drained() {
        room.tryComplete();
    }

    /** The client has left: nobody waits for room any more. */
    void gone() {
        left = true;
        room.tryComplete();
    }

    private void collect() {
        if (!thoughts.isEmpty()) {
            delta(new JsonObject().put("reasoning_content", thoughts.toString()));
            thoughts.setLength(0);
        }
        if (!content.isEmpty()) {
            delta(new JsonObject().put("content", content.toString()));
            content.setLength(0);
        }
    }

    private void delta(JsonObject delta) {
        begin();
        event(words.chunk(delta, null));
    }

    private void begin() {
        if (!begun) {
            begun = true;
            event(words.chunk(
                    new JsonObject().put("role", "assistant").put("content", "").put("refusal", null), null));
        }
    }

    private void event(JsonObject chunk) {
        if (withUsage && !chunk.containsKey("usage")) {
            chunk.put("usage", null);
        }
        ready.appendString("data: ").appendBuffer(chunk.toBuffer()).appendString("\n\n");
    }

    @Override
    public void end(JsonArray calls, String reason, JsonObject usage) {
        collect();
        begin();
        for (int i = 0; i < calls.size(); i++) {
            var call = new JsonObject().put("index", i).mergeIn(calls.getJsonObject(i));
            event(words.chunk(new JsonObject().put("tool_calls", new JsonArray().add(call)), null));
        }
        event(words.chunk(new JsonObject(), reason));
        if (withUsage) {
            event(words.usage(usage));
        }
        ready.appendBuffer(DONE);
        var data = ready;
        ready = Buffer.buffer();
        open();
        stream.write(data);
        stream.end(null);
    }

    @Override
    public void fail(Failure cause) {
        collect();
        if (!head.future().isComplete() && ready.length() == 0) {
            head.fail(cause);
            return;
        }
        open();
        if (ready.length() > 0) {
            stream.write(ready);
        }
        stream.fail(cause);
    }
}
