package io.gotthard.kit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.sun.management.ThreadMXBean;
import io.vertx.core.buffer.Buffer;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SseReaderTest {

    private static final int LIMIT = 1024;

    /** All that may be seen on a wire, and what is to be read from it. */
    private static final String WIRE = """
        : a comment first

        data: {"a":1}

        data:no space

        data:  two spaces

        event: named
        id: 7
        retry: 10
        data: of an event with a name

        : ping

        data: first line
        data: second line
        : a comment between
        data:
        data: fourth: line ä😀

        data:

        database: not data
        datum

        id: an event without data


        data: [DONE]

        """;

    private static final List<String> EVENTS = List.of(
            "{\"a\":1}",
            "no space",
            " two spaces",
            "of an event with a name",
            "first line\nsecond line\n\nfourth: line ä😀",
            "",
            "[DONE]");

    private final List<String> events = new ArrayList<>();
    private final SseReader reader = reader(LIMIT);

    private SseReader reader(int limit) {
        return new SseReader(limit, (bytes, from, to) -> events.add(new String(bytes, from, to - from, UTF_8)));
    }

    private List<String> read(String... pieces) {
        for (var piece : pieces) {
            reader.read(Buffer.buffer(piece));
        }
        return events;
    }

    /** Reads the wire cut at the given places, in ascending order. */
    private List<String> readCut(byte[] wire, int... cuts) {
        events.clear();
        var cutting = reader(LIMIT);
        var whole = Buffer.buffer(wire);
        int from = 0;
        for (int cut : cuts) {
            cutting.read(whole.getBuffer(from, cut));
            from = cut;
        }
        cutting.read(whole.getBuffer(from, wire.length));
        return events;
    }

    private static byte[] wire(String lineEnd) {
        return WIRE.replace("\n", lineEnd).getBytes(UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n"})
    void events_are_the_same_however_the_bytes_are_cut_in_two(String lineEnd) {
        var wire = wire(lineEnd);
        for (int cut = 0; cut <= wire.length; cut++) {
            assertThat(readCut(wire, cut)).as("cut at %d", cut).isEqualTo(EVENTS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n"})
    void events_are_the_same_byte_by_byte(String lineEnd) {
        var wire = wire(lineEnd);
        var cuts = new int[wire.length];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = i;
        }
        assertThat(readCut(wire, cuts)).isEqualTo(EVENTS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n"})
    void events_are_the_same_for_any_cuts(String lineEnd) {
        var wire = wire(lineEnd);
        for (int seed = 0; seed < 2_000; seed++) {
            var cuts = new Random(seed)
                    .ints(1 + seed % 40, 0, wire.length + 1)
                    .sorted()
                    .toArray();
            assertThat(readCut(wire, cuts)).as("seed %d", seed).isEqualTo(EVENTS);
        }
    }

    @Test
    void line_ends_may_differ_within_a_stream() {
        assertThat(read("data: a\r\n\ndata: b\n\r\ndata: c\r", "\n\r", "\ndata: d\n", "\n"))
                .containsExactly("a", "b", "c", "d");
    }

    @Test
    void a_return_within_a_line_belongs_to_it() {
        assertThat(read("data: a\rb\n\n")).containsExactly("a\rb");
    }

    @Test
    void an_event_is_handed_on_as_soon_as_its_blank_line_is_there() {
        assertThat(read("data: a\n")).isEmpty();
        assertThat(read("\nda")).containsExactly("a");
        assertThat(read("ta: b\r\n\r")).containsExactly("a");
        assertThat(read("\n")).containsExactly("a", "b");
    }

    @Test
    void what_has_no_blank_line_behind_it_when_the_stream_ends_is_no_event() {
        assertThat(read("data: a\n\n", "data: b\n")).containsExactly("a");
    }

    @Test
    void an_empty_buffer_changes_nothing() {
        assertThat(read("", "data: a", "", "\n", "", "\n", "")).containsExactly("a");
    }

    @Test
    void an_event_up_to_the_limit_is_read_and_a_larger_one_refused_before_it_is_whole() {
        var most = "x".repeat(LIMIT - "data: ".length());
        assertThat(read("data: " + most, "\n\n")).containsExactly(most);
        assertThatIllegalStateException().isThrownBy(() -> read("data: " + most, "x"));
    }

    @Test
    void many_small_lines_of_one_event_are_limited_together() {
        assertThatIllegalStateException().isThrownBy(() -> {
            for (int i = 0; i < LIMIT; i++) {
                read("data: x\n");
            }
        });
    }

    @Test
    void a_line_that_never_ends_is_limited_whatever_it_is() {
        assertThatIllegalStateException().isThrownBy(() -> {
            for (int i = 0; i <= LIMIT / 16; i++) {
                read(": a comment that");
            }
        });
    }

    @Test
    void the_limit_is_for_one_event_and_not_for_the_stream() {
        for (int i = 0; i < 100; i++) {
            read("data: " + "x".repeat(LIMIT / 2), "\n\n");
        }
        assertThat(events).hasSize(100);
    }

    @Test
    void a_huge_event_in_small_pieces_is_moved_a_few_times_and_not_for_each_piece() {
        int size = 8 * 1024 * 1024;
        int piece = 16 * 1024;
        var lengths = new ArrayList<Integer>();
        var large = new SseReader(2 * size, (bytes, from, to) -> lengths.add(to - from));
        var filling = Buffer.buffer("x".repeat(piece));
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        large.read(Buffer.buffer("data: "));
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < size / piece; i++) {
            large.read(filling);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        large.read(Buffer.buffer("\n\n"));

        assertThat(lengths).containsExactly(size);
        // Doubling takes four times the size at most; room for each piece would take 250 times as much.
        assertThat(allocated).isLessThan(5L * size);
    }
}
