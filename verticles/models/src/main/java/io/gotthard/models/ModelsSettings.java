package io.gotthard.models;

import java.time.Duration;
import java.util.Map;

/**
 * What the configuration says of models.
 *
 * @param upstreams the servers, by name
 * @param models the models, by their public names; without any there is the built-in demo
 * @param drain how long running requests may go on when the verticle stops
 */
public record ModelsSettings(Map<String, Upstream> upstreams, Map<String, Model> models, Duration drain) {

    /** Checks that the two fit together. */
    public ModelsSettings {
        check(upstreams, models);
    }

    /**
     * Checks that every target names an upstream that is there.
     *
     * @throws IllegalArgumentException if one does not
     */
    public static void check(Map<String, Upstream> upstreams, Map<String, Model> models) {
        models.forEach((name, model) -> {
            for (var target : model.targets()) {
                if (!upstreams.containsKey(target.upstream())) {
                    throw new IllegalArgumentException("models." + name + " has a target at upstream '"
                            + target.upstream() + "', but there is no such upstream; there are: " + upstreams.keySet());
                }
            }
        });
    }
}
