package io.gotthard.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Where requests may be answered, if several have a say in it. */
class ResidencyTest {

    private static final Residency HERE = Residency.of(List.of("li", "ch", "ch"));

    @Test
    void what_is_not_limited_allows_everything_also_what_nobody_knows() {
        assertThat(Residency.ANYWHERE.allows("us")).isTrue();
        assertThat(Residency.ANYWHERE.allows(null)).isTrue();
        assertThat(Residency.ANYWHERE.text()).isEmpty();
        assertThat(Residency.ANYWHERE.json()).isNull();
    }

    @Test
    void what_is_limited_allows_its_regions_and_nothing_that_nobody_knows() {
        assertThat(HERE.allows("ch")).isTrue();
        assertThat(HERE.allows("us")).isFalse();
        assertThat(HERE.allows("CH")).isFalse();
        assertThat(HERE.allows(null)).isFalse();
        assertThat(HERE.text()).isEqualTo("ch,li");
    }

    @Test
    void two_allow_what_both_allow_in_whatever_order() {
        var other = Residency.of(List.of("ch", "us"));
        assertThat(HERE.and(other)).isEqualTo(other.and(HERE)).isEqualTo(Residency.of(List.of("ch")));
        assertThat(HERE.and(Residency.ANYWHERE)).isEqualTo(HERE);
        assertThat(Residency.ANYWHERE.and(HERE)).isEqualTo(HERE);
        assertThat(Residency.ANYWHERE.and(Residency.ANYWHERE).isLimited()).isFalse();
    }

    @Test
    void two_with_nothing_in_common_allow_nothing_and_not_everything() {
        var nowhere = HERE.and(Residency.of(List.of("us")));
        assertThat(nowhere.isLimited()).isTrue();
        assertThat(nowhere.allows("ch")).isFalse();
        assertThat(nowhere.allows(null)).isFalse();
        assertThat(Residency.of(nowhere.json())).isEqualTo(nowhere);
    }
}
