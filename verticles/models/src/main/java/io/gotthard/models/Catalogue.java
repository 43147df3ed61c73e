package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Rule.Level;
import io.gotthard.models.provider.Demo;
import io.gotthard.models.provider.OpenAi;
import io.gotthard.models.provider.Provider;
import io.gotthard.models.provider.Question;
import io.gotthard.models.provider.Tally;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The models there are, by their public names, and the provider that each is asked through. Fixed once made. */
final class Catalogue {

    /**
     * A model, with what asking it takes.
     *
     * @param resource what permissions call it
     */
    record Entry(
            String name, String resource, Set<Kind> kinds, String upstream, String upstreamModel, Provider provider) {

        Entry(String name, Set<Kind> kinds, String upstream, String upstreamModel, Provider provider) {
            this(name, "model." + name, kinds, upstream, upstreamModel, provider);
        }

        /** Whether the caller may use it, and so may know of it. */
        boolean isFor(Caller caller) {
            return (caller.boundModel() == null || caller.boundModel().equals(name))
                    && caller.permissions().allows(Level.USER, resource);
        }

        /** @throws Failure 400 if it is of another kind */
        void require(Kind kind) {
            if (!kinds.contains(kind)) {
                throw Failure.invalid(
                        "model",
                        "The model '" + name + "' is of kind " + kinds + " and can't be used for this operation.");
            }
        }

        /** Asks it, and notes what comes. */
        Future<Answer> ask(Kind kind, Call call, Tally tally, BusStream stream) {
            return provider.ask(new Question(kind, call, name, upstream, upstreamModel, tally), new Attempt(stream));
        }

        JsonObject json() {
            // Nobody knows when a configured model was made; zero is honest, and keeps the list the same on all nodes.
            return new JsonObject()
                    .put("id", name)
                    .put("object", "model")
                    .put("created", 0)
                    .put("owned_by", upstream);
        }
    }

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** To be made on the context of the verticle that asks, because the connections belong to it. */
    Catalogue(Vertx vertx, Map<String, Upstream> upstreams, Map<String, Model> models) {
        var providers = new HashMap<String, Provider>();
        upstreams.forEach((name, upstream) -> providers.put(name, OpenAi.of(vertx, upstream)));
        models.forEach((name, model) -> {
            var target = model.targets().getFirst();
            add(new Entry(
                    name, Set.of(model.kind()), target.upstream(), target.model(), providers.get(target.upstream())));
        });
        if (models.isEmpty()) {
            var demo = new Demo(vertx);
            add(new Entry(Demo.CHAT_MODEL, Set.of(Kind.CHAT, Kind.COMPLETION), Demo.UPSTREAM, Demo.CHAT_MODEL, demo));
            add(new Entry(Demo.EMBEDDING_MODEL, Set.of(Kind.EMBEDDING), Demo.UPSTREAM, Demo.EMBEDDING_MODEL, demo));
        }
    }

    private void add(Entry entry) {
        entries.put(entry.name(), entry);
    }

    /** The model of that name if the caller may use it, else null. */
    Entry find(String name, Caller caller) {
        var entry = entries.get(name);
        return entry == null || !entry.isFor(caller) ? null : entry;
    }

    /** The same, but {@link Failure#modelNotFound}: what one may not use can't be told from what is not there. */
    Entry get(String name, Caller caller) {
        var entry = find(name, caller);
        if (entry == null) {
            throw Failure.modelNotFound(name);
        }
        return entry;
    }

    /** The models that the caller may use, in the order of the configuration and in OpenAI's shape. */
    JsonObject json(Caller caller) {
        List<JsonObject> data = entries.values().stream()
                .filter(entry -> entry.isFor(caller))
                .map(Entry::json)
                .toList();
        return new JsonObject().put("object", "list").put("data", new JsonArray(data));
    }
}
