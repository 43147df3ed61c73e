package io.gotthard.models;

import java.util.List;

/**
 * A model under its public name, as the configuration describes it.
 *
 * @param kind what it does
 * @param targets where it is; the first one is asked
 */
public record Model(Kind kind, List<Target> targets) {

    /**
     * A model of an upstream.
     *
     * @param upstream the upstream's name in the configuration
     * @param model the model's name there
     */
    public record Target(String upstream, String model) {}

    /** Checks what no type says. */
    public Model {
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("targets must name at least one upstream");
        }
    }
}
