package io.gotthard.metering;

import static io.gotthard.metering.TestLedger.MONEY;
import static io.gotthard.metering.TestLedger.await;
import static io.gotthard.metering.TestLedger.charge;
import static io.gotthard.metering.TestLedger.reservation;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Await;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the journal promises while the database is there, or its connection breaks. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class JournalIT {

    @TempDir
    private Path data;

    private TestLedger ledger;
    private Journal journal;

    @BeforeEach
    void open() throws Exception {
        ledger = new TestLedger(data);
        journal = ledger.open();
    }

    @AfterEach
    void close() throws Exception {
        ledger.close();
    }

    @Test
    void requests_of_several_threads_end_in_exactly_one_charge_each() throws Exception {
        int wallet = ledger.wallet(journal);
        var ended = new ArrayList<Future<Void>>();
        try (var threads = Executors.newFixedThreadPool(4)) {
            var work = IntStream.range(0, 4)
                    .mapToObj(t -> threads.submit(() -> IntStream.range(0, 1000)
                            .mapToObj(i -> request(wallet, i))
                            .toList()))
                    .toList();
            for (var done : work) {
                ended.addAll(done.get());
            }
        }
        await(Future.all(ended));
        await(journal.fold());

        assertThat(ledger.charges("amount = 60")).isEqualTo(4000);
        assertThat(ledger.number(
                        "select count(*) from metering.balances where ledger_account = ? and amount = ?",
                        wallet,
                        MONEY - 4000 * 60))
                .isEqualTo(1);
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 4000 * 60);
        assertThat(ledger.number("select sum(amount) from metering.usage_hours"))
                .isEqualTo(4000 * 60);
        assertThat(ledger.findings()).isEmpty();
        assertThat(journal.openReservations()).isZero();
        // All but the last ones are done with.
        assertThat(ledger.number("select count(*) from metering.batches")).isLessThanOrEqualTo(2);
    }

    /** Some charges come at once, most after the reservation is durable. */
    private Future<Void> request(int wallet, int i) {
        var reservation = reservation(journal, wallet, false);
        var durable = ledger.reserve(journal, reservation);
        if (i % 3 == 0) {
            journal.charge(charge(journal, reservation, 60));
            return durable;
        }
        return durable.onSuccess(granted -> journal.charge(charge(journal, reservation, 60)));
    }

    @Test
    void a_durable_reservation_is_in_the_database() {
        int wallet = ledger.wallet(journal);
        var reservation = reservation(journal, wallet, false);
        await(ledger.reserve(journal, reservation));

        assertThat(ledger.number(
                        "select count(*) from metering.batches where node = ? and ? = any (seqs)",
                        journal.node(),
                        reservation.seq()))
                .isEqualTo(1);
        assertThat(journal.openReservations()).isEqualTo(1);
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void a_request_is_charged_once_however_often_it_is_charged() {
        int wallet = ledger.wallet(journal);
        var reservation = reservation(journal, wallet, false);
        await(ledger.reserve(journal, reservation));

        assertThat(journal.charge(charge(journal, reservation, 60))).isTrue();
        assertThat(journal.charge(charge(journal, reservation, 70))).isFalse();
        await(journal.fold());
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 60);
    }

    @Test
    void a_balance_is_exact_before_it_is_folded() {
        int wallet = ledger.wallet(journal);
        var reservation = reservation(journal, wallet, false);
        await(ledger.reserve(journal, reservation));
        journal.charge(charge(journal, reservation, 60));
        Await.until("the charge is written", () -> ledger.charges("seq = " + reservation.seq()) == 1);

        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 60);
        assertThat(ledger.number("select metering.balance(metering.house('revenue'))"))
                .isEqualTo(60);
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void a_batch_whose_answer_is_lost_is_not_written_twice() {
        await(journal.stop());
        journal = ledger.open(TestLedger.settings(Duration.ofSeconds(20), 1 << 20));
        int wallet = ledger.wallet(journal);
        await(request(wallet, 0));
        var first = reservation(journal, wallet, false);
        await(ledger.reserve(journal, first));
        ledger.detour().mute();
        journal.charge(charge(journal, first, 60));
        var second = reservation(journal, wallet, false);
        var durable = ledger.reserve(journal, second);
        Await.until("it is written", () -> ledger.charges("seq = " + first.seq()) == 1);
        assertThat(durable.isComplete()).isFalse();
        ledger.detour().drop();

        await(durable);
        journal.charge(charge(journal, second, 70));
        await(journal.fold());
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 190);
        assertThat(ledger.findings()).isEmpty();
        assertThat(journal.isAway()).isFalse();
    }

    @Test
    void connections_that_break_all_the_time_do_no_harm() throws Exception {
        int wallet = ledger.wallet(journal);
        var ended = new ArrayList<Future<Void>>();
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 20; i++) {
                ended.add(request(wallet, i));
            }
            ledger.detour().drop();
            ended.getLast()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .handle((a, b) -> 0)
                    .get(30, TimeUnit.SECONDS);
        }
        await(Future.join(ended).otherwiseEmpty());
        Await.until("it can be written", () -> !journal.isAway());
        await(journal.fold());

        long written = ended.stream().filter(Future::succeeded).count();
        assertThat(ledger.charges("outcome = 1")).isGreaterThanOrEqualTo(written);
        assertThat(ledger.number("select count(distinct seq) from metering.charges"))
                .isEqualTo(ledger.charges("true"));
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 60 * ledger.charges("outcome = 1"));
        assertThat(ledger.verify().getJsonObject("totals").getLong("reservations_open"))
                .isZero();
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void what_the_ledger_will_never_take_keeps_nothing_else_from_being_written() {
        int wallet = ledger.wallet(journal);
        var bad = reservation(journal, 999_999, false);
        var good = reservation(journal, wallet, false);
        var durable = List.of(ledger.reserve(journal, bad), ledger.reserve(journal, good));

        await(durable.get(1));
        journal.charge(charge(journal, good, 60));
        Await.until("it is written", () -> ledger.charges("seq = " + good.seq()) == 1);
        await(journal.fold());
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 60);
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void a_wallet_that_spent_more_than_its_node_had_leased_pays_from_what_is_left() {
        int wallet = ledger.wallet(journal, 100);
        for (int i = 0; i < 3; i++) {
            var reservation = reservation(journal, wallet, true);
            await(ledger.reserve(journal, reservation));
            journal.charge(charge(journal, reservation, 100));
        }
        await(journal.fold());
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 300);
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void a_wallet_that_spent_more_than_it_had_ends_with_nothing_and_a_transfer_says_why() {
        int wallet = ledger.wallet(journal, 100);
        var reservation =
                new Reservation(journal.nextSeq(), "r", TestLedger.source(journal, wallet, ""), 2 * MONEY, 0, 0, true);
        await(ledger.reserve(journal, reservation));
        journal.charge(charge(journal, reservation, MONEY + 7));
        await(journal.fold());
        assertThat(ledger.balance(wallet)).isZero();
        assertThat(ledger.number(
                        "select amount from metering.transfers where payee = ? and kind = 'adjustment'", wallet))
                .isEqualTo(7);
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void closing_gives_back_what_was_leased() {
        int wallet = ledger.wallet(journal);
        var charged = reservation(journal, wallet, false);
        var open = reservation(journal, wallet, false);
        await(Future.all(ledger.reserve(journal, charged), ledger.reserve(journal, open)));
        journal.charge(charge(journal, charged, 60));
        await(journal.close());

        assertThat(ledger.number("select amount from metering.balances where ledger_account = ? and node = 0", wallet))
                .isEqualTo(MONEY - 60 - 40);
        assertThat(ledger.number("select count(*) from metering.nodes where ended_at is null"))
                .isZero();
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void a_process_that_died_leaves_nothing_open() {
        int wallet = ledger.wallet(journal);
        var charged = reservation(journal, wallet, false);
        var open = reservation(journal, wallet, false);
        await(Future.all(ledger.reserve(journal, charged), ledger.reserve(journal, open)));
        journal.charge(charge(journal, charged, 60));
        Await.until("the charge is written", () -> ledger.charges("seq = " + charged.seq()) == 1);
        long died = journal.node();
        await(journal.stop());

        var next = ledger.open();
        assertThat(next.node()).isNotEqualTo(died);
        assertThat(ledger.charges("outcome = 3 and amount = 40 and seq = " + open.seq()))
                .isEqualTo(1);
        assertThat(ledger.charges("true")).isEqualTo(2);
        assertThat(ledger.number("select amount from metering.balances where ledger_account = ? and node = 0", wallet))
                .isEqualTo(MONEY - 60 - 40);
        assertThat(ledger.number("select count(*) from metering.batches where node = ?", died))
                .isZero();
        assertThat(ledger.findings()).isEmpty();
    }
}
