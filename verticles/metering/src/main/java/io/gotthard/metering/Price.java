package io.gotthard.metering;

import io.gotthard.contracts.Usage;
import java.util.Map;

/**
 * What a model costs from a moment on.
 *
 * @param id its number in the ledger; 0 for {@link #free}, which is in no table
 * @param model the model's public name
 * @param rates what is charged for what
 * @param from when it begins, in milliseconds since 1970
 * @param until when it ends even if no other price begins then, in milliseconds since 1970; {@link Long#MAX_VALUE} if it does not
 */
record Price(long id, String model, Rates rates, long from, long until) {

    /** That of a model without a price, where that is allowed to be free. */
    static Price free(String model) {
        return new Price(0, model, Rates.of(Map.of()), 0, Long.MAX_VALUE);
    }

    /** What the usage costs, in nanos: see {@link Rates#cost}. */
    long cost(Usage usage) {
        return rates.cost(usage);
    }

    /** What of the usage an upstream has got when it is asked, in nanos: see {@link Rates#input}. */
    long input(Usage usage) {
        return rates.input(usage);
    }

    /** Whether it says what the usage costs, be it nothing. */
    boolean charges(Usage usage) {
        return cost(usage) > 0 || rates.covers(usage);
    }

    /** Its id as clients see it, or null for {@link #free}. */
    String name() {
        return id == 0 ? null : "prc_" + id;
    }
}
