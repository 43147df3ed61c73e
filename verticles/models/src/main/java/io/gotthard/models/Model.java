package io.gotthard.models;

import io.gotthard.kit.Absent;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/**
 * A model under its public name, as the configuration describes it.
 *
 * @param kind what it does
 * @param targets where it is; the first one is asked
 * @param price what it costs, in units of the currency: {@code input}, {@code output}, {@code cached_input} and {@code reasoning} for a
 *     million tokens, {@code request}, {@code image}, {@code audio_second}, and {@code characters} for a million; null if it is not
 *     said here
 */
public record Model(Kind kind, List<Target> targets, @Absent Map<String, BigDecimal> price) {

    /**
     * A model of an upstream.
     *
     * @param upstream the upstream's name in the configuration
     * @param model the model's name there
     */
    public record Target(String upstream, String model) {}

    /** A model without a price. */
    public Model(Kind kind, List<Target> targets) {
        this(kind, targets, null);
    }

    /** Checks what no type says. */
    public Model {
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("targets must name at least one upstream");
        }
    }
}
