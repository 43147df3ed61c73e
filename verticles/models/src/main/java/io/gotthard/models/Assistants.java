package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The assistants, which are models to clients: their names are {@code Class/name}. Who is asked is the verticle that has them, and only for
 * names that no model has; for models this costs nothing.
 */
final class Assistants {

    /** A list of models is not to wait for assistants that are slow. */
    private static final long PATIENCE_SECONDS = 2;

    private final Bus bus;

    Assistants(Bus bus) {
        this.bus = bus;
    }

    /** Whether a name that is no model's may be an assistant's. */
    static boolean mayHave(String name) {
        return name.indexOf('/') > 0;
    }

    /** Lets an assistant answer. Fails with what models fail with if there is none by that name that the caller may use. */
    Future<Answer> ask(Call call, BusStream stream) {
        var name = (String) call.body().fields().get("model");
        if (!bus.isServedHere("assistants.createChatCompletion")) {
            throw Failure.modelNotFound(name);
        }
        return Relay.of(bus.ask("assistants.createChatCompletion", again(call, call.parameters())), stream);
    }

    private Call again(Call call, Map<String, String> parameters) {
        return new Call(bus.nextId(), call.requestId(), call.caller(), call.address(), parameters, call.body());
    }

    /** Adds the assistants that the caller may use; without those that can't be known now. */
    Future<JsonObject> addTo(JsonObject models, Call call) {
        return list(call, Map.of()).map(assistants -> {
            models.getJsonArray("data").addAll(assistants);
            return models;
        });
    }

    /** An assistant as a model; fails with {@link Failure#modelNotFound} if there is none that the caller may use. */
    Future<JsonObject> find(String name, Call call) {
        return list(call, Map.of("model", name)).map(found -> {
            if (found.isEmpty()) {
                throw Failure.modelNotFound(name);
            }
            return found.getJsonObject(0);
        });
    }

    private Future<JsonArray> list(Call call, Map<String, String> parameters) {
        var dialogue = bus.ask("assistants.listModels", again(call, parameters));
        return dialogue.next()
                .map(answer -> answer.body().toJsonObject().getJsonArray("data"))
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .onFailure(late -> dialogue.cancel())
                .otherwise(away -> new JsonArray());
    }
}
