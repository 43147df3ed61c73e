package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.gotthard.metering.Limit.Metric;
import io.gotthard.metering.Limit.Outage;
import io.gotthard.metering.Limit.Period;
import io.gotthard.metering.Limit.Subject;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is told of limits: to who is refused, in headers, and when a budget is used. */
class LimitsToldTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;

    private final AtomicLong clock = new AtomicLong(HOUR);
    private final Map<String, Long> used = new HashMap<>();
    private final List<String> warned = new ArrayList<>();
    private final LocalLimits limits = new LocalLimits(
            clock::get,
            bound -> Future.succeededFuture(used.getOrDefault(bound.id(), 0L)),
            (limit, percent) -> warned.add(limit.name() + " " + percent));

    static Limit limit(long id, Metric metric, Period period, long amount) {
        return new Limit(id, Subject.KEY, "key", null, "*", metric, period, amount, Outage.LOCAL, true);
    }

    private static Bound bound(long id, Metric metric, Period period, long amount) {
        return new Bound(limit(id, metric, period, amount), "");
    }

    private Taken take(List<Bound> bounds, long tokens, long money) {
        return limits.take(bounds, tokens, money, limits.now());
    }

    @Test
    void a_refusal_names_the_limit_that_is_waited_for_longest_and_how_long() {
        var minute = bound(1, Metric.REQUESTS, Period.MINUTE, 1);
        var day = bound(2, Metric.REQUESTS, Period.DAY, 24);
        var both = List.of(minute, day);
        for (int i = 0; i < 24; i++) {
            assertThat(take(both, 0, 0).refusal()).isNull();
            clock.addAndGet(MINUTE);
        }
        assertThat(take(List.of(minute), 0, 0).refusal()).isNull();

        var refusal = take(both, 0, 0).refusal();

        assertThat(refusal.status()).isEqualTo(429);
        assertThat(refusal.code()).isEqualTo("rate_limit_exceeded");
        assertThat(refusal.type()).isEqualTo("requests");
        assertThat(refusal.retryAfterMillis()).isEqualTo((HOUR - 24 * MINUTE) / 1_000_000);
        assertThat(refusal)
                .hasMessage("Rate limit reached: lim_2 allows 24 requests per day for this key. Used 24, requested 1."
                        + " Please try again in 36m0s.");
        assertThat(refusal.headers())
                .containsEntry("x-ratelimit-limit-requests", "1")
                .containsEntry("x-ratelimit-remaining-requests", "0")
                .containsEntry("x-ratelimit-reset-requests", "1m0s");
        clock.addAndGet(refusal.retryAfterMillis() * 1_000_000);
        assertThat(take(both, 0, 0).refusal()).isNull();
    }

    @Test
    void a_request_that_is_larger_than_its_limit_is_not_to_be_tried_again() {
        var refusal = take(List.of(bound(1, Metric.TOKENS, Period.MINUTE, 100)), 101, 0)
                .refusal();
        assertThat(refusal.type()).isEqualTo("tokens");
        assertThat(refusal.retryAfterMillis()).isEqualTo(-1);
        assertThat(refusal.headers()).containsEntry("x-should-retry", "false");
        assertThat(refusal.getMessage()).startsWith("Request too large: lim_1 allows 100 tokens per minute");
    }

    @Test
    void money_that_is_used_up_is_an_insufficient_quota() {
        var month = List.of(bound(7, Metric.MONEY, Period.MONTH, 50_000_000_000L));
        assertThat(take(month, 0, 50_000_000_000L).refusal()).isNull();
        var refusal = take(month, 0, 1).refusal();
        assertThat(refusal.code()).isEqualTo("insufficient_quota");
        assertThat(refusal.headers()).containsEntry("x-should-retry", "false");
        assertThat(refusal.getMessage()).startsWith("The budget lim_7 of 50 per month for this key is used up");
    }

    @Test
    void the_headers_tell_of_the_tightest_limit_of_each_metric() {
        var all = List.of(
                bound(1, Metric.REQUESTS, Period.MINUTE, 60),
                bound(2, Metric.REQUESTS, Period.DAY, 50),
                bound(3, Metric.TOKENS, Period.MINUTE, 90_000),
                bound(4, Metric.TOKENS, Period.DAY, 10_000_000),
                bound(5, Metric.CONCURRENT, null, 3),
                bound(6, Metric.MONEY, Period.DAY, 1_000_000));
        var headers = take(all, 9_000, 5).headers("x-gotthard-receipt", "1-2");
        assertThat(headers)
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "x-gotthard-receipt", "1-2",
                        "x-ratelimit-limit-requests", "50",
                        "x-ratelimit-remaining-requests", "49",
                        "x-ratelimit-reset-requests", "28m48s",
                        "x-ratelimit-limit-tokens", "90000",
                        "x-ratelimit-remaining-tokens", "81000",
                        "x-ratelimit-reset-tokens", "6s"));
        assertThat(headers.get("x-ratelimit-remaining-tokens")).isEqualTo("81000");
        assertThat(headers).doesNotContainKey("nothing");
        var seen = new HashMap<String, String>();
        headers.forEach(seen::put);
        assertThat(seen).isEqualTo(headers);
    }

    @Test
    void durations_are_written_as_openai_writes_them() {
        assertThat(RateHeaders.duration(0)).isEqualTo("0ms");
        assertThat(RateHeaders.duration(1)).isEqualTo("1ms");
        assertThat(RateHeaders.duration(20_000_000)).isEqualTo("20ms");
        assertThat(RateHeaders.duration(SECOND)).isEqualTo("1s");
        assertThat(RateHeaders.duration(1_500_000_000)).isEqualTo("1.5s");
        assertThat(RateHeaders.duration(8_640_000_000L)).isEqualTo("8.64s");
        assertThat(RateHeaders.duration(1_005_000_000)).isEqualTo("1.005s");
        assertThat(RateHeaders.duration(6 * MINUTE)).isEqualTo("6m0s");
        assertThat(RateHeaders.duration(24 * HOUR + 61 * SECOND)).isEqualTo("24h1m1s");
    }

    @Test
    void each_mark_of_a_budget_is_told_once() {
        var day = List.of(bound(9, Metric.MONEY, Period.DAY, 1_000));
        take(day, 0, 499);
        assertThat(warned).isEmpty();
        take(day, 0, 1);
        take(day, 0, 200);
        assertThat(warned).containsExactly("lim_9 50");
        take(day, 0, 100);
        take(day, 0, 300);
        take(day, 0, 300);
        assertThat(warned).containsExactly("lim_9 50", "lim_9 80", "lim_9 100");
        clock.addAndGet(24 * HOUR);
        take(day, 0, 10);
        take(day, 0, 990);
        assertThat(warned).containsExactly("lim_9 50", "lim_9 80", "lim_9 100", "lim_9 100");
    }

    @Test
    void what_is_used_beyond_what_was_taken_passes_a_mark_too_and_minutes_have_none() {
        var day = bound(9, Metric.TOKENS, Period.DAY, 1_000);
        var minute = bound(8, Metric.TOKENS, Period.MINUTE, 1_000);
        take(List.of(day, minute), 1, 0).correct(1_000, 0);
        assertThat(warned).containsExactly("lim_9 100");
    }

    @Test
    void the_nearest_limit_is_the_one_that_would_refuse_first() {
        var all = List.of(
                bound(1, Metric.REQUESTS, Period.MINUTE, 100),
                bound(2, Metric.TOKENS, Period.MINUTE, 5_000),
                bound(3, Metric.CONCURRENT, null, 60));
        assertThat(limits.nearest(List.of(), 1, 1, limits.now())).isNull();
        var nearest = limits.nearest(all, 100, 0, limits.now());
        assertThat(nearest.limit().name()).isEqualTo("lim_2");
        assertThat(nearest.remaining()).isEqualTo(5_000);
        assertThat(nearest.waitNanos()).isZero();
        assertThat(limits.nearest(all, 10, 0, limits.now()).limit().name()).isEqualTo("lim_3");
        take(all, 5_000, 0);
        assertThat(limits.nearest(all, 500, 0, limits.now()).waitNanos()).isEqualTo(6 * SECOND);
    }

    @Test
    void a_failure_of_a_limit_reaches_the_client_as_it_is() {
        var refusal =
                take(List.of(bound(1, Metric.TOKENS, Period.MINUTE, 1)), 2, 0).refusal();
        assertThat(Failure.of(refusal)).isSameAs(refusal);
    }
}
