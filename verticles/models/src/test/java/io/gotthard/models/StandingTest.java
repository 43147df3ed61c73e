package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.gotthard.models.Standing.Permit;
import io.gotthard.models.Standing.State;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** When a target is asked, and when not, by a clock that the tests move. */
class StandingTest {

    private static final long SECOND = 1_000_000_000L;
    private static final Breaker BREAKER = new Breaker(3, Duration.ofSeconds(1), Duration.ofSeconds(4));
    private final Failure cut = Failure.upstream("upstream_cut", "Cut.");

    private final Standing standing = new Standing();
    /** The time of {@link System#nanoTime} may be negative, and may pass zero. */
    private long now = -SECOND;

    private boolean fails(Fault fault) {
        var permit = standing.begin(now);
        assertThat(permit).isNotEqualTo(Permit.NO);
        return standing.failed(fault, cut, now, permit, BREAKER);
    }

    private void succeeds() {
        var permit = standing.begin(now);
        assertThat(permit).isNotEqualTo(Permit.NO);
        standing.answered(true, SECOND, now);
        standing.succeeded(now, permit);
    }

    private void ejected() {
        assertThat(fails(Fault.BROKEN)).isFalse();
        assertThat(fails(Fault.BROKEN)).isFalse();
        assertThat(fails(Fault.BROKEN)).isTrue();
        assertThat(standing.state()).isEqualTo(State.OUT);
    }

    @Test
    void failures_in_a_row_put_it_out_and_a_success_in_between_does_not_let_them() {
        fails(Fault.BROKEN);
        fails(Fault.BROKEN);
        succeeds();
        ejected();
        assertThat(standing.isUsable(now)).isFalse();
        assertThat(standing.begin(now)).isEqualTo(Permit.NO);
        assertThat(standing.refusal(now))
                .returns("upstream_cut", Failure::code)
                .returns(1001L, Failure::retryAfterMillis);
    }

    @Test
    void one_request_at_a_time_tries_whether_it_works_again() {
        ejected();
        now += SECOND;
        assertThat(standing.begin(now)).isEqualTo(Permit.PROBE);
        assertThat(standing.begin(now)).isEqualTo(Permit.NO);
        standing.answered(false, SECOND, now);
        // The answer suffices, also if it goes on for long.
        assertThat(standing.begin(now)).isEqualTo(Permit.YES);
        standing.succeeded(now, Permit.PROBE);
        standing.left(Permit.YES);
        assertThat(standing.state()).isEqualTo(State.GOOD);
        assertThat(standing.busy()).isZero();
    }

    @Test
    void it_is_out_for_longer_each_time_up_to_a_limit() {
        ejected();
        for (long seconds : new long[] {1, 2, 4, 4, 4}) {
            now += seconds * SECOND - 1;
            assertThat(standing.isUsable(now)).isFalse();
            now++;
            assertThat(standing.isUsable(now)).isTrue();
            assertThat(fails(Fault.BROKEN)).isFalse();
        }
        now += 4 * SECOND;
        succeeds();
        ejected();
        now += SECOND;
        assertThat(standing.isUsable(now)).isTrue();
    }

    @Test
    void a_trial_that_nobody_waits_for_is_none() {
        ejected();
        now += SECOND;
        standing.left(standing.begin(now));
        assertThat(standing.state()).isEqualTo(State.OUT);
        assertThat(standing.begin(now)).isEqualTo(Permit.PROBE);
    }

    @Test
    void a_trial_that_hangs_does_not_keep_others_from_trying_for_long() {
        ejected();
        now += SECOND;
        var hanging = standing.begin(now);
        assertThat(hanging).isEqualTo(Permit.PROBE);
        assertThat(standing.refusal(now).retryAfterMillis()).isEqualTo(4001);
        now += 4 * SECOND;
        succeeds();
        assertThat(standing.begin(now)).isEqualTo(Permit.YES);
        standing.left(hanging);
        assertThat(standing.state()).isEqualTo(State.GOOD);
    }

    @Test
    void those_that_were_under_way_do_not_put_it_out_for_longer() {
        var permits = new Permit[6];
        for (int i = 0; i < permits.length; i++) {
            permits[i] = standing.begin(now);
        }
        for (var permit : permits) {
            standing.failed(Fault.BROKEN, cut, now, permit, BREAKER);
        }
        assertThat(standing.isUsable(now + SECOND)).isTrue();
    }

    @Test
    void most_of_many_put_it_out_though_never_in_a_row() {
        for (int i = 0; standing.state() == State.GOOD && i < 100; i++) {
            if (i % 3 == 2) {
                succeeds();
            } else {
                fails(Fault.BROKEN);
            }
        }
        assertThat(standing.state()).isEqualTo(State.OUT);
    }

    @Test
    void half_of_many_is_bearable_and_so_is_what_was_long_ago() {
        for (int i = 0; i < 100; i++) {
            succeeds();
            fails(Fault.BROKEN);
        }
        assertThat(standing.state()).isEqualTo(State.GOOD);
        now += 11 * SECOND;
        for (int i = 0; i < 100; i++) {
            succeeds();
            fails(Fault.BROKEN);
            fails(Fault.BROKEN);
            now += 11 * SECOND;
        }
        assertThat(standing.state()).isEqualTo(State.GOOD);
    }

