package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Times that are made up of the sums there are. */
class SpanTest {

    private static OffsetDateTime at(String text) {
        return OffsetDateTime.parse(text);
    }

    @Test
    void a_year_is_months_with_days_and_hours_around_them() {
        assertThat(Span.cover(at("2025-11-20T11:00Z"), at("2026-11-20T11:00Z"), Grain.MONTH))
                .containsExactly(
                        new Span(Grain.HOUR, at("2025-11-20T11:00Z"), at("2025-11-21T00:00Z")),
                        new Span(Grain.DAY, at("2025-11-21T00:00Z"), at("2025-12-01T00:00Z")),
                        new Span(Grain.MONTH, at("2025-12-01T00:00Z"), at("2026-11-01T00:00Z")),
                        new Span(Grain.DAY, at("2026-11-01T00:00Z"), at("2026-11-20T00:00Z")),
                        new Span(Grain.HOUR, at("2026-11-20T00:00Z"), at("2026-11-20T11:00Z")));
    }

    @Test
    void what_is_no_longer_than_its_hours_is_hours() {
        assertThat(Span.cover(at("2026-01-31T23:00Z"), at("2026-02-01T01:00Z"), Grain.MONTH))
                .containsExactly(new Span(Grain.HOUR, at("2026-01-31T23:00Z"), at("2026-02-01T01:00Z")));
        assertThat(Span.cover(at("2026-01-31T23:00Z"), at("2026-01-31T23:00Z"), Grain.MONTH))
                .isEmpty();
    }

    @Test
    void a_full_month_is_one_span() {
        assertThat(Span.cover(at("2026-02-01T00:00Z"), at("2026-03-01T00:00Z"), Grain.MONTH))
                .containsExactly(new Span(Grain.MONTH, at("2026-02-01T00:00Z"), at("2026-03-01T00:00Z")));
        assertThat(Span.cover(at("2026-02-01T00:00Z"), at("2026-03-01T00:00Z"), Grain.DAY))
                .containsExactly(new Span(Grain.DAY, at("2026-02-01T00:00Z"), at("2026-03-01T00:00Z")));
    }

    @ParameterizedTest
    @EnumSource(Grain.class)
    void any_time_is_covered_once_and_by_whole_sums(Grain coarsest) {
        var random = new Random(4);
        for (int i = 0; i < 2_000; i++) {
            var from =
                    OffsetDateTime.of(2023, 12, 1, 0, 0, 0, 0, ZoneOffset.UTC).plusHours(random.nextInt(20_000));
            var to = from.plusHours(random.nextInt(i % 2 == 0 ? 100 : 12_000));
            var next = from;
            for (var span : Span.cover(from, to, coarsest)) {
                assertThat(span.from()).isEqualTo(next).isBefore(span.to());
                assertThat(span.grain()).isLessThanOrEqualTo(coarsest);
                assertThat(span.grain().floor(span.from())).isEqualTo(span.from());
                assertThat(span.grain().floor(span.to())).isEqualTo(span.to());
                next = span.to();
            }
            assertThat(next).isEqualTo(to);
        }
    }

    @Test
    void there_are_few_spans_and_few_rows_in_each() {
        var from = at("2020-01-01T00:00Z");
        for (int hours = 1; hours < 40_000; hours += 37) {
            var spans = Span.cover(from.plusHours(hours % 991), from.plusHours(hours % 991 + hours), Grain.MONTH);
            assertThat(spans).hasSizeLessThanOrEqualTo(5);
            assertThat(spans)
                    .filteredOn(span -> span.grain() == Grain.HOUR)
                    .allSatisfy(span -> assertThat(ChronoUnit.HOURS.between(span.from(), span.to()))
                            .isLessThan(47));
            assertThat(spans)
                    .filteredOn(span -> span.grain() == Grain.DAY)
                    .allSatisfy(span -> assertThat(ChronoUnit.DAYS.between(span.from(), span.to()))
                            .isLessThan(62));
        }
    }
}
