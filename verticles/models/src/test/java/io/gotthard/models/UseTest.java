package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When connections are let go of. */
class UseTest {

    private int last;
    private final Use use = new Use(() -> last++);

    @Test
    void what_nobody_uses_is_let_go_of_when_it_is_replaced() {
        use.begin();
        use.end();
        assertThat(last).as("it is still in use").isZero();
        use.replaced();
        assertThat(last).isEqualTo(1);
    }

    @Test
    void what_is_used_is_let_go_of_with_the_last_request() {
        use.begin();
        use.begin();
        use.replaced();
        use.end();
        assertThat(last).isZero();
        use.end();
        assertThat(last).isEqualTo(1);
    }
}
