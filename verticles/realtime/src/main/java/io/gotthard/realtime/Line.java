package io.gotthard.realtime;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An event of a log, as the text that it is sent as. Many sockets share one. */
final class Line {

    private static final String SEQ = "{\"seq\":";

    private final long seq;
    private final String json;
    private JsonObject parsed;
    private String frameBefore;
    private String frame;

    private Line(long seq, String json) {
        this.seq = seq;
        this.json = json;
    }

    /** The events of an answer, one a line, of which each begins with its place. */
    static List<Line> of(Buffer answer) {
        var lines = new ArrayList<Line>();
        var text = answer.toString(StandardCharsets.UTF_8);
        int from = 0;
        while (from < text.length()) {
            int end = text.indexOf('\n', from);
            int to = end < 0 ? text.length() : end;
            if (to > from) {
                lines.add(of(text.substring(from, to)));
            }
            from = to + 1;
        }
        return lines;
    }

    private static Line of(String json) {
        if (!json.startsWith(SEQ)) {
            throw new IllegalArgumentException("An event's first member is its place");
        }
        int at = SEQ.length();
        while (at < json.length() && Character.isDigit(json.charAt(at))) {
            at++;
        }
        return new Line(Long.parseLong(json, SEQ.length(), at, 10), json);
    }

    /** Its place. */
    long seq() {
        return seq;
    }

    /** How much memory it takes, more or less. */
    int length() {
        return json.length();
    }

    /**
     * The event between two texts. Those who want the same one after another get the same, so that it is made once for all sockets whose
     * clients call their subscriptions alike.
     */
    String between(String before, String after) {
        if (!before.equals(frameBefore)) {
            frame = before + json + after;
            frameBefore = before;
        }
        return frame;
    }

    /** Lets go of what is only of use while it is sent. */
    void sent() {
        frame = null;
        frameBefore = null;
    }

    /** The event; not to be changed. */
    JsonObject event() {
        if (parsed == null) {
            parsed = new JsonObject(json);
        }
        return parsed;
    }
}
