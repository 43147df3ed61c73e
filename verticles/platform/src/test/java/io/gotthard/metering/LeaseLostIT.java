package io.gotthard.metering;

import static io.gotthard.metering.AdmissionIT.sums;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.platform.Await;
import io.gotthard.platform.Detour;
import io.gotthard.platform.TestDatabase;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Money moves between a wallet and a node, and the node does not hear that it did. */
@Tag("heavy")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LeaseLostIT {

    private static final long COST = 1_000;
    private static final long MONEY = 100 * COST;

    @TempDir
    private Path temp;

    private final URI shared = URI.create(TestDatabase.url());
    private final Detour detour = Detour.to(shared.getPort());
    private final Caller caller = MeterNode.stranger();
    private MeterNode node;
    private String wallet;

    private void start() {
        node = MeterNode.start(
                TestDatabase.url().replace(":" + shared.getPort() + "/", ":" + detour.port() + "/"), temp);
        wallet = node.wallet(caller.tenant(), MONEY);
    }

    @AfterEach
    void stop() {
        detour.mend();
        node.close();
        detour.close();
    }

    private long leased() throws SQLException {
        return sums(wallet)[1];
    }

    private void assertWhole(long money) throws SQLException {
        var sums = sums(wallet);
        assertThat(sums[0] + sums[1]).isEqualTo(money);
    }

    /** What there was less this can be spent, and nothing beyond it. */
    private void assertSpendable(long money) {
        Await.until("all of it is spent", () -> node.spend(caller, money) == null);
        assertThat(node.spend(caller, 1).code()).isEqualTo("insufficient_quota");
        Await.until("all is charged", () -> node.balance(wallet) == 0);
    }

    @Test
    void a_lease_whose_answer_is_lost_is_found_again_and_serves_who_waits_for_it() throws Exception {
        start();
        detour.loseAfter("metering.lease(");
        var waiting = node.admit(caller, COST);
        Await.until("it is leased", () -> leased() > 0);
        assertThat(waiting.isComplete()).isFalse();
        long leased = leased();
        assertWhole(MONEY);
        detour.drop();
        node.settle(waiting.await(20, TimeUnit.SECONDS), COST);
        Await.until("it is charged", () -> sums(wallet)[0] + sums(wallet)[1] == MONEY - COST);
        assertThat(leased()).as("of one lease").isLessThanOrEqualTo(leased);
        assertSpendable(MONEY - COST);
    }

    @Test
    void a_lease_whose_answer_is_lost_and_that_nobody_waits_for_any_more_goes_back() throws Exception {
        start();
        detour.loseAfter("metering.lease(");
        var waiting = node.admit(caller, COST);
        Await.until("it is leased", () -> leased() > 0);
        Await.until("nobody waits any more", waiting::isComplete);
        assertThat(Failure.of(waiting.cause()).status()).isEqualTo(503);
        assertWhole(MONEY);
        detour.drop();
        Await.until("it is given back", () -> leased() == 0);
        assertWhole(MONEY);
        assertSpendable(MONEY);
    }

    @Test
    void what_was_given_back_without_an_answer_goes_back_once() throws Exception {
        start();
        assertThat(node.spend(caller, COST)).isNull();
        Await.until("it is charged", () -> sums(wallet)[0] + sums(wallet)[1] == MONEY - COST);
        assertThat(leased()).isPositive();
        detour.loseAfter("metering.give_back(");
        Await.until("it is given back", () -> leased() == 0);
        assertWhole(MONEY - COST);
        detour.drop();
        assertSpendable(MONEY - COST);
    }
}
