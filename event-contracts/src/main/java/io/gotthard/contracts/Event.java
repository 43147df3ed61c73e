package io.gotthard.contracts;

import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * Something that happened in a thread, at its place in the thread's log. {@code event-contracts/schemas/events} says what each type's
 * data is, and {@link EventData} has a record for each.
 *
 * @param id names it among all events: 24 hexadecimal digits behind {@code evt_}
 * @param seq its place in the thread, from 1, without gaps
 * @param type what happened, in the past tense, as in {@code message.created}
 * @param threadId the thread
 * @param displayId the run that a user began, with all that it began; or null
 * @param runId the run in which it happened, or null if it was outside of any
 * @param createdAt when, to the nanosecond if the clock tells
 * @param author who said it: an account's id, the name of an agent, or {@code gotthard}
 * @param data what the type says of it
 */
public record Event(
        String id,
        long seq,
        String type,
        String threadId,
        String displayId,
        String runId,
        Instant createdAt,
        String author,
        JsonObject data) {

    /** The event as everybody sees it; what is null is not there. */
    public JsonObject json() {
        var json = new JsonObject()
                .put("seq", seq)
                .put("thread_id", threadId)
                .put("id", id)
                .put("type", type);
        if (displayId != null) {
            json.put("display_id", displayId);
        }
        if (runId != null) {
            json.put("run_id", runId);
        }
        return json.put("created_at", createdAt.toString())
                .put("author", author)
                .put("data", data);
    }

    /** The same as {@link #json} said. */
    public static Event of(JsonObject json) {
        return new Event(
                json.getString("id"),
                json.getLong("seq"),
                json.getString("type"),
                json.getString("thread_id"),
                json.getString("display_id"),
                json.getString("run_id"),
                Instant.parse(json.getString("created_at")),
                json.getString("author"),
                json.getJsonObject("data"));
    }
}
