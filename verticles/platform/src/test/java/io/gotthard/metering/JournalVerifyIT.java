package io.gotthard.metering;

import static io.gotthard.metering.TestLedger.await;
import static io.gotthard.metering.TestLedger.charge;
import static io.gotthard.metering.TestLedger.reservation;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever is wrong in the ledger is found. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class JournalVerifyIT {

    @TempDir
    private static Path data;

    private static TestLedger ledger;

    @BeforeAll
    static void open() throws Exception {
        ledger = new TestLedger(data);
        var journal = ledger.open();
        int wallet = ledger.wallet(journal);
        for (int i = 0; i < 3; i++) {
            var reservation = reservation(journal, wallet, false);
            await(ledger.reserve(journal, reservation));
            journal.charge(charge(journal, reservation, 60));
        }
        await(journal.fold());
        await(ledger.reserve(journal, reservation(journal, wallet, false)));
    }

    @AfterAll
    static void close() throws Exception {
        ledger.close();
    }

    @Test
    void a_sound_ledger_has_no_findings_and_says_what_it_has() {
        var verified = ledger.verify();
        assertThat(verified.getJsonArray("findings")).isEmpty();
        assertThat(verified.getJsonObject("totals"))
                .isEqualTo(new JsonObject()
                        .put("balances", 0)
                        .put("ledger_accounts", 3)
                        .put("transfers", 1)
                        .put("reservations_open", 1)
                        .put("charges", 3)
                        .put("charges_not_folded", 0)
                        .put("charged", 180)
                        .put("written_off", 0));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        sum_is_zero          | update metering.balances set amount = amount + 1 where prepaid and node > 0
        balance_is_its_moves | update metering.balances set amount = amount + 1 where prepaid and node > 0
        balance_is_its_moves | update metering.balances set amount = amount + case when prepaid then 5 else -5 end where node > 0
        balance_is_its_moves | delete from metering.transfers
        balance_is_its_moves | delete from metering.balances where node > 0
        balance_is_its_moves | update metering.sources set payer = metering.house('funding')
        balance_is_its_moves | update metering.charges set amount = amount + 1 where seq = 1
        roll_up              | update metering.charges set amount = amount + 1 where seq = 1
        roll_up              | update metering.charges set prompt = prompt + 1 where seq = 1
        roll_up              | update metering.charges set outcome = 2 where seq = 1
        roll_up              | delete from metering.charges where seq = 1
        roll_up              | delete from metering.usage_hours
        roll_up              | update metering.usage_hours set written_off = 1
        roll_up              | update metering.nodes set folded_batch = 0
        roll_up              | update metering.charges set started_at = started_at - interval '1 hour' where seq = 1
        balance_negative     | alter table metering.balances drop constraint balances_check, add check (true); update metering.balances set amount = -1 where prepaid
        prepaid_wrong        | update metering.balances set prepaid = false where prepaid
        reserved_twice       | insert into metering.batches select node, batch + 100, seqs, request_ids, sources, reserved, unknown, started from metering.batches where cardinality(seqs) > 0
        node_not_cleared     | update metering.nodes set ended_at = now()
        source_missing       | update metering.charges set source = 999 where seq = 1
        charge_without_node  | update metering.charges set node = 999 where seq = 1
        """)
    void what_is_wrong_is_found(String check, String error) {
        ledger.execute("begin; " + error);
        try {
            assertThat(ledger.findings())
                    .anySatisfy(finding -> assertThat(((JsonObject) finding).getString("check"))
                            .isEqualTo(check));
        } finally {
            ledger.execute("rollback");
        }
        assertThat(ledger.findings()).isEmpty();
    }
}
