package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Admission;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.platform.Await;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Money of a wallet, asked for by many at once, on one node and on two over the same database. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AdmissionIT {

    private static final int REQUESTS = 1_000;
    private static final int AFFORDABLE = 100;
    private static final long COST = 1_000;

    @TempDir
    private static Path temp;

    private static MeterNode one;
    private static MeterNode two;

    private final Caller caller = MeterNode.stranger();

    @BeforeAll
    static void start() {
        one = MeterNode.start(TestDatabase.url(), temp.resolve("one"));
        two = MeterNode.start(TestDatabase.url(), temp.resolve("two"));
    }

    @AfterAll
    static void stop() {
        two.close();
        one.close();
    }

    /** What became of a request: its admission, or why there is none. */
    private record Asked(MeterNode node, Admission admission, Failure refusal) {}

    private static List<Asked> askAtOnce(int requests, Caller caller, long tokens, MeterNode... nodes) {
        var asked = new ArrayList<Future<Asked>>();
        for (int i = 0; i < requests; i++) {
            var node = nodes[i % nodes.length];
            asked.add(node.admit(caller, tokens)
                    .map(admission -> new Asked(node, admission, null))
                    .otherwise(cause -> new Asked(node, null, Failure.of(cause))));
        }
        return asked.stream().map(one -> one.await()).toList();
    }

    private static List<Asked> admitted(List<Asked> asked) {
        return asked.stream().filter(one -> one.admission != null).toList();
    }

    private static void assertRestIsBroke(List<Asked> asked) {
        assertThat(asked)
                .filteredOn(one -> one.admission == null)
                .allSatisfy(one -> assertThat(one.refusal.code()).isEqualTo("insufficient_quota"));
    }

    private static long[] sums(String wallet) throws SQLException {
        try (var connection = TestDatabase.connect(TestDatabase.url());
                var statement = connection.prepareStatement("""
                    select coalesce(sum(amount) filter (where node = 0), 0), coalesce(sum(amount) filter (where node > 0), 0)
                    from metering.balances where ledger_account = ?
                    """)) {
            statement.setInt(1, Wallets.number(wallet));
            var row = statement.executeQuery();
            row.next();
            return new long[] {row.getLong(1), row.getLong(2)};
        }
    }

    @Test
    void of_a_thousand_at_once_exactly_those_pass_that_there_is_money_for() {
        var wallet = one.wallet(caller.tenant(), AFFORDABLE * COST);
        var asked = askAtOnce(REQUESTS, caller, COST, one);
        assertThat(admitted(asked)).hasSize(AFFORDABLE);
        assertRestIsBroke(asked);
        admitted(asked).forEach(passed -> passed.node.settle(passed.admission, COST));
        Await.until("all is charged", () -> one.balance(wallet) == 0);
    }

    @Test
    void on_two_nodes_exactly_those_pass_as_well() {
        var wallet = one.wallet(caller.tenant(), AFFORDABLE * COST);
        var asked = askAtOnce(REQUESTS, caller, COST, one, two);
        assertThat(admitted(asked)).hasSize(AFFORDABLE);
        assertRestIsBroke(asked);
        admitted(asked).forEach(passed -> passed.node.settle(passed.admission, COST));
        Await.until("all is charged", () -> one.balance(wallet) == 0);
    }

    @Test
    void requests_of_all_sizes_never_spend_more_than_there_is() {
        var wallet = one.wallet(caller.tenant(), 100_000);
        var asked = new ArrayList<Asked>();
        for (long size : new long[] {7_000, 1, 333, 20_000, 90, 1_500}) {
            asked.addAll(askAtOnce(60, caller, size, one, two));
        }
        long reserved =
                admitted(asked).stream().mapToLong(AdmissionIT::reserved).sum();
        assertThat(reserved).isLessThanOrEqualTo(100_000).isGreaterThan(80_000);
        assertRestIsBroke(asked);
        admitted(asked).forEach(passed -> passed.node.settle(passed.admission, reserved(passed)));
        Await.until("all is charged", () -> one.balance(wallet) == 100_000 - reserved);
    }

    @Test
    void what_costs_more_than_was_reserved_is_charged_as_far_as_there_is_money() {
        var wallet = one.wallet(caller.tenant(), 10 * COST);
        var admission = one.admit(caller, COST).await();
        one.settle(admission, 1_000 * COST);
        Await.until("it is charged", () -> one.balance(wallet) < 9 * COST);
        assertThat(one.balance(wallet)).isBetween(COST, 8 * COST);
        var charge = one.ask(
                        "metering.listWalletEntries", MeterNode.system(), Map.of("wallet", wallet, "limit", "1"), null)
                .getJsonArray("data")
                .getJsonObject(0);
        assertThat(charge.getString("kind")).isEqualTo("charge");
        assertThat(charge.getString("amount")).isEqualTo(Money.text(one.balance(wallet) - 10 * COST));
    }

    private static long reserved(Asked asked) {
        return ((Ticket) asked.admission).reserved();
    }

    @Test
    void what_was_reserved_and_not_used_can_be_spent_again() {
        var wallet = one.wallet(caller.tenant(), COST);
        for (int i = 0; i < 20; i++) {
            var admission = one.admit(caller, COST).await();
            assertThat(one.spend(caller, COST).code()).isEqualTo("insufficient_quota");
            one.release(admission);
        }
        assertThat(one.spend(caller, COST)).isNull();
        Await.until("all is charged", () -> one.balance(wallet) == 0);
    }

    @Test
    void money_that_is_with_the_other_node_is_called_back() {
        var wallet = one.wallet(caller.tenant(), 10 * COST);
        assertThat(two.spend(caller, COST)).isNull();
        // The other node has leased some of the nine that are left.
        assertThat(one.spend(caller, 9 * COST)).isNull();
        Await.until("all is charged", () -> one.balance(wallet) == 0);
    }

    @Test
    void a_request_that_settles_twice_is_charged_once() {
        var wallet = one.wallet(caller.tenant(), 10 * COST);
        var admission = one.admit(caller, COST).await();
        one.settle(admission, COST / 2);
        one.settle(admission, COST);
        one.release(admission);
        Await.until("it is charged", () -> one.balance(wallet) == 10 * COST - COST / 2);
        assertThat(one.spend(caller, 9 * COST)).isNull();
        Await.until("that is charged", () -> one.balance(wallet) == COST / 2);
    }

    @Test
    void a_top_up_wakes_a_broke_wallet_on_both_nodes() {
        var wallet = one.wallet(caller.tenant(), 0);
        assertThat(one.spend(caller, COST).code()).isEqualTo("insufficient_quota");
        assertThat(two.spend(caller, COST).code()).isEqualTo("insufficient_quota");
        one.topUp(wallet, 8 * COST);
        long began = System.nanoTime();
        Await.until("one spends", () -> one.spend(caller, COST) == null);
        Await.until("two spends", () -> two.spend(caller, COST) == null);
        assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(1));
    }

    @Test
    void what_is_leased_and_not_used_goes_back() throws SQLException {
        var wallet = one.wallet(caller.tenant(), 100 * COST);
        assertThat(one.spend(caller, COST)).isNull();
        assertThat(sums(wallet)[1]).isPositive();
        Await.until("nothing is leased", () -> sums(wallet)[1] == 0);
        assertThat(sums(wallet)[0]).isEqualTo(99 * COST);
        assertThat(one.spend(caller, COST)).isNull();
    }

    @Test
    void a_node_that_stops_leaves_no_money_behind() throws SQLException {
        var wallet = one.wallet(caller.tenant(), 100 * COST);
        try (var third = MeterNode.start(TestDatabase.url(), temp.resolve("third"))) {
            assertThat(third.spend(caller, COST)).isNull();
            assertThat(sums(wallet)[1]).isPositive();
            third.stop();
            assertThat(sums(wallet)).containsExactly(99 * COST, 0);
        }
    }

    @Test
    void the_keys_wallet_pays_before_the_accounts_and_that_before_the_tenants() {
        var tenants = one.wallet(caller.tenant(), 100 * COST);
        assertThat(one.spend(caller, COST)).isNull();
        var accounts = one.walletOf("account", caller.account(), caller.tenant(), 100 * COST);
        Await.until("the account's pays", () -> one.spend(caller, COST) == null && one.balance(accounts) < 100 * COST);
        var keys = one.walletOf("key", caller.keyId(), caller.tenant(), 100 * COST);
        Await.until("the key's pays", () -> one.spend(caller, COST) == null && one.balance(keys) < 100 * COST);
        assertThat(one.balance(accounts)).isGreaterThan(90 * COST);
        assertThat(one.balance(tenants)).isGreaterThan(90 * COST);
    }

    @Test
    void who_has_no_wallet_owes_it() {
        assertThat(one.spend(caller, COST)).isNull();
        assertThat(two.spend(caller, COST)).isNull();
        var owed = one.ask("metering.listWallets", MeterNode.administrator(caller.tenant()), Map.of(), null)
                .getJsonArray("data")
                .getJsonObject(0);
        assertThat(owed.getString("kind")).isEqualTo("receivable");
        Await.until("it is owed", () -> one.balance(owed.getString("id")) == -2 * COST);
    }

    @Test
    void the_wallet_of_an_account_pays_in_its_own_tenant_only() {
        var own = one.walletOf("account", caller.account(), caller.tenant(), 10 * COST);
        var elsewhere = MeterNode.spender(caller.keyId() + "b", caller.account(), caller.tenant() + "b");
        assertThat(one.spend(elsewhere, COST)).isNull();
        assertThat(one.balance(own)).isEqualTo(10 * COST);
        assertThat(one.spend(caller, COST)).isNull();
        Await.until("it is charged", () -> one.balance(own) == 9 * COST);
    }
}
