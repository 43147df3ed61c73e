package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.vertx.core.json.Json;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/** An event that has no place yet. */
final class Unplaced {

    /** What parts of a message may have together when they are put together. */
    private static final int PART_CHARS = 8192;

    private static final long COUNTER_BITS = (1L << 48) - 1;
    private static final HexFormat HEX = HexFormat.of();
    private static final AtomicLong COUNTER = new AtomicLong(new SecureRandom().nextLong());

    private final String id;
    private final Instant createdAt = Instant.now();
    private final Draft draft;
    private final StringBuilder part;
    private final String data;
    private final String type;
    private String body;
    private Logged placed;

    Unplaced(Draft draft) {
        this.draft = draft;
        // Milliseconds, and a number that no other one of this process has.
        id = "evt_" + HEX.toHexDigits(createdAt.toEpochMilli(), 12)
                + HEX.toHexDigits(COUNTER.incrementAndGet() & COUNTER_BITS, 12);
        type = draft.data().type();
        part = switch (draft.data()) {
            case EventData.ChunkAdded chunk -> new StringBuilder(chunk.text());
            case EventData.ThoughtAdded thought -> new StringBuilder(thought.text());
            default -> null;
        };
        // Now: what it is made of is the caller's, who may go on with it.
        data = part == null ? draft.data().json().encode() : null;
    }

    Draft draft() {
        return draft;
    }

    String type() {
        return type;
    }

    /** About how many characters it has. */
    int chars() {
        return 200 + (part == null ? data.length() : part.length());
    }

    /** Takes the next part of the same message as well. @return false if that has to be an event of its own */
    boolean add(Unplaced next) {
        boolean takes = part != null
                && body == null
                && next.part != null
                && part.length() + next.part.length() <= PART_CHARS
                && isSameMessage(draft, next.draft);
        if (takes) {
            part.append(next.part);
        }
        return takes;
    }

    private static boolean isSameMessage(Draft one, Draft other) {
        return withText(one.data(), "").equals(withText(other.data(), ""))
                && same(one.run(), other.run())
                && same(one.display(), other.display())
                && same(one.author(), other.author());
    }

    private static boolean same(String one, String other) {
        return one == null ? other == null : one.equals(other);
    }

    private static EventData withText(EventData data, String text) {
        return switch (data) {
            case EventData.ChunkAdded chunk -> new EventData.ChunkAdded(chunk.messageId(), text);
            case EventData.ThoughtAdded thought -> new EventData.ThoughtAdded(thought.messageId(), text);
            default -> data;
        };
    }

    /** As it is stored. Nothing can be added any more. */
    String body() {
        if (body == null) {
            var json = new StringBuilder(chars() + 100).append("{\"id\":\"").append(id);
            json.append("\",\"type\":\"").append(type).append('"');
            member(json, "display_id", draft.display());
            member(json, "run_id", draft.run());
            json.append(",\"created_at\":\"").append(createdAt).append('"');
            member(json, "author", draft.author());
            json.append(",\"data\":")
                    .append(
                            part == null
                                    ? data
                                    : withText(draft.data(), part.toString())
                                            .json()
                                            .encode());
            body = json.append('}').toString();
        }
        return body;
    }

    private static void member(StringBuilder json, String name, String value) {
        if (value != null) {
            json.append(",\"").append(name).append("\":").append(Json.encode(value));
        }
    }

    /** It is at that place from now on. */
    void placed(long seq) {
        placed = new Logged(seq, type, draft.display(), draft.run(), body());
    }

    /** With its place. */
    Logged placed() {
        return placed;
    }
}
