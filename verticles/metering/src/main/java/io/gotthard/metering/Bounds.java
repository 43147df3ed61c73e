package io.gotthard.metering;

import java.util.List;

/** What holds for one caller. */
final class Bounds {

    private final Limits limits;
    private final long version;
    private final List<Bound> all;

    Bounds(Limits limits, long version, List<Bound> all) {
        this.limits = limits;
        this.version = version;
        this.all = all;
    }

    /** Whether limits have not changed since. If they have, ask {@link Limits#of} again; until it answers, this one still holds. */
    boolean isCurrent() {
        return version == limits.version();
    }

    /** What holds for requests of the caller for a model. The list is made anew: remember it. */
    List<Bound> of(String model) {
        return all.stream().filter(bound -> bound.limit().matches(model)).toList();
    }
}
