package io.gotthard.assistants;

import io.vertx.core.Future;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a declared tool offers to one run.
 *
 * @param problems what of it is not there, for people
 * @param close lets go of what it holds
 */
record Opened(List<Offer> offers, List<String> problems, Supplier<Future<Void>> close) {

    /** That of a tool that holds nothing. */
    static Opened of(List<Offer> offers, List<String> problems) {
        return new Opened(offers, problems, Future::succeededFuture);
    }
}
