package io.gotthard.assistants;

import io.gotthard.contracts.Event;
import io.vertx.core.json.JsonObject;

/**
 * An event as it is stored, at its place.
 *
 * @param seq its place in the thread
 * @param type what happened
 * @param display the run that a user began, or null
 * @param run the run in which it happened, or null
 * @param body the rest of it as JSON: an object whose first member is {@code id}
 */
record Logged(long seq, String type, String display, String run, String body) {

    /** The event as everybody sees it: an object whose first member is {@code seq}. */
    String json(String threadId) {
        return "{\"seq\":" + seq + ",\"thread_id\":\"" + threadId + "\"," + body.substring(1);
    }

    /** The same, read. */
    Event event(String threadId) {
        return Event.of(new JsonObject(json(threadId)));
    }
}
