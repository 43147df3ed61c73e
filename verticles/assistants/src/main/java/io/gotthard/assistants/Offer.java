package io.gotthard.assistants;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/**
 * A function before it has a name that is its own among others.
 *
 * @param source the name of the tool that it belongs to
 * @param original what it is called there
 * @param parameters a JSON Schema of one object, in one piece
 * @param approval whether a person has to agree before each call
 * @param work what it does
 */
record Offer(String source, String original, String description, JsonObject parameters, boolean approval, Work work) {

    /** What a function does. */
    @FunctionalInterface
    interface Work {

        /** Does it with arguments that fit the schema; may throw or fail with {@link Trouble}. */
        Future<Tool.Result> call(Tool.Invocation invocation);
    }
}