    @Test
    void what_fell_silent_is_asked_last_and_first_again_by_one_at_a_time() {
        assertThat(fails(Fault.SILENT)).isFalse();
        assertThat(standing.state()).isEqualTo(State.SUSPECT);
        assertThat(standing.isPreferred(now)).isFalse();
        assertThat(standing.isUsable(now)).isTrue();
        assertThat(standing.begin(now)).isEqualTo(Permit.YES);
        now += 4 * SECOND;
        assertThat(standing.isPreferred(now)).isTrue();
        var probe = standing.begin(now);
        assertThat(probe).isEqualTo(Permit.PROBE);
        assertThat(standing.isPreferred(now)).isFalse();
        standing.failed(Fault.SILENT, cut, now, probe, BREAKER);
        assertThat(standing.isPreferred(now + SECOND)).isFalse();
        now += 4 * SECOND;
        succeeds();
        assertThat(standing.isPreferred(now)).isTrue();
    }

    @Test
    void refused_credentials_put_it_out_at_once_and_for_long() {
        assertThat(fails(Fault.CREDENTIALS)).isTrue();
        assertThat(standing.state()).isEqualTo(State.REFUSED);
        assertThat(standing.isUsable(now + 3 * SECOND)).isFalse();
        now += 4 * SECOND;
        assertThat(fails(Fault.CREDENTIALS)).isFalse();
        assertThat(standing.isUsable(now + 3 * SECOND)).isFalse();
        now += 4 * SECOND;
        succeeds();
        assertThat(standing.state()).isEqualTo(State.GOOD);
    }

    @Test
    void refused_credentials_put_all_targets_of_the_upstream_out() {
        var upstream = new ArrayList<Standing>();
        var one = new Standing(upstream);
        var other = new Standing(upstream);
        var elsewhere = new Standing();
        assertThat(one.failed(Fault.CREDENTIALS, cut, now, one.begin(now), BREAKER))
                .isTrue();
        assertThat(other.state()).isEqualTo(State.REFUSED);
        assertThat(other.begin(now)).isEqualTo(Permit.NO);
        assertThat(other.refusal(now)).returns("upstream_cut", Failure::code);
        assertThat(elsewhere.begin(now)).isEqualTo(Permit.YES);

        // Each is tried for itself.
        now += 4 * SECOND;
        assertThat(one.begin(now)).isEqualTo(Permit.PROBE);
        assertThat(other.begin(now)).isEqualTo(Permit.PROBE);
    }

    @Test
    void faults_of_requests_say_that_it_is_there() {
        ejected();
        now += SECOND;
        assertThat(fails(Fault.REQUEST)).isFalse();
        assertThat(standing.state()).isEqualTo(State.GOOD);
        for (int i = 0; i < 100; i++) {
            fails(Fault.TOO_LONG);
            fails(Fault.BUSY);
        }
        assertThat(standing.state()).isEqualTo(State.GOOD);
    }

    @Test
    void what_wants_to_be_left_alone_is_asked_last_for_so_long() {
        var busy = new Failure(429, "rate_limit_error", "rate_limit_exceeded", null, "Busy.", 2_000);
        standing.failed(Fault.BUSY, busy, now, standing.begin(now), BREAKER);
        assertThat(standing.isPreferred(now + 2 * SECOND - 1)).isFalse();
        assertThat(standing.isUsable(now)).isTrue();
        assertThat(standing.isPreferred(now + 2 * SECOND)).isTrue();
        // Somewhat longer than not at all.
        var unsaid = new Failure(429, "rate_limit_error", "rate_limit_exceeded", null, "Busy.", -1);
        standing.failed(Fault.BUSY, unsaid, now, standing.begin(now), BREAKER);
        assertThat(standing.isPreferred(now + SECOND - 1)).isFalse();
        assertThat(standing.isPreferred(now + SECOND)).isTrue();
        // Not longer than is sensible.
        var forever = new Failure(429, "rate_limit_error", "rate_limit_exceeded", null, "Busy.", 900_000_000);
        standing.failed(Fault.BUSY, forever, now, standing.begin(now), BREAKER);
        assertThat(standing.isPreferred(now + 48 * SECOND)).isTrue();
    }

    @Test
    void without_a_breaker_it_is_always_asked() {
        var off = new Breaker(0, Duration.ofSeconds(1), Duration.ofSeconds(1));
        for (var fault : Fault.values()) {
            for (int i = 0; i < 20; i++) {
                assertThat(standing.failed(fault, cut, now, standing.begin(now), off))
                        .isFalse();
            }
        }
        assertThat(standing.isPreferred(now)).isTrue();
    }

    @Test
    void it_knows_how_quick_it_is_and_how_busy() {
        assertThat(standing.latency(true, now)).isZero();
        succeeds();
        assertThat(standing.latency(true, now)).isEqualTo(SECOND);
        assertThat(standing.latency(false, now)).isZero();
        standing.answered(true, 2 * SECOND, now);
        assertThat(standing.latency(true, now)).isBetween(1.0 * SECOND, 1.5 * SECOND);
        // What was slow once is tried again some day.
        double before = standing.latency(true, now);
        assertThat(standing.latency(true, now + 10 * SECOND)).isBetween(before * 0.36, before * 0.38);
        var permit = standing.begin(now);
        assertThat(standing.busy()).isEqualTo(1);
        standing.left(permit);
        assertThat(standing.busy()).isZero();
    }
}
