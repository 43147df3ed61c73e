package io.gotthard.metering;

import static io.gotthard.metering.TestLedger.await;
import static io.gotthard.metering.TestLedger.reservation;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When the journal writes. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class JournalPaceIT {

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
    void reservations_that_can_wait_are_written_with_one_that_can_not() {
        int wallet = ledger.wallet(journal);
        var one = ledger.reserve(journal, patient(wallet));
        var other = ledger.reserve(journal, patient(wallet));
        assertThat(one.isComplete()).isFalse();
        await(ledger.reserve(journal, reservation(journal, wallet, false)));
        await(Future.all(one, other));
        assertThat(ledger.number("select count(*) from metering.batches")).isEqualTo(1);
    }

    @Test
    void a_reservation_that_can_wait_is_written_as_soon_as_somebody_waits_for_it() {
        int wallet = ledger.wallet(journal);
        var durable = ledger.reserve(journal, patient(wallet));
        assertThat(durable.isComplete()).isFalse();
        journal.hurry();
        await(durable);
        // Not only the first time.
        var next = ledger.reserve(journal, patient(wallet));
        journal.hurry();
        await(next);
    }

    /** A reservation that has an hour until it has to be written. */
    private Reservation patient(int wallet) {
        var some = reservation(journal, wallet, false);
        return new Reservation(
                some.seq(),
                some.requestId(),
                some.source(),
                some.reserved(),
                some.unknown(),
                some.startedMicros(),
                false,
                System.nanoTime() + TimeUnit.HOURS.toNanos(1));
    }
}
