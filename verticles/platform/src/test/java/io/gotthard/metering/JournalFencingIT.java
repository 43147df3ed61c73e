package io.gotthard.metering;

import static io.gotthard.metering.TestLedger.MONEY;
import static io.gotthard.metering.TestLedger.await;
import static io.gotthard.metering.TestLedger.charge;
import static io.gotthard.metering.TestLedger.reservation;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Await;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a node that the others took for dead. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class JournalFencingIT {

    @TempDir
    private Path data;

    private final AtomicLong newNode = new AtomicLong();
    private TestLedger ledger;
    private Journal journal;
    private int wallet;
    private long old;

    @BeforeEach
    void open() throws Exception {
        ledger = new TestLedger(data);
        journal = ledger.open();
        journal.onNewNode(newNode::set);
        wallet = ledger.wallet(journal);
        old = journal.node();
    }

    @AfterEach
    void close() throws Exception {
        ledger.close();
    }

    @Test
    void it_goes_on_as_another_and_what_the_others_ended_is_final() {
        var before = reservation(journal, wallet, false);
        await(ledger.reserve(journal, before));
        await(new Nodes(ledger.direct()).recover(old));
        journal.charge(charge(journal, before, 60));
        var after = reservation(journal, wallet, true);
        await(ledger.reserve(journal, after));
        journal.charge(charge(journal, after, 70));
        Await.until("it is another", () -> journal.node() != old && !journal.isAway());
        await(journal.fold());

        assertThat(newNode).hasValue(journal.node());
        assertThat(ledger.charges("outcome = 3 and node = " + old + " and seq = " + before.seq()))
                .isEqualTo(1);
        assertThat(ledger.charges("outcome = 1 and node = " + journal.node() + " and seq = " + after.seq()))
                .isEqualTo(1);
        assertThat(ledger.charges("true")).isEqualTo(2);
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 40 - 70);
        assertThat(ledger.findings()).isEmpty();
        var later = reservation(journal, wallet, false);
        await(ledger.reserve(journal, later));
    }

    @Test
    void what_it_kept_meanwhile_becomes_another_nodes() {
        var before = reservation(journal, wallet, false);
        await(ledger.reserve(journal, before));
        ledger.detour().cut();
        var kept = reservation(journal, wallet, true);
        var open = reservation(journal, wallet, true);
        await(Future.all(ledger.reserve(journal, kept), ledger.reserve(journal, open)));
        journal.charge(charge(journal, kept, 70));
        journal.charge(charge(journal, before, 60));
        await(new Nodes(ledger.direct()).recover(old));
        ledger.detour().mend();
        Await.until("it is another", () -> journal.node() != old && !journal.isAway());
        journal.charge(charge(journal, open, 80));
        await(journal.fold());

        assertThat(ledger.charges("outcome = 3 and node = " + old)).isEqualTo(1);
        assertThat(ledger.number("select sum(amount) from metering.charges where node = ?", journal.node()))
                .isEqualTo(150);
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 40 - 150);
        assertThat(ledger.findings()).isEmpty();
        assertThat(ledger.verify().getJsonObject("totals").getLong("reservations_open"))
                .isZero();
    }

    @Test
    void what_it_kept_before_it_crashed_becomes_another_nodes() throws Exception {
        var before = reservation(journal, wallet, false);
        await(ledger.reserve(journal, before));
        ledger.detour().cut();
        var kept = reservation(journal, wallet, true);
        await(ledger.reserve(journal, kept));
        journal.charge(charge(journal, before, 60));
        Await.until("it is kept", () -> ledger.settledOnDisk() == 1);
        await(journal.stop());
        await(new Nodes(ledger.direct()).recover(old));
        ledger.detour().mend();
        ledger.open();

        assertThat(ledger.charges("outcome = 3 and node = " + old + " and seq = " + before.seq()))
                .isEqualTo(1);
        assertThat(ledger.charges("outcome = 3 and node <> " + old + " and seq = " + kept.seq()))
                .isEqualTo(1);
        assertThat(ledger.charges("true")).isEqualTo(2);
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 80);
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void an_idle_node_that_was_ended_notices_when_it_folds() {
        var before = reservation(journal, wallet, false);
        await(ledger.reserve(journal, before));
        journal.charge(charge(journal, before, 60));
        Await.until("it is written", () -> ledger.charges("seq = " + before.seq()) == 1);
        await(new Nodes(ledger.direct()).recover(old));
        await(journal.fold().otherwiseEmpty());
        Await.until("it is another", () -> journal.node() != old && !journal.isAway());
        assertThat(ledger.balance(wallet)).isEqualTo(MONEY - 60);
        assertThat(ledger.findings()).isEmpty();
    }

    @Test
    void who_has_not_been_heard_of_for_long_is_ended_and_others_are_not() throws Exception {
        long silent = ledger.number(
                "insert into metering.nodes (place, seen_at) values ('elsewhere', now() - interval '31 seconds')"
                        + " returning id");
        long quiet = ledger.number(
                "insert into metering.nodes (place, seen_at) values ('elsewhere', now() - interval '20 seconds')"
                        + " returning id");
        await(new Recovery(ledger.context(), ledger.direct()).endSilent());

        assertThat(ledger.number(
                        "select count(*) from metering.nodes where ended_at is null and id in (?, ?)", silent, quiet))
                .isEqualTo(1);
        assertThat(ledger.number("select count(*) from metering.nodes where ended_at is null and id = ?", quiet))
                .isEqualTo(1);
    }
}
