package io.gotthard.models;

import io.gotthard.models.provider.Demo;
import java.time.Duration;
import java.util.Map;

/**
 * What the configuration says of models.
 *
 * @param upstreams the servers, by name
 * @param models the models, by their public names; without any there is the built-in demo
 * @param external the SwissAI dialect
 * @param drain how long running requests may go on when the verticle stops
 */
public record ModelsSettings(
        Map<String, Upstream> upstreams, Map<String, Model> models, ExternalSettings external, Duration drain) {

    /** Checks that the two fit together. */
    public ModelsSettings {
        check(upstreams, models, external);
    }

    /**
     * Checks that what is named is there and fits.
     *
     * @throws IllegalArgumentException if something does not
     */
    public static void check(Map<String, Upstream> upstreams, Map<String, Model> models, ExternalSettings external) {
        new ModelsCheck(upstreams, models).check();
        if (external.model() != null && !isForChats(external.model(), models)) {
            throw new IllegalArgumentException(
                    "external.model is '" + external.model() + "', but there is no such model of kind chat");
        }
    }

    private static boolean isForChats(String name, Map<String, Model> models) {
        if (models.isEmpty()) {
            return name.equals(Demo.CHAT_MODEL);
        }
        return models.containsKey(name) && models.get(name).kind() == Kind.CHAT;
    }
}
