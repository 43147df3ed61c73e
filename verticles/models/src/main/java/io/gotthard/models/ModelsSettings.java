package io.gotthard.models;

import io.gotthard.models.provider.Demo;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;

/**
 * What the configuration says of models.
 *
 * @param upstreams the servers, by name
 * @param models the models, by their public names; without any there is the built-in demo
 * @param external the SwissAI dialect
 * @param demo the built-in demo
 * @param drain how long running requests may go on when the verticle stops
 */
public record ModelsSettings(
        Map<String, Upstream> upstreams,
        Map<String, Model> models,
        ExternalSettings external,
        DemoSettings demo,
        Duration drain) {

    /** With a demo that does not fail. */
    public ModelsSettings(
            Map<String, Upstream> upstreams, Map<String, Model> models, ExternalSettings external, Duration drain) {
        this(upstreams, models, external, new DemoSettings(false), drain);
    }

    /** Checks that they fit together. */
    public ModelsSettings {
        check(upstreams, models, external, demo);
    }

    /**
     * Checks that what is named is there and fits.
     *
     * @throws IllegalArgumentException if something does not
     */
    public static void check(
            Map<String, Upstream> upstreams, Map<String, Model> models, ExternalSettings external, DemoSettings demo) {
        var named = new LinkedHashSet<>(upstreams.keySet());
        if (demo.faults()) {
            named.add(Demo.UPSTREAM);
        }
        new ModelsCheck(named, models).check();
        if (external.model() != null && !isForChats(external.model(), upstreams, models)) {
            throw new IllegalArgumentException(
                    "external.model is '" + external.model() + "', but there is no such model of kind chat");
        }
    }

    private static boolean isForChats(String name, Map<String, Upstream> upstreams, Map<String, Model> models) {
        if (models.containsKey(name)) {
            return models.get(name).kind() == Kind.CHAT;
        }
        boolean demo = models.isEmpty() && upstreams.values().stream().noneMatch(Upstream::discover);
        // What an upstream will say that it has, nobody knows yet.
        boolean maybe = upstreams.entrySet().stream()
                .anyMatch(upstream -> upstream.getValue().discover() && name.startsWith(upstream.getKey() + "/"));
        return maybe || (demo && name.equals(Demo.CHAT_MODEL));
    }
}
