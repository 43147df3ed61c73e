package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Operation;
import io.vertx.core.Future;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Operations that wait in straight lines, on the verticle's virtual threads. */
final class Answering {

    private Answering() {}

    static Operation with(Function<Call, Answer> operation) {
        return with((call, stream) -> operation.apply(call));
    }

    static Operation with(BiFunction<Call, BusStream, Answer> operation) {
        return (call, stream) -> {
            try {
                return Future.succeededFuture(operation.apply(call, stream));
            } catch (Throwable e) {
                // Waiting for a future throws what made it fail, be it checked or not.
                return Future.failedFuture(e);
            }
        };
    }
}
