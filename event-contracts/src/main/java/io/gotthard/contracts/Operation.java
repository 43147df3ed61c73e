package io.gotthard.contracts;

import io.vertx.core.Future;

/** What a verticle does at an address. */
@FunctionalInterface
public interface Operation {

    /**
     * Answers a call, on the verticle's own context. A thrown or failed {@link Failure} reaches the asker as it is, anything
     * else as an internal error.
     *
     * @param stream where a streamed answer is written after an {@link Answer#events()} was returned, and where to hear that
     *     the asker went away; an operation with one answer may ignore it
     */
    Future<Answer> answer(Call call, BusStream stream);
}
