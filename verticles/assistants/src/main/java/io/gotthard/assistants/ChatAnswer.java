package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Where an answer is written that is seen in a run's events, while it comes about. */
interface ChatAnswer {

    /** More of what the assistant says. */
    void content(String text);

    /** More of what it thinks. */
    void thought(String text);

    /** Takes back what was said last, if that is still possible. */
    boolean takeBack(String said);

    /** The end: what the caller's functions are to do, why it ends, and what it all consumed. */
    void end(JsonArray calls, String reason, JsonObject usage);

    /** The bad end. */
    void fail(Failure cause);
}
