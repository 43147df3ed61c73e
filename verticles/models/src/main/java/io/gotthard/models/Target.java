package io.gotthard.models;

import io.gotthard.models.provider.Provider;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;

/**
 * A model of an upstream, as one event loop asks it.
 *
 * @param settings what the configuration says of it
 * @param provider asks it
 * @param idle how long its upstream may be silent in any phase
 * @param mostHeld bytes of an answer that are held back at most
 * @param standing how it has done lately, on all event loops
 * @param headers what the head of an answer says of it if it was asked first
 */
record Target(
        Model.Target settings,
        Provider provider,
        Duration idle,
        long mostHeld,
        Standing standing,
        Map<String, String> headers) {

    private static final String TARGET = "x-gotthard-target";
    private static final String ATTEMPTS = "x-gotthard-attempts";

    Target(Model.Target settings, Provider provider, Duration idle, long mostHeld, Standing standing) {
        this(settings, provider, idle, mostHeld, standing, Map.of(TARGET, settings.upstream(), ATTEMPTS, "1"));
    }

    String upstream() {
        return settings.upstream();
    }

    /** What the head of an answer says that came with this attempt, counted from 1. */
    Map<String, String> headers(int attempt) {
        return attempt == 1 ? headers : Map.of(TARGET, upstream(), ATTEMPTS, Integer.toString(attempt));
    }

    /** What the head of an error says if nobody was asked. */
    static Map<String, String> headersOfNone() {
        return Map.of(ATTEMPTS, "0");
    }

    /** What a million tokens of its input and one of its output cost together; infinite if that is not said. */
    double price() {
        return settings.price() == null
                ? Double.POSITIVE_INFINITY
                : settings.price().getOrDefault("input", BigDecimal.ZERO).doubleValue()
                        + settings.price()
                                .getOrDefault("output", BigDecimal.ZERO)
                                .doubleValue();
    }
}
