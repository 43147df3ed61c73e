package io.gotthard.metering;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** What usage is summed up for besides each source: see {@code V7__usage.sql}. Those of which there are fewest come first. */
enum Facet {
    MODEL(1),
    TENANT(2),
    ACCOUNT(4),
    TENANT_MODEL(3),
    KEY(5);

    private final int kind;

    Facet(int kind) {
        this.kind = kind;
    }

    /** Its number in the database. */
    int kind() {
        return kind;
    }

    /** What it tells apart. */
    private Set<Dimension> dimensions() {
        return switch (this) {
            case MODEL -> EnumSet.of(Dimension.MODEL, Dimension.UPSTREAM, Dimension.OPERATION);
            case TENANT -> EnumSet.of(Dimension.TENANT);
            case ACCOUNT -> EnumSet.of(Dimension.TENANT, Dimension.ACCOUNT);
            case TENANT_MODEL -> EnumSet.of(Dimension.TENANT, Dimension.MODEL, Dimension.UPSTREAM, Dimension.OPERATION);
            case KEY -> EnumSet.of(Dimension.TENANT, Dimension.ACCOUNT, Dimension.KEY);
        };
    }

    /** Whether it is there for hours as well. */
    private boolean isHourly() {
        return this != ACCOUNT && this != KEY;
    }

    /**
     * The one with the fewest rows that still tells these apart; null if only sources do.
     *
     * @param grain of which sums
     */
    static Facet of(Set<Dimension> needed, Grain grain) {
        return Arrays.stream(values())
                .filter(facet -> facet.isHourly() || grain != Grain.HOUR)
                .filter(facet -> facet.dimensions().containsAll(needed))
                .findFirst()
                .orElse(null);
    }
}
