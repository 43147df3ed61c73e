package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineReaderTest {

    private final List<String> lines = new ArrayList<>();
    private final LineReader reader = new LineReader(
            10, (bytes, from, to) -> lines.add(new String(bytes, from, to - from, StandardCharsets.UTF_8)));

    @Test
    void lines_are_the_same_however_they_are_cut() {
        var all = Buffer.buffer("one\r\n\ntwo\n\r\nthrée\nfour");
        for (int cut = 0; cut <= all.length(); cut++) {
            lines.clear();
            reader.read(all.getBuffer(0, cut));
            reader.read(all.getBuffer(cut, all.length()));
            assertThat(lines).containsExactly("one", "two", "thrée");
            reader.end();
            assertThat(lines).endsWith("four").hasSize(4);
        }
    }

    @Test
    void the_end_says_nothing_twice() {
        reader.read(Buffer.buffer("one\n"));
        reader.end();
        reader.end();
        assertThat(lines).containsExactly("one");
    }

    @Test
    void a_line_beyond_the_limit_is_refused_and_many_short_ones_are_not() {
        for (int i = 0; i < 100; i++) {
            reader.read(Buffer.buffer("123456789\n12"));
            reader.read(Buffer.buffer("3\n"));
        }
        assertThat(lines).hasSize(200);
        assertThatThrownBy(() -> reader.read(Buffer.buffer("12345678901"))).isInstanceOf(IllegalStateException.class);
    }
}
