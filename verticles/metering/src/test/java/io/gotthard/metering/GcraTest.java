package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GcraTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MINUTE = 60 * SECOND;
    private static final long START = 1_000 * MINUTE;

    /** What somebody was allowed, and how much of it they used in the end. */
    private static final class Use {
        final long at;
        final long taken;
        final long end;
        final long returned;
        long used;
        boolean over;

        Use(long at, long taken, long end, long returned) {
            this.at = at;
            this.taken = taken;
            this.used = taken;
            this.end = end;
            this.returned = returned;
        }
    }

    @Test
    void the_amount_can_be_used_at_once_and_then_what_is_refilled() {
        var counter = new Gcra(60, MINUTE, 0, 0);
        for (int i = 0; i < 60; i++) {
            assertThat(counter.take(counter.cost(1), START)).isPositive();
        }
        assertThat(counter.take(counter.cost(1), START)).isEqualTo(-SECOND);
        assertThat(counter.take(counter.cost(1), START + SECOND - 1)).isEqualTo(-1);
        assertThat(counter.take(counter.cost(1), START + SECOND)).isPositive();
        assertThat(counter.take(counter.cost(1), START + SECOND)).isEqualTo(-SECOND);
    }

    @Test
    void what_is_refilled_beyond_the_amount_is_lost() {
        var counter = new Gcra(10, MINUTE, 0, 0);
        counter.take(counter.cost(1), START);
        assertThat(counter.take(counter.cost(10), START + 1_000 * MINUTE)).isPositive();
        assertThat(counter.take(counter.cost(1), START + 1_000 * MINUTE)).isNegative();
    }

    @Test
    void a_refusal_takes_nothing() {
        var counter = new Gcra(10, MINUTE, 0, 0);
        counter.take(counter.cost(8), START);
        long ahead = counter.ahead(START);
        assertThat(counter.take(counter.cost(3), START)).isNegative();
        assertThat(counter.ahead(START)).isEqualTo(ahead);
        assertThat(counter.take(counter.cost(2), START)).isPositive();
    }

    @Test
    void what_was_used_beyond_what_was_taken_is_owed_but_never_more_than_the_amount() {
        var counter = new Gcra(100, MINUTE, 0, 0);
        counter.take(counter.cost(100), START);
        counter.owe(counter.cost(50), START);
        assertThat(counter.take(counter.cost(1), START + MINUTE / 2)).isEqualTo(-counter.cost(1));
        counter.owe(counter.cost(Limit.MOST), START);
        assertThat(counter.ahead(START)).isEqualTo(2 * MINUTE);
    }

    @Test
    void what_was_not_needed_is_there_again_at_once() {
        var counter = new Gcra(100, MINUTE, 0, 0);
        long returned = counter.returned();
        long end = counter.take(counter.cost(100), START);
        counter.giveBack(end, counter.cost(90), returned, START + 1);
        assertThat(counter.take(counter.cost(90), START + 1)).isPositive();
        assertThat(counter.take(counter.cost(1), START + 1)).isNegative();
    }

    @Test
    void what_was_refilled_in_the_meantime_is_not_given_back_a_second_time() {
        var counter = new Gcra(100, MINUTE, 0, 0);
        long end = counter.take(counter.cost(100), START);
        long later = START + MINUTE;
        assertThat(counter.take(counter.cost(100), later)).isPositive();
        counter.giveBack(end, counter.cost(100), 0, later);
        assertThat(counter.take(counter.cost(1), later)).isNegative();
    }

    @Test
    void who_moved_up_because_others_gave_back_was_refilled_earlier() {
        var counter = new Gcra(100, MINUTE, 0, 0);
        long first = counter.take(counter.cost(50), START);
        long second = counter.take(counter.cost(50), START);
        counter.giveBack(first, counter.cost(50), 0, START + SECOND);
        long later = START + 31 * SECOND;
        assertThat(counter.take(counter.cost(100), later)).isPositive();
        counter.giveBack(second, counter.cost(50), 0, later + SECOND);
        // One second's worth has been refilled, and nothing is left of what the second one took.
        assertThat(counter.take(counter.cost(2), later + SECOND)).isNegative();
    }

    /** Any windows, however takes, corrections and refusals follow on each other. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void never_more_is_used_in_a_window_than_the_amount_and_what_is_refilled_in_it(long seed) {
        for (int round = 0; round < 50; round++) {
            var random = new Random(seed * 1_000 + round);
            long amount = 1 + random.nextLong(1_000);
            long period = (1 + random.nextLong(100)) * SECOND / 7;
            var counter = new Gcra(amount, period, 0, 0);
            var uses = new ArrayList<Use>();
            long now = START;
            for (int step = 0; step < 300; step++) {
                now += random.nextInt(4) == 0 ? 0 : (long) (random.nextDouble() * period / (1 + random.nextInt(30)));
                var open = uses.stream().filter(use -> !use.over).toList();
                if (!open.isEmpty() && random.nextInt(3) == 0) {
                    end(counter, open.get(random.nextInt(open.size())), random, now);
                } else {
                    long units = 1 + random.nextLong(amount);
                    long returned = counter.returned();
                    long moment = counter.take(counter.cost(units), now);
                    if (moment > 0) {
                        uses.add(new Use(now, units, moment, returned));
                    }
                }
            }
            assertThat(uses).hasSizeGreaterThan(2);
            check(uses, amount, period);
        }
    }

    private static void end(Gcra counter, Use use, Random random, long now) {
        use.over = true;
        use.used = random.nextInt(3) == 0 ? 0 : random.nextLong(use.taken + 1);
        counter.giveBack(use.end, counter.cost(use.taken) - counter.cost(use.used), use.returned, now);
    }

    private static void check(List<Use> uses, long amount, long period) {
        for (int from = 0; from < uses.size(); from++) {
            long used = 0;
            for (int to = from; to < uses.size(); to++) {
                used += uses.get(to).used;
                long window = uses.get(to).at - uses.get(from).at;
                assertThat(BigInteger.valueOf(used - amount).multiply(BigInteger.valueOf(period)))
                        .as("%d units in %d ns, of %d in %d", used, window, amount, period)
                        .isLessThanOrEqualTo(BigInteger.valueOf(window).multiply(BigInteger.valueOf(amount)));
            }
        }
    }

    @Test
    void who_takes_and_gives_back_at_once_loses_nothing() {
        var counter = new Gcra(1_000, MINUTE, 0, 0);
        counter.take(counter.cost(500), START);
        long ahead = counter.ahead(START);
        for (int i = 0; i < 10_000; i++) {
            long returned = counter.returned();
            long end = counter.take(counter.cost(500), START);
            counter.giveBack(end, counter.cost(500), returned, START);
        }
        assertThat(counter.ahead(START)).isEqualTo(ahead);
    }

    @Test
    void threads_together_get_exactly_the_amount_though_they_give_back_what_they_took() throws Exception {
        int threads = 8;
        var counter = new Gcra(1_000, MINUTE, 0, 0);
        var together = new CyclicBarrier(threads);
        try (var pool = Executors.newFixedThreadPool(threads)) {
            var counts = new ArrayList<Future<Integer>>();
            for (int t = 0; t < threads; t++) {
                counts.add(pool.submit(() -> {
                    together.await();
                    int kept = 0;
                    for (int i = 0; i < 20_000; i++) {
                        long returned = counter.returned();
                        long end = counter.take(counter.cost(1), START);
                        if (end > 0 && i % 2 == 0) {
                            counter.giveBack(end, counter.cost(1), returned, START);
                        } else if (end > 0) {
                            kept++;
                        }
                    }
                    return kept;
                }));
            }
            int kept = 0;
            for (var count : counts) {
                kept += count.get();
            }
            // Conservative where two give back at the same moment, so it may be a few less; but it is never one more.
            assertThat(kept).isLessThanOrEqualTo(1_000);
            long left = 1_000L - kept;
            assertThat(counter.take(counter.cost(left + 1), START)).isNegative();
        }
    }

    @Test
    void costs_are_exact_and_rounded_up_and_what_is_left_is_rounded_down() {
        var random = new Random(7);
        for (int i = 0; i < 200_000; i++) {
            long amount = 1 + (random.nextLong() >>> (6 + random.nextInt(57)) & (Limit.MOST - 1));
            long period = new long[] {MINUTE, 24 * 60 * MINUTE, 30 * 24 * 60 * MINUTE}[random.nextInt(3)];
            long units = random.nextLong(2 * amount + 1);
            assertThat(Gcra.nanos(units, amount, period)).isEqualTo(exact(units, period, amount, RoundingMode.CEILING));
            long nanos = random.nextLong(period + 1);
            assertThat(Gcra.units(nanos, amount, period)).isEqualTo(exact(nanos, amount, period, RoundingMode.FLOOR));
        }
        assertThat(Gcra.units(-5, 10, MINUTE)).isZero();
        assertThat(Gcra.nanos(Long.MAX_VALUE, 10, MINUTE)).isEqualTo(2 * MINUTE);
    }

    private static long exact(long n, long by, long of, RoundingMode rounding) {
        return BigDecimal.valueOf(n)
                .multiply(BigDecimal.valueOf(by))
                .divide(BigDecimal.valueOf(of), 0, rounding)
                .longValueExact();
    }

    @Test
    void an_idle_counter_retires_and_one_in_use_does_not() {
        var counter = new Gcra(10, MINUTE, 0, 0);
        counter.take(counter.cost(1), START);
        assertThat(counter.retireIfIdle(START + SECOND)).isFalse();
        assertThat(counter.retireIfIdle(START + MINUTE)).isTrue();
        assertThat(counter.take(counter.cost(1), START + MINUTE)).isEqualTo(Gcra.RETIRED);
        assertThat(counter.owe(1, START + MINUTE)).isFalse();
    }

    @Test
    void a_changed_amount_keeps_what_was_used() {
        var counter = new Gcra(10, MINUTE, 0, 0);
        long end = counter.take(counter.cost(10), START);
        var more = counter.changed(100, MINUTE, START);
        assertThat(counter.isRetired()).isTrue();
        assertThat(more.take(more.cost(91), START)).isNegative();
        assertThat(more.take(more.cost(90), START)).isPositive();
        more.giveBack(end, more.cost(10), 0, START);
        assertThat(more.take(more.cost(1), START))
                .as("what the old one counted stays counted")
                .isNegative();
        assertThat(more.changed(5, MINUTE, START).ahead(START)).isEqualTo(2 * MINUTE);
    }
}
