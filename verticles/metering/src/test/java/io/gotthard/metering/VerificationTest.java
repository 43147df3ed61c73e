package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;

/** When the ledger is checked by itself. */
class VerificationTest {

    private static boolean isDue(String last, String now) {
        return Verification.isDue(last == null ? null : OffsetDateTime.parse(last), OffsetDateTime.parse(now));
    }

    @Test
    void it_is_checked_in_the_night() {
        assertThat(isDue("2026-01-30T02:00Z", "2026-01-31T01:59Z")).isFalse();
        assertThat(isDue("2026-01-30T02:00Z", "2026-01-31T02:00Z")).isTrue();
        assertThat(isDue("2026-01-30T04:55Z", "2026-01-31T02:00Z")).isTrue();
        assertThat(isDue("2026-01-30T02:00Z", "2026-01-31T05:00Z")).isFalse();
    }

    @Test
    void it_is_checked_once_a_night() {
        assertThat(isDue("2026-01-31T02:00Z", "2026-01-31T02:05Z")).isFalse();
        assertThat(isDue("2026-01-31T02:00Z", "2026-01-31T04:59Z")).isFalse();
    }

    @Test
    void it_is_checked_at_any_time_if_a_night_was_missed() {
        assertThat(isDue(null, "2026-01-31T12:00Z")).isTrue();
        assertThat(isDue("2026-01-30T02:00Z", "2026-01-31T13:59Z")).isFalse();
        assertThat(isDue("2026-01-30T02:00Z", "2026-01-31T14:01Z")).isTrue();
    }
}
