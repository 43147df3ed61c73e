package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Cuts a stream of bytes into the messages of {@code application/vnd.amazon.eventstream}, however the network cut it. A message is: its
 * length, the length of its headers, a checksum of the two, the headers, the payload, and a checksum of it all.
 */
final class EventStreamReader implements Translator.Reader {

    /** Takes the messages. */
    @FunctionalInterface
    interface Messages {

        /** One message is complete; of its headers there are those that are texts. */
        void message(Map<String, String> headers, Buffer payload);
    }

    private static final int PRELUDE = 12;
    private static final int CHECKSUM = 4;
    private static final int TEXT = 7;
    /** How many bytes a header's value has, for the types of a fixed length. */
    private static final int[] LENGTHS = {0, 0, 1, 2, 4, 8, -1, -1, 8, 16};

    private final int limit;
    private final Messages messages;
    private Buffer waiting = Buffer.buffer();

    /** @param limit bytes of a message, beyond which {@link #read} fails */
    EventStreamReader(int limit, Messages messages) {
        this.limit = limit;
        this.messages = messages;
    }

    /** @throws Failure 502 if a checksum is wrong, or the lengths do not fit together */
    @Override
    public void read(Buffer data) {
        waiting.appendBuffer(data);
        int at = 0;
        while (waiting.length() - at >= PRELUDE) {
            int length = waiting.getInt(at);
            int headers = waiting.getInt(at + 4);
            boolean fits = headers >= 0 && length >= PRELUDE + CHECKSUM && headers <= length - PRELUDE - CHECKSUM;
            if (!fits || waiting.getInt(at + 8) != checksum(at, at + 8)) {
                throw UpstreamFailure.malformed();
            } else if (length > limit) {
                throw new IllegalStateException("A message is larger than " + limit + " bytes.");
            } else if (waiting.length() - at < length) {
                break;
            }
            message(at, length, headers);
            at += length;
        }
        if (at > 0) {
            waiting = waiting.getBuffer(at, waiting.length());
        }
    }

    private int checksum(int from, int to) {
        var checksum = new CRC32();
        checksum.update(waiting.getBytes(from, to));
        return (int) checksum.getValue();
    }

    private void message(int from, int length, int headersLength) {
        int end = from + length - CHECKSUM;
        if (waiting.getInt(end) != checksum(from, end)) {
            throw UpstreamFailure.malformed();
        }
        int payload = from + PRELUDE + headersLength;
        messages.message(headers(waiting.getBytes(from + PRELUDE, payload)), waiting.getBuffer(payload, end));
    }

    private static Map<String, String> headers(byte[] bytes) {
        var headers = new HashMap<String, String>();
        var left = ByteBuffer.wrap(bytes);
        try {
            while (left.hasRemaining()) {
                var name = text(left, left.get() & 0xff);
                int type = left.get();
                if (type < 0 || type >= LENGTHS.length) {
                    throw UpstreamFailure.malformed();
                }
                int length = LENGTHS[type] >= 0 ? LENGTHS[type] : left.getShort() & 0xffff;
                var value = text(left, length);
                if (type == TEXT) {
                    headers.put(name, value);
                }
            }
        } catch (BufferUnderflowException e) {
            throw UpstreamFailure.malformed();
        }
        return headers;
    }

    private static String text(ByteBuffer from, int length) {
        var bytes = new byte[length];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
