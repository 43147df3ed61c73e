package io.gotthard.assistants;

import io.gotthard.contracts.Caller;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** Something that a model may call. */
interface Tool {

    /** What the model is told of it: an object with {@code name}, {@code description} and {@code parameters}, a JSON Schema. */
    JsonObject function();

    /** Whether a person has to agree before each call. */
    boolean needsApproval();

    /** Calls it. Its effect has to happen once, however often a call with the same id comes: that id is handed on as idempotency key. */
    Future<Result> call(Invocation invocation);

    /**
     * A call.
     *
     * @param callId the same in every attempt, and unique among all runs
     * @param arguments what the model said, checked against the schema
     * @param caller for whom
     * @param requestId the request that began it all
     * @param timeLeft how long it may take at most
     */
    record Invocation(
            String run, String callId, JsonObject arguments, Caller caller, String requestId, Duration timeLeft) {}

    /**
     * What it gave back.
     *
     * @param ok whether it worked; if not, the content is what the model is told of the failure
     */
    record Result(boolean ok, String content) {}
}
