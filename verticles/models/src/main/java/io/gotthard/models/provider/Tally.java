package io.gotthard.models.provider;

import io.gotthard.contracts.Usage;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What one request got so far: what its upstream said of it, and the text that was handed on. A stream that breaks has no other
 * record; so its text is kept, and is only looked at if the upstream never says how many tokens it was. Of a long text the
 * beginning is kept, which stands for the rest.
 */
public final class Tally {

    private static final int FIRST_ROOM = 256;
    private static final int BYTES_OF_A_TOKEN = 4;
    private static final int MOST_ROOM = 16 * 1024;

    private Usage usage;
    private byte[] text = new byte[0];
    private int length;
    /** Bytes that were handed on, kept or not. */
    private long delivered;

    private long firstToken;
    private boolean sound;

    /** The upstream says what was consumed; the last time counts, because some say so again and again. */
    public void report(Usage said) {
        usage = said;
    }

    /** A piece of text was handed on: the inside of a JSON string, with its escapes. */
    public void deliver(byte[] bytes, int from, int to) {
        if (firstToken == 0) {
            firstToken = System.nanoTime();
        }
        delivered += to - from;
        // Of a piece that does not fit none is kept, so that no character is cut.
        int needed = length + to - from;
        if (needed > MOST_ROOM) {
            return;
        }
        if (needed > text.length) {
            text = Arrays.copyOf(text, Math.min(MOST_ROOM, Math.max(FIRST_ROOM, Math.max(needed, text.length * 2))));
        }
        System.arraycopy(bytes, from, text, length, to - from);
        length = needed;
    }

    /** A piece was handed on that is no text. */
    public void deliverSound() {
        sound = true;
        if (firstToken == 0) {
            firstToken = System.nanoTime();
        }
    }

    /** Whether anything was handed on that is no text. */
    public boolean hasSound() {
        return sound;
    }

    /** What the upstream reported, or null. */
    public Usage reported() {
        return usage != null && usage.reported() ? usage : null;
    }

    /** Whether any text was handed on. */
    public boolean hasText() {
        return delivered > 0;
    }

    /** Whether all of it is kept. */
    public boolean isWhole() {
        return delivered == length;
    }

    /** What all of it is, if the part that is kept is so much. */
    public long scaled(long kept) {
        return length == 0 ? delivered / BYTES_OF_A_TOKEN : Math.round((double) kept * delivered / length);
    }

    /** The text that was handed on, or its beginning. */
    public String text() {
        var escaped = new String(text, 0, length, StandardCharsets.UTF_8);
        try {
            return (String) Json.decodeValue('"' + escaped + '"');
        } catch (DecodeException e) {
            // A piece that an upstream cut in the midst of an escape: what follows is still text.
            return escaped;
        }
    }

    /** When the first piece came, in the time of {@link System#nanoTime}; 0 if none did. */
    public long firstToken() {
        return firstToken;
    }
}
