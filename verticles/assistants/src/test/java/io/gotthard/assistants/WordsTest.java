package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Texts as words, and what is asked of the database. */
class WordsTest {

    @Test
    void a_word_is_letters_and_digits_however_they_are_written() {
        assertThat(Words.of("It's 12 o'clock, in ZÜRICH (u\u0308ber)"))
                .containsExactly("it", "s", "12", "o", "clock", "in", "zürich", "über");
        assertThat(Words.of("ﬁnd ＡＢＣ")).containsExactly("find", "abc");
        assertThat(Words.of("東京駅 station")).containsExactly("東", "京", "駅", "station");
        assertThat(Words.of(" -- \u0000 \ud83d ")).isEmpty();
    }

    @Test
    void a_long_text_and_a_long_word_have_bounds() {
        var text = IntStream.range(0, 10_000).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));

        assertThat(Words.of(text)).hasSize(2_000);
        assertThat(Words.of("x".repeat(1_000_000))).containsExactly("x".repeat(50));
    }

    @Test
    void a_question_is_asked_in_ones_own_threads_and_those_that_are_named() {
        assertThat(Words.query("Blue sky", "usr_ada", List.of(7L, 8L)))
                .isEqualTo("('@usr_ada' | '@7' | '@8') & 'blue':* & 'sky':*");
        assertThat(Words.query("x' | y", "it's", List.of())).isEqualTo("('@it_s') & 'x':* & 'y':*");
        assertThat(Words.query("& | !", "usr_ada", List.of())).isNull();
        assertThat(Words.query("1 2 3 4 5 6 7 8 9 10", "usr_ada", List.of())).endsWith("'8':*");
    }
}
