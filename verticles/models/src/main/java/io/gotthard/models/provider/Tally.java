package io.gotthard.models.provider;

import io.gotthard.contracts.Usage;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What one request got so far: what its upstream said of it, and the text that was handed on. A stream that breaks has no other
 * record; so its text is kept, and is only looked at if the upstream never says how many tokens it was.
 */
public final class Tally {

    private static final int FIRST_ROOM = 256;

    private Usage usage;
    private byte[] text = new byte[0];
    private int length;
    private long firstToken;

    /** The upstream says what was consumed; the last time counts, because some say so again and again. */
    public void report(Usage said) {
        usage = said;
    }

    /** A piece of text was handed on: the inside of a JSON string, with its escapes. */
    public void deliver(byte[] bytes, int from, int to) {
        if (firstToken == 0) {
            firstToken = System.nanoTime();
        }
        int needed = length + to - from;
        if (needed > text.length) {
            text = Arrays.copyOf(text, Math.max(FIRST_ROOM, Math.max(needed, text.length * 2)));
        }
        System.arraycopy(bytes, from, text, length, to - from);
        length = needed;
    }

    /** What the upstream reported, or null. */
    public Usage reported() {
        return usage != null && usage.reported() ? usage : null;
    }

    /** Whether any text was handed on. */
    public boolean hasText() {
        return length > 0;
    }

    /** The text that was handed on. */
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
