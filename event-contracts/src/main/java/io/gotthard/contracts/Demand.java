package io.gotthard.contracts;

import java.util.List;

/**
 * What a request is going to consume.
 *
 * @param call the request
 * @param operation what is asked for, as OpenTelemetry names it: {@code chat}, {@code text_completion}, {@code embeddings} …
 * @param likely what it will probably consume: what limits of tokens count until it is known
 * @param most what it can consume at the very most: what is reserved for it, by the price of the dearest candidate
 * @param candidates who may answer it, the likeliest first; at least one
 * @param policy the regions in which it may be answered, as {@link Residency#text} has them; empty if that is not limited
 */
public record Demand(Call call, String operation, Usage likely, Usage most, List<Candidate> candidates, String policy) {

    /** Of one model that nothing limits. */
    public Demand(Call call, String operation, Usage likely, Usage most) {
        this(call, operation, likely, most, List.of(new Candidate(most.model(), most.upstream())), "");
    }

    /** The model that is asked for, under its public name. */
    public String model() {
        return most.model();
    }

    /** Who asks. */
    public Caller caller() {
        return call.caller();
    }
}
