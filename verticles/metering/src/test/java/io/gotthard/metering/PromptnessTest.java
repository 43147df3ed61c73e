package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PromptnessTest {

    private final Promptness promptness = new Promptness();

    private void answered(int times, long millis) {
        for (int i = 0; i < times; i++) {
            promptness.answered(TimeUnit.MILLISECONDS.toNanos(millis));
        }
    }

    @Test
    void nobody_waits_for_an_upstream_that_is_not_known() {
        assertThat(promptness.patience()).isZero();
    }

    @Test
    void most_of_the_time_until_an_answer_is_left_for_writing() {
        answered(1, 21);
        assertThat(promptness.patience()).isEqualTo(7_000_000);
    }

    @Test
    void a_crash_never_finds_what_has_waited_for_long() {
        answered(1, 60_000);
        assertThat(promptness.patience()).isEqualTo(15_000_000);
    }

    @Test
    void one_quick_answer_counts_for_more_than_many_slow_ones() {
        answered(1, 600);
        answered(1, 3);
        answered(3, 30);
        assertThat(promptness.patience()).isLessThan(2_000_000);
    }

    @Test
    void an_upstream_that_became_slow_is_known_to_be_after_a_while() {
        answered(1, 3);
        answered(400, 30);
        assertThat(promptness.patience()).isGreaterThan(9_000_000);
    }
}
