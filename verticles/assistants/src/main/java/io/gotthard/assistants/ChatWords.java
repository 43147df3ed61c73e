package io.gotthard.assistants;

import io.gotthard.kit.Ids;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** OpenAI's objects around what is said: one id, one moment and one model for all of an answer. */
final class ChatWords {

    private final String id = "chatcmpl-" + Ids.next("x").substring(2);
    private final long created = System.currentTimeMillis() / 1000;
    private final String model;

    ChatWords(String model) {
        this.model = model;
    }

    private JsonObject of(String object, JsonArray choices) {
        return new JsonObject()
                .put("id", id)
                .put("object", object)
                .put("created", created)
                .put("model", model)
                .put("choices", choices);
    }

    /** A whole answer. */
    JsonObject completion(JsonObject message, String reason, JsonObject usage) {
        var choice = new JsonObject()
                .put("index", 0)
                .put("message", message)
                .put("logprobs", null)
                .put("finish_reason", reason);
        return of("chat.completion", new JsonArray().add(choice)).put("usage", usage);
    }

    /** A part of one, in which the reason is null unless it is the last. */
    JsonObject chunk(JsonObject delta, String reason) {
        var choice = new JsonObject()
                .put("index", 0)
                .put("delta", delta)
                .put("logprobs", null)
                .put("finish_reason", reason);
        return of("chat.completion.chunk", new JsonArray().add(choice));
    }

    /** What comes behind the last one for who asked for the usage. */
    JsonObject usage(JsonObject usage) {
        return of("chat.completion.chunk", new JsonArray()).put("usage", usage);
    }
}
