package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Usage;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What is remembered of an answer that nobody has counted. */
class TallyTest {

    private final Tally tally = new Tally();

    private void deliver(String text) {
        var bytes = ("<" + text + ">").getBytes(StandardCharsets.UTF_8);
        tally.deliver(bytes, 1, bytes.length - 1);
    }

    @Test
    void text_is_what_its_json_means() {
        assertThat(tally.hasText()).isFalse();
        deliver("One \\\"two\\\" ");
        deliver("thr\\u00e9e\\n");
        assertThat(tally.text()).isEqualTo("One \"two\" thrée\n");
        assertThat(tally.isWhole()).isTrue();
        assertThat(tally.firstToken()).isPositive();
    }

    @Test
    void what_ends_in_the_midst_of_an_escape_is_text_all_the_same() {
        deliver("One \\u00");
        assertThat(tally.text()).isEqualTo("One \\u00");
    }

    @Test
    void of_a_long_text_the_beginning_stands_for_the_rest() {
        var sentence = "A sentence that goes on and on. ";
        for (int i = 0; i < 100_000; i++) {
            deliver(sentence);
        }
        assertThat(tally.text()).hasSizeBetween(16_000, 16 * 1024).startsWith(sentence);
        assertThat(tally.isWhole()).isFalse();
        long kept = tally.text().length() / sentence.length();
        assertThat(tally.scaled(kept)).isEqualTo(100_000);
    }

    @Test
    void one_piece_that_is_too_long_is_calculated() {
        deliver("a".repeat(40_000));
        assertThat(tally.hasText()).isTrue();
        assertThat(tally.scaled(0)).isEqualTo(10_000);
    }

    @Test
    void what_an_upstream_says_last_counts() {
        tally.report(Usage.unreported("m", "u"));
        assertThat(tally.reported()).isNull();
        tally.report(new Usage("m", "u", 1, 1, 0, 0, true));
        tally.report(new Usage("m", "u", 1, 2, 0, 0, true));
        assertThat(tally.reported().completionTokens()).isEqualTo(2);
    }
}
