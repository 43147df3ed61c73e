package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class WalletTest {

    private final Wallet receivable = new Wallet(1, null);

    /** Without a lease that would be told of it. */
    private static Wallet wallet(long allowance) {
        var wallet = new Lease(null, 1).wallet();
        wallet.add(allowance);
        return wallet;
    }

    @Test
    void what_is_there_can_be_reserved_and_not_a_nano_more() {
        var wallet = wallet(10);
        assertThat(wallet.reserve(11)).isEqualTo(Wallet.SHORT);
        assertThat(wallet.reserve(10)).isZero();
        assertThat(wallet.reserve(1)).isEqualTo(Wallet.SHORT);
        assertThat(wallet.reserve(0)).isZero();
    }

    @Test
    void no_amount_is_so_large_that_it_seems_small() {
        var wallet = wallet(10);
        assertThat(wallet.reserve(Long.MAX_VALUE)).isEqualTo(Wallet.SHORT);
        assertThat(wallet.reserveUpTo(Long.MAX_VALUE)).isEqualTo(10);
        assertThat(wallet.allowance()).isZero();
    }

    @Test
    void what_is_owed_has_no_end() {
        assertThat(receivable.reserve(Long.MAX_VALUE)).isNotNegative();
        assertThat(receivable.reserveUpTo(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
        receivable.giveBack(Long.MAX_VALUE);
        assertThat(receivable.isPrepaid()).isFalse();
    }

    @Test
    void a_wallet_that_is_gone_has_nothing_and_gets_nothing() {
        var wallet = wallet(10);
        wallet.gone();
        wallet.add(5);
        assertThat(wallet.isGone()).isTrue();
        assertThat(wallet.allowance()).isZero();
        assertThat(wallet.reserve(0)).isEqualTo(Wallet.SHORT);
        assertThat(wallet.reserveUpTo(1)).isZero();
        assertThat(wallet.empty()).isZero();
    }

    @Test
    void many_threads_together_reserve_what_is_there_and_nothing_twice() throws Exception {
        var wallet = wallet(1_000_000);
        var reserved = new AtomicLong();
        var added = new AtomicLong(1_000_000);
        var start = new CountDownLatch(1);
        var work = new ArrayList<Future<?>>();
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 8; i++) {
                work.add(threads.submit(() -> {
                    start.await();
                    for (int n = 0; n < 200_000; n++) {
                        long nanos = ThreadLocalRandom.current().nextLong(1, 100);
                        switch (n % 5) {
                            case 0 -> {
                                wallet.add(nanos);
                                added.addAndGet(nanos);
                            }
                            case 1 -> reserved.addAndGet(wallet.reserveUpTo(nanos));
                            default -> reserved.addAndGet(wallet.reserve(nanos) == Wallet.SHORT ? 0 : nanos);
                        }
                    }
                    return null;
                }));
            }
            start.countDown();
        }
        for (var done : work) {
            done.get();
        }
        assertThat(reserved.get() + wallet.empty()).isEqualTo(added.get());
    }

    @Test
    void without_grace_nothing_goes_on() {
        assertThat(receivable.hasGrace()).isFalse();
        assertThat(receivable.reserveGrace(1, true)).isFalse();
    }

    @Test
    void grace_counts_what_is_open_when_the_database_goes_away_and_what_is_charged_until_it_is_back() {
        receivable.graceAllowance(100);
        assertThat(receivable.reserveGrace(30, false)).isTrue();
        assertThat(receivable.reserveGrace(80, true)).isFalse();
        assertThat(receivable.reserveGrace(70, true)).isTrue();
        // One costs less than was reserved for it: that can be spent again, but not what it cost.
        receivable.settleGrace(70, 50);
        assertThat(receivable.reserveGrace(21, true)).isFalse();
        assertThat(receivable.reserveGrace(20, true)).isTrue();
        receivable.settleGrace(20, 20);
        receivable.settleGrace(30, 0);
        assertThat(receivable.reserveGrace(31, true)).isFalse();
        // It is back.
        assertThat(receivable.reserveGrace(100, false)).isTrue();
        receivable.settleGrace(100, 0);
        assertThat(receivable.reserveGrace(100, true)).isTrue();
    }

    @Test
    void grace_that_was_not_used_comes_back() {
        receivable.graceAllowance(10);
        for (int i = 0; i < 100; i++) {
            assertThat(receivable.reserveGrace(10, i % 2 == 0)).isTrue();
            receivable.giveBackGrace(10);
        }
    }
}
