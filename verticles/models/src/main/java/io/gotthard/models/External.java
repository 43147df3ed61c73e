package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.models.Catalogue.Entry;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The SwissAI dialect, as a translation in front of the same providers: the key decides the model, whatever the body says;
 * fields that the dialect does not have are dropped; absent ones have its defaults; and answers say the public name.
 */
final class External {

    private static final Set<String> FIELDS =
            Set.of("messages", "stream", "temperature", "max_tokens", "tools", "tool_choice");

    /** As the contract, {@code openapi/external.yaml}, says. */
    private static final Map<String, String> DEFAULTS = defaults();

    private final ExternalSettings settings;
    private final Catalogue catalogue;
    private final Asking asking;
    private final String publicName;

    External(ExternalSettings settings, Catalogue catalogue, Asking asking) {
        this.settings = settings;
        this.catalogue = catalogue;
        this.asking = asking;
        this.publicName = Json.encode(settings.publicName());
    }

    private static Map<String, String> defaults() {
        var defaults = new LinkedHashMap<String, String>();
        defaults.put("stream", "true");
        defaults.put("temperature", "0.7");
        defaults.put("max_tokens", "4096");
        return defaults;
    }

    /** The caller's one model under its public name, or none. */
    JsonObject list(Caller caller) {
        var data = new JsonArray();
        var name = model(caller);
        if (name != null && catalogue.find(name, caller) != null) {
            data.add(new JsonObject()
                    .put("id", settings.publicName())
                    .put("object", "model")
                    .put("created", 0)
                    .put("owned_by", settings.publicName()));
        }
        return new JsonObject().put("object", "list").put("data", data);
    }

    /** @throws Failure if the caller has no model here */
    void check(Call call) {
        entry(call.caller());
    }

    Future<Answer> ask(Call call, BusStream stream) {
        var entry = entry(call.caller());
        var body = translate(call.body(), entry.name());
        var translated = new Call(call.id(), call.requestId(), call.caller(), call.address(), call.parameters(), body);
        stream.translate(new ExternalChunks(publicName)::translate);
        return asking.ask(Kind.CHAT, entry, translated, stream)
                .transform(asked -> asked.succeeded()
                        ? Future.succeededFuture(translate(asked.result()))
                        : Future.failedFuture(translate(Failure.of(asked.cause()))));
    }

    private String model(Caller caller) {
        return caller.boundModel() == null ? settings.model() : caller.boundModel();
    }

    private Entry entry(Caller caller) {
        var name = model(caller);
        if (name == null) {
            throw Failure.refused(
                    404, "model_not_found", "This API key is bound to no model, and no default is configured.");
        }
        var entry = catalogue.find(name, caller);
        if (entry == null) {
            throw Failure.refused(
                    404,
                    "model_not_found",
                    "The model of this API key does not exist or you do not have access to it.");
        }
        return entry;
    }

    private static JsonBody translate(JsonBody body, String model) {
        var edit = body.edit();
        for (var name : body.fields().keySet()) {
            if (!FIELDS.contains(name) || !body.has(name)) {
                edit.remove(name);
            }
        }
        DEFAULTS.forEach((name, value) -> {
            if (!body.has(name)) {
                edit.set(name, value);
            }
        });
        return JsonBody.parse(edit.set("model", Json.encode(model)).toBuffer());
    }

    /** No money is 402 here. */
    private static Failure translate(Failure failure) {
        return "insufficient_quota".equals(failure.code())
                ? new Failure(402, failure.type(), failure.code(), failure.param(), failure.getMessage(), -1)
                : failure;
    }

    private Answer translate(Answer answer) {
        return answer.more()
                ? answer
                : new Answer(
                        answer.status(),
                        answer.contentType(),
                        named(answer.body()),
                        false,
                        answer.usage(),
                        answer.headers());
    }

    private Buffer named(Buffer body) {
        var bytes = body.getBytes();
        try {
            return JsonBody.scan(bytes, 0, bytes.length)
                    .edit()
                    .replace("model", publicName)
                    .toBuffer();
        } catch (IOException e) {
            throw new IllegalStateException("A provider answers with JSON", e);
        }
    }
}
