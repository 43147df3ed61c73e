package io.gotthard.contracts;

/**
 * What a request is going to consume.
 *
 * @param call the request
 * @param operation what is asked for, as OpenTelemetry names it: {@code chat}, {@code text_completion}, {@code embeddings} …
 * @param likely what it will probably consume: what limits of tokens count until it is known
 * @param most what it can consume at the very most: what is reserved for it
 */
public record Demand(Call call, String operation, Usage likely, Usage most) {

    /** The model, under its public name. */
    public String model() {
        return most.model();
    }

    /** Who asks. */
    public Caller caller() {
        return call.caller();
    }
}
