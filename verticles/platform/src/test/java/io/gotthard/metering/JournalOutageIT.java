package io.gotthard.metering;

import static io.gotthard.metering.TestLedger.MONEY;
import static io.gotthard.metering.TestLedger.await;
import static io.gotthard.metering.TestLedger.charge;
import static io.gotthard.metering.TestLedger.reservation;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.gotthard.platform.Await;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the journal promises while the database is away, and after that. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class JournalOutageIT {

    @TempDir
    private Path data;

    private TestLedger ledger;
    private Journal journal;
    private int wallet;

    @BeforeEach
    void open() throws Exception {
        ledger = new TestLedger(data);
        open(1 << 20);
    }

    private void open(long spool) {
        journal = ledger.open(TestLedger.settings(Duration.ofSeconds(2), spool));
        wallet = ledger.wallet(journal);
    }

    @AfterEach
    void close() throws Exception {
        ledger.close();
    }

    /** Cuts the way to the database, and waits until the journal knows: a reservation without grace is its victim. */
    private void cut() {
        ledger.detour().cut();
        assertRefused(ledger.reserve(journal, reservation(journal, wallet, false)));
        assertThat(journal.isAway()).isTrue();
    }

    private static void assertRefused(Future<Void> durable) {
        Await.until("it is refused", durable::isComplete);
        assertThat(durable.cause())
                .isInstanceOfSatisfying(
                        Failure.class, f -> assertThat(f.status()).isEqualTo(503));
    }

    private void mend() {
        ledger.detour().mend();
        Await.until("the ledger is written again", () -> !journal.isAway());
        await(journal.fold());
    }

    @Test
    void without_grace_a_request_is_refused_at_once_and_with_grace_it_goes_on() {
        cut();
        var strict = reservation(journal, wallet, false);
        assertRefused(ledger.reserve(journal, strict));
        assertThat(journal.charge(charge(journal, strict, 60))).isFalse();
        var grace = reservation(journal, wallet, true);
        await(ledger.reserve(journal, grace));
        assertThat(journal.charge(charge(journal, grace, 60))).isTrue();
        mend();

        assertThat(ledger.charges("outcome = 1")).isEqualTo(1);
        assertThat(ledger.charges("seq = " + strict.seq())).isZero();
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 60);
        assertThat(ledger.findings()).isEmpty();
        assertThat(journal.openReservations()).isZero();
        assertThat(ledger.folder().resolve("spool")).doesNotExist();
    }

    @Test
    void a_request_whose_batch_may_have_been_written_is_released_once() {
        await(ledger.reserve(journal, reservation(journal, wallet, false)));
        ledger.detour().mute();
        var strict = reservation(journal, wallet, false);
        var grace = reservation(journal, wallet, true);
        var refused = ledger.reserve(journal, strict);
        var granted = ledger.reserve(journal, grace);
        Await.until(
                "it is written",
                () -> ledger.number("select count(*) from metering.batches where " + strict.seq() + " = any (seqs)")
                        == 1);
        ledger.detour().cut();
        assertRefused(refused);
        await(granted);
        assertThat(journal.charge(charge(journal, strict, 60))).isFalse();
        journal.charge(charge(journal, grace, 60));
        mend();

        assertThat(ledger.charges("outcome = 2 and amount = 0 and seq = " + strict.seq()))
                .isEqualTo(1);
        assertThat(ledger.charges("seq in (" + strict.seq() + ", " + grace.seq() + ")"))
                .isEqualTo(2);
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void charges_of_requests_that_began_before_are_written_afterwards() {
        var before = reservation(journal, wallet, false);
        await(ledger.reserve(journal, before));
        cut();
        assertThat(journal.charge(charge(journal, before, 60))).isTrue();
        mend();

        assertThat(ledger.charges("outcome = 1 and seq = " + before.seq())).isEqualTo(1);
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 60);
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void a_database_that_does_not_answer_is_away_too() {
        ledger.detour().mute();
        assertRefused(ledger.reserve(journal, reservation(journal, wallet, false)));
        await(ledger.reserve(journal, reservation(journal, wallet, true)));
        assertThat(journal.lagMillis()).isGreaterThan(1000);
        ledger.detour().cut();
        mend();
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void what_was_kept_is_written_by_the_next_process_after_a_crash() throws Exception {
        cut();
        var ended = reservation(journal, wallet, true);
        var open = reservation(journal, wallet, true);
        await(Future.all(ledger.reserve(journal, ended), ledger.reserve(journal, open)));
        journal.charge(charge(journal, ended, 60));
        Await.until("it is kept", () -> ledger.settledOnDisk() == 1);
        await(journal.stop());
        ledger.detour().mend();

        ledger.open();
        assertThat(ledger.charges("outcome = 1 and amount = 60 and seq = " + ended.seq()))
                .isEqualTo(1);
        assertThat(ledger.charges("outcome = 3 and amount = 40 and seq = " + open.seq()))
                .isEqualTo(1);
        assertThat(ledger.number("select amount from metering.balances where ledger_account = ? and node = 0", wallet))
                .isEqualTo(MONEY - 100);
        assertThat(ledger.findings()).isEmpty();
        assertThat(ledger.folder().resolve("spool")).doesNotExist();
    }

    @Test
    void the_spool_is_written_once_even_if_the_one_who_writes_it_crashes() throws Exception {
        cut();
        for (int i = 0; i < 5; i++) {
            var reservation = reservation(journal, wallet, true);
            await(ledger.reserve(journal, reservation));
            journal.charge(charge(journal, reservation, 60));
        }
        Await.until("they are kept", () -> journal.openReservations() == 0);
        var spool = ledger.folder().resolve("spool");
        Await.until("they are on disk", () -> ledger.settledOnDisk() == 5);
        var copy = Files.copy(spool, data.resolve("copy"));
        await(journal.stop());
        ledger.detour().mend();

        await(ledger.open().stop());
        // As if it had not come to removing it.
        Files.copy(copy, spool);
        ledger.open();
        assertThat(ledger.charges("outcome = 1")).isEqualTo(5);
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 5 * 60);
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void a_spool_that_was_not_written_to_its_end_is_read_up_to_there() throws Exception {
        cut();
        var kept = reservation(journal, wallet, true);
        await(ledger.reserve(journal, kept));
        var torn = reservation(journal, wallet, true);
        long whole = Files.size(ledger.folder().resolve("spool"));
        await(ledger.reserve(journal, torn));
        await(journal.stop());
        truncate(whole + 20);
        ledger.detour().mend();

        ledger.open();
        assertThat(ledger.charges("outcome = 3 and seq = " + kept.seq())).isEqualTo(1);
        assertThat(ledger.charges("seq = " + torn.seq())).isZero();
        assertThat(ledger.findings()).isEmpty();
    }

    private void truncate(long size) throws IOException {
        try (var file = FileChannel.open(ledger.folder().resolve("spool"), StandardOpenOption.WRITE)) {
            file.truncate(size);
        }
    }

    @Test
    void a_damaged_batch_does_not_hide_those_after_it() throws Exception {
        cut();
        var damaged = reservation(journal, wallet, true);
        await(ledger.reserve(journal, damaged));
        long size = Files.size(ledger.folder().resolve("spool"));
        var sound = reservation(journal, wallet, true);
        await(ledger.reserve(journal, sound));
        await(journal.stop());
        try (var file = FileChannel.open(ledger.folder().resolve("spool"), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {'!'}), size - 10);
        }
        ledger.detour().mend();

        ledger.open();
        assertThat(ledger.charges("outcome = 3 and seq = " + sound.seq())).isEqualTo(1);
        assertThat(ledger.folder().resolve("spool.damaged")).exists();
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void when_the_spool_is_full_grace_is_over() throws Exception {
        await(journal.stop());
        open(1000);
        var before = reservation(journal, wallet, false);
        await(ledger.reserve(journal, before));
        cut();
        var granted = ledger.reserve(journal, reservation(journal, wallet, true));
        await(granted);
        var refused = reservation(journal, wallet, true);
        Await.until("there is no more room", () -> {
            var durable = ledger.reserve(journal, reservation(journal, wallet, true));
            Await.until("it is decided", durable::isComplete);
            return durable.failed();
        });
        assertRefused(ledger.reserve(journal, refused));
        assertThat(journal.charge(charge(journal, before, 60))).isTrue();
        mend();

        assertThat(ledger.charges("outcome = 1 and seq = " + before.seq())).isEqualTo(1);
        assertThat(ledger.charges("seq = " + refused.seq())).isZero();
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void when_the_folder_can_not_be_written_grace_is_over() throws Exception {
        Files.createDirectory(ledger.folder().resolve("spool"));
        cut();
        assertRefused(ledger.reserve(journal, reservation(journal, wallet, true)));
        mend();
        var later = reservation(journal, wallet, true);
        await(ledger.reserve(journal, later));
        journal.charge(charge(journal, later, 60));
        await(journal.fold());
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 60);
        assertThat(ledger.findings()).isEmpty();
    }
}
