package io.gotthard.models;

import io.gotthard.contracts.Usage.Source;
import java.util.Map;

/** Counts tokens of requests and answers whose upstream did not. To be called on a worker: a large text takes milliseconds. */
final class Tokens {

    private Tokens() {}

    /**
     * A count.
     *
     * @param tokens how many
     * @param source {@link Source#COUNTED}, or {@link Source#ESTIMATED} if a part was too large to be counted
     */
    record Count(long tokens, Source source) {}

    /** The tokens of a request's body, as an upstream would count its prompt. */
    static Count prompt(Kind kind, String model, Map<String, Object> body) {
        return new Count(0, Source.COUNTED);
    }

    /** The tokens of a text. */
    static Count text(String model, String text) {
        return new Count(0, Source.COUNTED);
    }
}
