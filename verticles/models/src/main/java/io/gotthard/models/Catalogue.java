package io.gotthard.models;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Rule.Level;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The models there are, by their public names, and how each is asked. Fixed once made. */
final class Catalogue {

    /**
     * A model, with what asking it takes.
     *
     * @param resource what permissions call it
     * @param reach the ways to answer it
     * @param use counts the requests that ask it
     */
    record Entry(String resource, Set<Kind> kinds, Reach reach, Use use) {

        /**
         * A model.
         *
         * @param chain how to ask it, and then those to fall back to
         * @param larger how to ask the models for what is too long for it
         */
        Entry(Set<Kind> kinds, List<Route> chain, List<Route> larger, Use use) {
            this("model." + chain.getFirst().name(), kinds, Reach.of(chain, larger), use);
        }

        String name() {
            return reach.chain().getFirst().name();
        }

        /** The upstream that is asked first, as far as the configuration tells. */
        String upstream() {
            return reach.candidates().getFirst().upstream();
        }

        /** Whether the caller may use it, and so may know of it. */
        boolean isFor(Caller caller) {
            return (caller.boundModel() == null || caller.boundModel().equals(name()))
                    && caller.permissions().allows(Level.USER, resource);
        }

        /** @throws Failure 400 if it is of another kind */
        void require(Kind kind) {
            if (!kinds.contains(kind)) {
                throw Failure.invalid(
                        "model",
                        "The model '" + name() + "' is of kind " + kinds + " and can't be used for this operation.");
            }
        }

        /** The same under a name that its wildcard stands for. */
        Entry as(String asked) {
            var routes = new ArrayList<>(reach.chain());
            routes.set(0, routes.getFirst().as(asked));
            return new Entry(kinds, routes, reach.larger(), use);
        }

        private JsonObject json(String id) {
            // Nobody knows when a configured model was made; zero is honest, and keeps the list the same on all nodes.
            return new JsonObject()
                    .put("id", id)
                    .put("object", "model")
                    .put("created", 0)
                    .put("owned_by", upstream());
        }

        JsonObject json() {
            return json(name());
        }
    }

    /** What may stand in for a {@code *}: names that fit the URLs of all upstreams. */
    private static final Pattern REST = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}");

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Entry> aliases = new LinkedHashMap<>();
    /** By what is in front of the {@code *}. */
    private final Map<String, Entry> wildcards = new LinkedHashMap<>();

    /** Whether a model may have this name of which somebody else than the administrator thought. */
    static boolean isName(String name) {
        return !name.contains("..") && REST.matcher(name).matches();
    }

    /** Of entries with the names that clients may use for them. */
    Catalogue(Map<String, Entry> named) {
        named.forEach((name, entry) -> {
            if (name.endsWith("*")) {
                wildcards.put(name.substring(0, name.length() - 1), entry);
            } else if (name.equals(entry.name())) {
                entries.put(name, entry);
            } else {
                aliases.put(name, entry);
            }
        });
    }

    /** The model of that name if the caller may use it, else null. */
    Entry find(String name, Caller caller) {
        var entry = entries.get(name);
        if (entry == null) {
            entry = aliases.get(name);
        }
        if (entry == null) {
            entry = wildcard(name);
        }
        return entry == null || !entry.isFor(caller) ? null : entry;
    }

    /** The longest one counts. */
    private Entry wildcard(String name) {
        Entry found = null;
        int longest = -1;
        for (var wildcard : wildcards.entrySet()) {
            var prefix = wildcard.getKey();
            if (name.startsWith(prefix) && prefix.length() > longest) {
                longest = prefix.length();
                found = wildcard.getValue();
            }
        }
        boolean fits = found != null
                && !name.contains("..")
                && REST.matcher(name.substring(longest)).matches();
        return fits ? found.as(name) : null;
    }

    /** The same, but {@link Failure#modelNotFound}: what one may not use can't be told from what is not there. */
    Entry get(String name, Caller caller) {
        var entry = find(name, caller);
        if (entry == null) {
            throw Failure.modelNotFound(name);
        }
        return entry;
    }

    /** The models that the caller may use, in the order of the configuration and in OpenAI's shape; then their other names. */
    JsonObject json(Caller caller) {
        var data = new JsonArray();
        entries.values().stream().filter(entry -> entry.isFor(caller)).forEach(entry -> data.add(entry.json()));
        aliases.forEach((alias, entry) -> {
            if (entry.isFor(caller)) {
                data.add(entry.json(alias));
            }
        });
        return new JsonObject().put("object", "list").put("data", data);
    }
}
