package io.gotthard.kit;

import io.vertx.core.buffer.Buffer;
import java.util.Arrays;

/**
 * Cuts a stream of bytes into server-sent events, however the network cut it. Lines end with LF or CRLF; comments, ids and
 * event names are passed over, because the protocols we read say everything in the data.
 */
public final class SseReader {

    /** Takes the data of one event. */
    @FunctionalInterface
    public interface Events {

        /**
         * One event is complete.
         *
         * @param bytes holds the data from {@code from} to {@code to}; only valid during the call
         */
        void data(byte[] bytes, int from, int to);
    }

    private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};

    private final Events events;
    private final int limit;
    private byte[] bytes = {};
    private int end;
    private int lineAt;
    private int dataFrom = -1;
    private int dataTo;

    /**
     * A reader for one response.
     *
     * @param limit bytes of one event, beyond which {@link #read} fails
     */
    public SseReader(int limit, Events events) {
        this.limit = limit;
        this.events = events;
    }

    /**
     * Hands on every event that is complete.
     *
     * @throws IllegalStateException if an event is larger than the limit
     */
    public void read(Buffer buffer) {
        for (int at = append(buffer); at < end; at++) {
            if (bytes[at] == '\n') {
                line(lineAt, at > lineAt && bytes[at - 1] == '\r' ? at - 1 : at);
                lineAt = at + 1;
            }
        }
        if (end - start() > limit) {
            throw new IllegalStateException("An event is larger than " + limit + " bytes.");
        }
    }

    /** Where what is still needed begins. */
    private int start() {
        return dataFrom < 0 ? lineAt : dataFrom;
    }

    /** Puts a buffer behind what is left over, and returns where it begins. */
    private int append(Buffer buffer) {
        int length = buffer.length();
        if (end == start()) {
            // Nothing is left over: the copy of this buffer is all there is.
            bytes = buffer.getBytes();
            end = 0;
            lineAt = 0;
        } else {
            if (length > bytes.length - end) {
                makeRoom(length);
            }
            buffer.getBytes(bytes, end);
        }
        end += length;
        return end - length;
    }

    /**
     * Moves what is left over to the front, and doubles the room if that is not enough; so a huge event in many small pieces is
     * not moved for each of them.
     */
    private void makeRoom(int length) {
        int start = start();
        int kept = end - start;
        var roomy = length <= bytes.length - kept ? bytes : new byte[kept + Math.max(length, kept)];
        System.arraycopy(bytes, start, roomy, 0, kept);
        bytes = roomy;
        end = kept;
        lineAt -= start;
        if (dataFrom >= 0) {
            dataFrom = 0;
            dataTo -= start;
        }
    }

    private void line(int from, int to) {
        if (from == to) {
            if (dataFrom >= 0) {
                events.data(bytes, dataFrom, dataTo);
                dataFrom = -1;
            }
        } else if (to - from >= DATA.length && Arrays.equals(bytes, from, from + DATA.length, DATA, 0, DATA.length)) {
            int value = from + DATA.length;
            if (value < to && bytes[value] == ' ') {
                value++;
            }
            if (dataFrom < 0) {
                dataFrom = value;
                dataTo = to;
            } else {
                join(value, to);
            }
        }
    }

    /** Several data lines are one text with line feeds between them; they are moved together in place. */
    private void join(int from, int to) {
        bytes[dataTo++] = '\n';
        System.arraycopy(bytes, from, bytes, dataTo, to - from);
        dataTo += to - from;
    }
}
