package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * Anthropic's Messages, as a translation in front of all models: the request becomes a chat, which takes the same way as any other, and
 * the answer becomes a message. What the chat has no words for is refused by name, unless it only advises; see
 * docs/decisions/0010-messages-front.md.
 */
final class Messages {

    /** Clients of this dialect say it with every request. */
    private static final String VERSION = "anthropic-version";

    /** What Anthropic says where it does not know. */
    private static final String UNKNOWN_TIME = "1970-01-01T00:00:00Z";

    private final Vertx vertx;
    private final Catalogue catalogue;
    private final Asking asking;

    Messages(Vertx vertx, Catalogue catalogue, Asking asking) {
        this.vertx = vertx;
        this.catalogue = catalogue;
        this.asking = asking;
    }

    /** Whether it is in this dialect that a call wants to be answered which others make, too. */
    static boolean isSpokenBy(Call call) {
        return call.parameters().containsKey(VERSION);
    }

    /** Answers with a message, whole or as events. */
    Future<Answer> ask(Call call, BusStream stream) {
        var entry = catalogue.get((String) call.body().fields().get("model"), call.caller());
        var request = new MessagesRequest(call.body());
        var chat = request.chat(entry.name());
        long input =
                Expected.likely(Kind.CHAT, entry.name(), entry.upstream(), chat).promptTokens();
        if (Boolean.TRUE.equals(chat.fields().get("stream"))) {
            stream.translate(new MessagesEvents(entry.name(), input, stream::fail)::translate);
        }
        var translated = new Call(call.id(), call.requestId(), call.caller(), call.address(), call.parameters(), chat);
        return asking.ask(Kind.CHAT, entry, translated, stream)
                .transform(asked -> asked.succeeded()
                        ? Future.succeededFuture(translate(asked.result(), input))
                        : Future.failedFuture(request.named(Failure.of(asked.cause()))));
    }

    private static Answer translate(Answer answer, long input) {
        return answer.more()
                ? answer
                : new Answer(
                        answer.status(),
                        answer.contentType(),
                        MessagesAnswer.of(answer.body(), input),
                        false,
                        answer.usage(),
                        answer.headers());
    }

    /** Counts the tokens of a request, and asks nobody. */
    Future<Answer> count(Call call) {
        var entry = catalogue.get((String) call.body().fields().get("model"), call.caller());
        entry.require(Kind.CHAT);
        JsonBody chat = new MessagesRequest(call.body()).chat(entry.name());
        // In order: so long texts of some keep no more than one worker from others.
        return vertx.executeBlocking(() -> Tokens.prompt(Kind.CHAT, entry.name(), chat.fields()))
                .map(count -> Answer.json(
                        new JsonObject().put("input_tokens", count.tokens()).toBuffer()));
    }

    /** The models that the caller may use. */
    JsonObject list(Caller caller) {
        var data = new JsonArray();
        for (var model : catalogue.json(caller).getJsonArray("data")) {
            data.add(model(((JsonObject) model).getString("id")));
        }
        return new JsonObject()
                .put("data", data)
                .put("first_id", data.isEmpty() ? null : data.getJsonObject(0).getString("id"))
                .put(
                        "last_id",
                        data.isEmpty()
                                ? null
                                : data.getJsonObject(data.size() - 1).getString("id"))
                .put("has_more", false);
    }

    /** A model as this dialect describes it. */
    static JsonObject model(String id) {
        return new JsonObject()
                .put("type", "model")
                .put("id", id)
                .put("display_name", id)
                .put("created_at", UNKNOWN_TIME)
                .put("lifecycle", "active");
    }
}
