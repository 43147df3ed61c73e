package io.gotthard.models.provider;

import io.gotthard.kit.SseReader;
import io.vertx.core.buffer.Buffer;

/** Cuts a stream of bytes into lines, however the network cut it; a line is one JSON value. */
final class LineReader implements Translator.Reader {

    private final int limit;
    private final SseReader.Events lines;
    private byte[] bytes = {};
    private int end;

    /** @param limit bytes of a line, beyond which {@link #read} fails */
    LineReader(int limit, SseReader.Events lines) {
        this.limit = limit;
        this.lines = lines;
    }

    @Override
    public void read(Buffer data) {
        int at = end;
        append(data);
        int from = 0;
        for (; at < end; at++) {
            if (bytes[at] == '\n') {
                line(from, at);
                from = at + 1;
            }
        }
        end -= from;
        System.arraycopy(bytes, from, bytes, 0, end);
        if (end > limit) {
            throw new IllegalStateException("A line is larger than " + limit + " bytes.");
        }
    }

    private void append(Buffer data) {
        int needed = end + data.length();
        if (needed > bytes.length) {
            // Twice as much, so that a long line in small pieces is not moved for each of them.
            var roomy = new byte[Math.max(needed, bytes.length * 2)];
            System.arraycopy(bytes, 0, roomy, 0, end);
            bytes = roomy;
        }
        data.getBytes(bytes, end);
        end = needed;
    }

    private void line(int from, int to) {
        int last = to > from && bytes[to - 1] == '\r' ? to - 1 : to;
        if (last > from) {
            lines.data(bytes, from, last);
        }
    }

    /** The last line may have no end. */
    @Override
    public void end() {
        int length = end;
        end = 0;
        line(0, length);
    }
}
