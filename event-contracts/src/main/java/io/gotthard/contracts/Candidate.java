package io.gotthard.contracts;

import java.util.List;

/**
 * Who may answer a request, or did.
 *
 * @param model the model, under its public name
 * @param upstream the upstream
 * @param region where that is, or null if nobody knows
 * @param priced the names of its price, of which the first that has one counts: the target's own, the model's, that of the wildcard it
 *     is one of
 */
public record Candidate(String model, String upstream, String region, List<String> priced) {

    /** One whose price is the model's. */
    public Candidate(String model, String upstream) {
        this(model, upstream, null, List.of(model));
    }
}
