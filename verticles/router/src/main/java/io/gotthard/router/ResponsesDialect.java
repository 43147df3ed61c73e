package io.gotthard.router;

import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * OpenAI's words on one stream of a response, whose events have types and numbers: a failure is the event {@code error}. It has what the
 * type prescribes, and the same as an {@code error} within, because by that some clients know a failure and others read it.
 */
final class ResponsesDialect extends OpenAiDialect {

    /** Within a text its quotes would be escaped. */
    private static final Pattern NUMBER = Pattern.compile("\"sequence_number\" *: *([0-9]{1,9})(?![0-9])");

    private Buffer last;

    @Override
    public void sent(Buffer events) {
        last = events;
    }

    @Override
    public Buffer event(Failure failure, String requestId) {
        var event = error(failure)
                .put("type", "error")
                .put("sequence_number", next())
                .put("error", error(failure));
        return Buffer.buffer("event: error\ndata: ")
                .appendBuffer(event.toBuffer())
                .appendString("\n\n");
    }

    /** The number after that of the last event; numbers begin with 0. */
    private int next() {
        int next = 0;
        var text = last == null ? "" : last.toString(StandardCharsets.UTF_8);
        for (var found = NUMBER.matcher(text); found.find(); ) {
            next = Integer.parseInt(found.group(1)) + 1;
        }
        return next;
    }
}
