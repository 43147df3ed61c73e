package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class EventStreamReaderTest {

    /** Two messages as another implementation of the format made them, so that ours does not only understand itself. */
    private static final Buffer PLAIN = hex("0000001e00000000baf2f68a7b22666f6f223a2022626172227dae7258e4");

    private static final Buffer WITH_HEADER = hex("0000003e00000020405df9460c636f6e74656e742d747970650700106170706c"
            + "69636174696f6e2f6a736f6e7b22666f6f223a2022626172227d6fa2bf3b");

    private record Message(Map<String, String> headers, String payload) {}

    private final List<Message> messages = new ArrayList<>();
    private final EventStreamReader reader =
            new EventStreamReader(4096, (headers, payload) -> messages.add(new Message(headers, payload.toString())));

    private static Buffer hex(String text) {
        return Buffer.buffer(HexFormat.of().parseHex(text));
    }

    /** Messages of lines such as {@code event contentBlockStop {}}: type, name and payload. */
    static Buffer messages(String lines) {
        var all = Buffer.buffer();
        lines.lines().forEach(line -> {
            var words = line.split(" ", 3);
            var name = ":" + (words[0].equals("error") ? "error-code" : words[0] + "-type");
            var headers = Buffer.buffer();
            header(name, words[1], headers);
            header(":content-type", "application/json", headers);
            header(":message-type", words[0], headers);
            all.appendBuffer(message(headers, Buffer.buffer(words[2])));
        });
        return all;
    }

    private static void header(String name, String value, Buffer headers) {
        headers.appendByte((byte) name.length()).appendString(name);
        headers.appendByte((byte) 7).appendShort((short) value.length()).appendString(value);
    }

    private static Buffer message(Buffer headers, Buffer payload) {
        var message = Buffer.buffer().appendInt(headers.length() + payload.length() + 16);
        message.appendInt(headers.length());
        message.appendInt(checksum(message));
        message.appendBuffer(headers).appendBuffer(payload);
        return message.appendInt(checksum(message));
    }

    private static int checksum(Buffer bytes) {
        var checksum = new CRC32();
        checksum.update(bytes.getBytes());
        return (int) checksum.getValue();
    }

    @Test
    void messages_of_others_are_understood_however_they_are_cut() {
        var both = PLAIN.copy().appendBuffer(WITH_HEADER);
        var expected = List.of(
                new Message(Map.of(), "{\"foo\": \"bar\"}"),
                new Message(Map.of("content-type", "application/json"), "{\"foo\": \"bar\"}"));
        for (int cut = 0; cut <= both.length(); cut++) {
            messages.clear();
            reader.read(both.getBuffer(0, cut));
            reader.read(both.getBuffer(cut, both.length()));
            assertThat(messages).isEqualTo(expected);
        }
    }

    @Test
    void headers_of_all_types_are_passed_over_but_texts() {
        var headers = Buffer.buffer();
        int[] lengths = {0, 0, 1, 2, 4, 8, -1, -1, 8, 16};
        for (int type = 0; type < lengths.length; type++) {
            headers.appendByte((byte) 1).appendString("h").appendByte((byte) type);
            if (lengths[type] < 0) {
                headers.appendShort((short) 2).appendString("ab");
            } else {
                headers.appendBytes(new byte[lengths[type]]);
            }
        }
        reader.read(message(headers, Buffer.buffer("{}")));
        assertThat(messages).containsExactly(new Message(Map.of("h", "ab"), "{}"));
    }

    @Test
    void a_wrong_byte_anywhere_is_found_out() {
        for (int at = 0; at < WITH_HEADER.length(); at++) {
            var wrong = WITH_HEADER.copy();
            wrong.setByte(at, (byte) (wrong.getByte(at) ^ 0x10));
            var fresh = new EventStreamReader(4096, (headers, payload) -> messages.add(null));
            var failure = catchThrowableOfType(Failure.class, () -> fresh.read(wrong));
            assertThat(failure.code()).as("byte " + at).isEqualTo("upstream_invalid_response");
        }
        assertThat(messages).isEmpty();
    }

    @Test
    void headers_that_do_not_fit_are_refused() {
        for (var headers : new String[] {"05", "0161", "016107ffff", "01610a", "0161ff"}) {
            var message = message(hex(headers), Buffer.buffer("{}"));
            var failure = catchThrowableOfType(Failure.class, () -> reader.read(message));
            assertThat(failure.code()).as(headers).isEqualTo("upstream_invalid_response");
        }
    }

    @Test
    void a_message_beyond_the_limit_is_refused_before_it_is_there() {
        var large = message(Buffer.buffer(), Buffer.buffer("x".repeat(5000)));
        assertThatThrownBy(() -> reader.read(large.getBuffer(0, 12))).isInstanceOf(IllegalStateException.class);
    }
}
