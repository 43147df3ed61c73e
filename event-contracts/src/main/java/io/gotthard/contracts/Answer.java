package io.gotthard.contracts;

import io.vertx.core.buffer.Buffer;
import java.util.Map;

/**
 * One answer on the bus. A plain operation gives one; a stream gives a first one with {@link #more()} and then as many as
 * the asker asks for, of which the last has no more.
 *
 * @param status the HTTP status; only the first answer's counts
 * @param contentType the media type of the body; only the first answer's counts
 * @param body bytes of the body; may be empty, in a stream it holds whole events
 * @param more true if the asker can ask for further answers
 * @param usage what was consumed, in the last answer; null if nothing was, or if there is more to come
 * @param headers further headers of the response; only the first answer's count
 */
public record Answer(
        int status, String contentType, Buffer body, boolean more, Usage usage, Map<String, String> headers) {

    /** The media type of {@link #json}. */
    public static final String JSON = "application/json";

    /** The media type of server-sent events. */
    public static final String SSE = "text/event-stream";

    private static final Buffer EMPTY = Buffer.buffer();

    /** Says "still working on it": keeps a dialogue alive over nodes, and never reaches who asked. */
    static final Answer PENDING = new Answer(0, "", EMPTY, true, null);

    /** An answer without further headers. */
    public Answer(int status, String contentType, Buffer body, boolean more, Usage usage) {
        this(status, contentType, body, more, usage, Map.of());
    }

    /** A complete answer with status 200 that consumed nothing. */
    public static Answer json(Buffer body) {
        return new Answer(200, JSON, body, false, null);
    }

    /** A complete answer with status 200 and what it consumed. */
    public static Answer json(Buffer body, Usage usage) {
        return new Answer(200, JSON, body, false, usage);
    }

    /** Opens a stream of server-sent events; the events follow through the {@link BusStream}. */
    public static Answer events() {
        return new Answer(200, SSE, EMPTY, true, null);
    }

    /** Opens a stream of bytes of this media type, which follow in the same way. */
    public static Answer bytes(String contentType) {
        return new Answer(200, contentType, EMPTY, true, null);
    }

    /** The same with these headers. */
    public Answer with(Map<String, String> further) {
        return new Answer(status, contentType, body, more, usage, further);
    }

    boolean pending() {
        return status == 0;
    }
}
