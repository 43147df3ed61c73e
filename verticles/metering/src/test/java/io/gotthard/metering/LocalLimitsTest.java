package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.metering.Limit.Metric;
import io.gotthard.metering.Limit.Outage;
import io.gotthard.metering.Limit.Period;
import io.gotthard.metering.Limit.Subject;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LocalLimitsTest {

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

    private long ahead(Bound bound) {
        return limits.counters().rate(bound).ahead(limits.now());
    }

    @Test
    void without_limits_everything_is_allowed_and_no_header_tells_of_any() {
        var taken = take(List.of(), 1_000_000, 1_000_000);
        assertThat(taken.refusal()).isNull();
        assertThat(taken.agreed().succeeded()).isTrue();
        assertThat(taken.headers("a", "b")).isEqualTo(Map.of("a", "b"));
        taken.correct(1, 1);
        taken.release();
    }

    @Test
    void if_one_limit_refuses_nothing_is_taken_from_the_others() {
        var requests = bound(1, Metric.REQUESTS, Period.MINUTE, 10);
        var concurrent = bound(2, Metric.CONCURRENT, null, 10);
        var money = bound(3, Metric.MONEY, Period.MONTH, 1_000);
        var tokens = bound(4, Metric.TOKENS, Period.MINUTE, 100);
        var all = List.of(requests, concurrent, money, tokens);

        var taken = take(all, 101, 10);

        assertThat(taken.refusal()).isNotNull();
        assertThat(taken.agreed().cause()).isSameAs(taken.refusal());
        assertThat(ahead(requests)).isNotPositive();
        assertThat(ahead(money)).isNotPositive();
        assertThat(ahead(tokens)).isNotPositive();
        assertThat(limits.counters().slots(concurrent).taken()).isZero();
        taken.release();
        taken.correct(5, 5);
        assertThat(limits.counters().slots(concurrent).taken()).isZero();
        assertThat(ahead(tokens)).isNotPositive();
    }

    @Test
    void tokens_and_money_are_corrected_when_they_are_known_and_requests_stay_counted() {
        var tokens = bound(1, Metric.TOKENS, Period.MINUTE, 1_000);
        var money = bound(2, Metric.MONEY, Period.DAY, 1_000_000);
        var requests = bound(3, Metric.REQUESTS, Period.MINUTE, 10);
        var all = List.of(tokens, money, requests);

        var taken = take(all, 600, 900_000);
        taken.correct(100, 1_000_000);
        taken.correct(1_000, 0);
        taken.release();

        assertThat(ahead(tokens)).isEqualTo(6 * SECOND);
        assertThat(ahead(money)).isEqualTo(Period.DAY.nanos());
        assertThat(ahead(requests)).isEqualTo(6 * SECOND);
        assertThat(take(all, 900, 0).refusal()).isNull();
    }

    @Test
    void what_never_was_admitted_is_given_back_with_its_request() {
        var all = List.of(
                bound(1, Metric.REQUESTS, Period.MINUTE, 1),
                bound(2, Metric.CONCURRENT, null, 1),
                bound(3, Metric.TOKENS, Period.DAY, 10));
        for (int i = 0; i < 100; i++) {
            var taken = take(all, 10, 0);
            assertThat(taken.refusal()).isNull();
            taken.release();
            taken.release();
            clock.addAndGet(1);
        }
    }

    @Test
    void only_so_many_are_under_way_at_the_same_time() {
        var two = List.of(bound(1, Metric.CONCURRENT, null, 2));
        var first = take(two, 0, 0);
        assertThat(take(two, 0, 0).refusal()).isNull();
        var refusal = take(two, 0, 0).refusal();
        assertThat(refusal.retryAfterMillis()).isEqualTo(1_000);
        assertThat(refusal.getMessage())
                .startsWith("Rate limit reached: lim_1 allows 2 requests at the same time for this key. Used 2");
        first.correct(0, 0);
        first.correct(0, 0);
        assertThat(take(two, 0, 0).refusal()).isNull();
        assertThat(take(two, 0, 0).refusal()).isNotNull();
    }

    @Test
    void day_and_month_go_on_from_what_was_used_before_and_minutes_do_not() {
        var minute = bound(1, Metric.REQUESTS, Period.MINUTE, 10);
        var day = bound(2, Metric.REQUESTS, Period.DAY, 24);
        used.put("lim_1", MINUTE);
        used.put("lim_2", 23 * HOUR);
        assertThat(limits.prepare(List.of(minute, day)).succeeded()).isTrue();
        assertThat(take(List.of(minute, day), 0, 0).refusal()).isNull();
        used.put("lim_2", 0L);
        limits.prepare(List.of(minute, day));
        assertThat(take(List.of(day), 0, 0).refusal().retryAfterMillis()).isEqualTo(HOUR / 1_000_000);
        assertThat(warned).as("what was passed before was told before").containsExactly("lim_2 100");
    }

    @Test
    void a_database_that_can_not_tell_what_was_used_is_no_reason_to_begin_at_zero() {
        var broken = new LocalLimits(clock::get, bound -> Future.failedFuture("away"), (limit, percent) -> {});
        var day = bound(2, Metric.REQUESTS, Period.DAY, 24);
        assertThat(broken.prepare(List.of(day)).failed()).isTrue();
        assertThat(broken.counters().knows(day)).isFalse();
    }

    @Test
    void a_changed_limit_holds_at_once_for_what_was_used_before() {
        var before = bound(1, Metric.REQUESTS, Period.MINUTE, 10);
        for (int i = 0; i < 10; i++) {
            take(List.of(before), 0, 0);
        }
        assertThat(take(List.of(before), 0, 0).refusal()).isNotNull();
        var after = bound(1, Metric.REQUESTS, Period.MINUTE, 12);
        limits.prepare(List.of(after));
        assertThat(take(List.of(after), 0, 0).refusal()).isNull();
        assertThat(take(List.of(before), 0, 0).refusal())
                .as("who has the old one counts with it")
                .isNull();
        assertThat(take(List.of(after), 0, 0).refusal()).isNotNull();
    }

    @Test
    void counters_that_nothing_is_used_of_are_dropped_and_begin_again() {
        var concurrent = bound(0, Metric.CONCURRENT, null, 5);
        var bounds = new ArrayList<Bound>();
        for (int i = 1; i <= 1_000; i++) {
            bounds.add(bound(i, Metric.REQUESTS, Period.MINUTE, 1));
        }
        bounds.forEach(bound -> take(List.of(bound, concurrent), 0, 0).correct(0, 0));
        var open = take(List.of(concurrent), 0, 0);
        limits.sweep();
        assertThat(limits.counters().size()).isEqualTo(1_001);
        clock.addAndGet(MINUTE);
        limits.sweep();
        assertThat(limits.counters().size()).isEqualTo(1);
        open.correct(0, 0);
        limits.sweep();
        assertThat(limits.counters().size()).isZero();
        var again = List.of(bounds.getFirst(), concurrent);
        assertThat(take(again, 0, 0).refusal()).isNull();
        assertThat(take(again, 0, 0).refusal()).isNotNull();
    }

    @Test
    void threads_get_exactly_what_all_limits_allow_together() throws Exception {
        int threads = 8;
        var shared = bound(1, Metric.REQUESTS, Period.DAY, 500);
        var tokens = bound(2, Metric.TOKENS, Period.MONTH, 4_000);
        var concurrent = bound(3, Metric.CONCURRENT, null, 3);
        var together = new CyclicBarrier(threads);
        var admitted = new AtomicLong();
        var most = new AtomicLong();
        var open = new AtomicLong();
        try (var pool = Executors.newFixedThreadPool(threads)) {
            var all = new ArrayList<java.util.concurrent.Future<?>>();
            for (int t = 0; t < threads; t++) {
                all.add(pool.submit(() -> {
                    together.await();
                    for (int i = 0; i < 5_000; i++) {
                        var taken = take(List.of(shared, tokens, concurrent), 10, 0);
                        if (taken.refusal() == null) {
                            most.accumulateAndGet(open.incrementAndGet(), Math::max);
                            open.decrementAndGet();
                            admitted.incrementAndGet();
                            taken.correct(10, 0);
                        }
                    }
                    return null;
                }));
            }
            for (var one : all) {
                one.get();
            }
        }
        assertThat(admitted).hasValue(400);
        assertThat(most.get()).isBetween(1L, 3L);
        assertThat(limits.counters().slots(concurrent).taken()).isZero();
        // What was refused by the tokens was given back to the requests.
        assertThat(limits.take(List.of(shared), 0, 0, limits.now()).refusal()).isNull();
    }

    @Test
    void patterns_of_models_match_what_a_reader_expects() {
        assertThat(Glob.matches("*", "")).isTrue();
        assertThat(Glob.matches("gpt-*", "gpt-5")).isTrue();
        assertThat(Glob.matches("gpt-*", "openai/gpt-5")).isFalse();
        assertThat(Glob.matches("openai/*", "openai/gpt-5")).isTrue();
        assertThat(Glob.matches("*-mini", "gpt-5-mini-mini")).isTrue();
        assertThat(Glob.matches("a*b*c", "a-b-b-c")).isTrue();
        assertThat(Glob.matches("a*b*c", "a-b-b-d")).isFalse();
        assertThat(Glob.matches("gpt.5", "gpt-5")).isFalse();
        assertThat(Glob.matches("gpt-5", "gpt-5-mini")).isFalse();
    }
}
