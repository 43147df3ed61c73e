package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Models that say what a script says; several nodes can share them. What they were asked is remembered. */
final class ScriptedModels {

    /** What a model does with a question; on a virtual thread, so it may wait. */
    @FunctionalInterface
    interface Script {
        void answer(Asked asked);
    }

    /** A question: who asked what, and the way to answer it. */
    static final class Asked {
        private final Call call;
        private final BusStream stream;
        private final JsonObject body;
        private final Promise<Void> gone = Promise.promise();
        private int calls;

        private Asked(Call call, BusStream stream) {
            this.call = call;
            this.stream = stream;
            this.body = new JsonObject(call.body().bytes());
            stream.onCancel(() -> gone.tryComplete());
        }

        JsonObject body() {
            return body;
        }

        String key() {
            return call.parameters().get("idempotency-key");
        }

        String requestId() {
            return call.requestId();
        }

        List<JsonObject> messages() {
            return body.getJsonArray("messages").stream()
                    .map(JsonObject.class::cast)
                    .toList();
        }

        JsonObject last() {
            return messages().getLast();
        }

        /** Whether the last message is what a tool gave back. */
        boolean isAfterTools() {
            return last().getString("role").equals("tool");
        }

        Asked say(String text) {
            return delta(new JsonObject().put("content", text));
        }

        Asked think(String text) {
            return delta(new JsonObject().put("reasoning_content", text));
        }

        Asked call(String name, JsonObject arguments) {
            var function = new JsonObject().put("name", name).put("arguments", arguments.encode());
            // As some upstreams do: the same id each time.
            return delta(new JsonObject()
                    .put(
                            "tool_calls",
                            new JsonArray()
                                    .add(new JsonObject()
                                            .put("index", calls++)
                                            .put("id", "call_0")
                                            .put("type", "function")
                                            .put("function", function))));
        }

        private Asked delta(JsonObject delta) {
            return chunk(new JsonObject()
                    .put(
                            "choices",
                            new JsonArray().add(new JsonObject().put("index", 0).put("delta", delta))));
        }

        private Asked chunk(JsonObject chunk) {
            stream.write(Buffer.buffer("data: " + chunk.put("model", "scripted").encode() + "\n\n"));
            return this;
        }

        /** Ends well, having used 10 tokens and 5. */
        void end() {
            end(calls > 0 ? "tool_calls" : "stop");
        }

        /** The same for another reason. */
        void end(String reason) {
            chunk(new JsonObject()
                    .put(
                            "choices",
                            new JsonArray()
                                    .add(new JsonObject()
                                            .put("index", 0)
                                            .put("delta", new JsonObject())
                                            .put("finish_reason", reason))));
            chunk(new JsonObject()
                    .put("choices", new JsonArray())
                    .put("usage", new JsonObject().put("prompt_tokens", 10).put("completion_tokens", 5)));
            stream.write(Buffer.buffer("data: [DONE]\n\n"));
            stream.end(null);
        }

        void fail(Failure failure) {
            stream.fail(failure);
        }

        /** Waits for something, or until nobody wants the answer any more. */
        void await(Future<?> gate) {
            Future.any(gate, gone.future()).await();
        }

        /** Says nothing more until nobody wants the answer any more. */
        void hang() {
            gone.future().await();
        }
    }

    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();

    ScriptedModels on(String model, Script script) {
        scripts.put(model, script);
        return this;
    }

    List<Asked> asked() {
        return asked;
    }

    /** Serves them at a node. */
    Future<Void> serve(Bus bus, Context context) {
        return bus.serve("models.createChatCompletion", (call, stream) -> {
            var one = new Asked(call, stream);
            asked.add(one);
            var script = scripts.get(one.body.getString("model"));
            context.runOnContext(now -> script.answer(one));
            return Future.succeededFuture(Answer.events());
        });
    }
}
