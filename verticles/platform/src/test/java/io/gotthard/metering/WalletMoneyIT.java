package io.gotthard.metering;

import static io.gotthard.metering.MeterNode.atOnce;
import static io.gotthard.metering.MeterNode.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Caller;
import io.gotthard.platform.Await;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How money gets into wallets, and how it does not. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class WalletMoneyIT {

    private static final long UNIT = 1_000_000_000;

    @TempDir
    private static Path temp;

    private static MeterNode node;

    private final Caller caller = MeterNode.stranger();
    private final String wallet = node.wallet(caller.tenant(), 0);

    @BeforeAll
    static void start() {
        node = MeterNode.start(TestDatabase.url(), temp);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private JsonObject topUp(String amount, String reference) {
        var body = new JsonObject().put("amount", amount).put("reference", reference);
        return node.ask("metering.topUpWallet", MeterNode.system(), Map.of("wallet", wallet), body);
    }

    @Test
    void a_top_up_with_a_reference_happens_once_however_often_it_is_asked_for() throws Exception {
        var reference = UUID.randomUUID().toString();
        assertThat(atOnce(20, () -> topUp("2.5", reference))).containsOnly("none");
        assertThat(node.balance(wallet)).isEqualTo(5 * UNIT / 2);
        assertThat(topUp("2.5", reference).getString("id"))
                .isEqualTo(topUp("2.50", reference).getString("id"));
        assertThat(refusal(() -> topUp("3", reference))).isEqualTo("409 reference_used");
        assertThat(node.balance(wallet)).isEqualTo(5 * UNIT / 2);
    }

    @Test
    void what_is_no_amount_of_money_is_refused() {
        for (var amount : new String[] {
            "0",
            "0.0",
            "-1",
            "1.0000000001",
            "1e3",
            "",
            " 1",
            "1.",
            ".5",
            "+1",
            "NaN",
            "9999999999",
            "1000000001",
            "999999999999999999999"
        }) {
            assertThat(refusal(() -> topUp(amount, "amount"))).as(amount).isEqualTo("400 null");
        }
        assertThat(node.balance(wallet)).isZero();
    }

    @Test
    void more_than_can_be_counted_is_refused_and_changes_nothing() {
        for (int i = 0; i < 8; i++) {
            topUp("1000000000", UUID.randomUUID().toString());
        }
        assertThat(refusal(() -> {
                    topUp("1000000000", UUID.randomUUID().toString());
                    return topUp("1000000000", UUID.randomUUID().toString());
                }))
                .isEqualTo("400 null");
        assertThat(node.balance(wallet)).isBetween(8_000_000_000L * UNIT, Long.MAX_VALUE);
        // The other tests share the account that all money comes from.
        node.ask("metering.closeWallet", MeterNode.system(), Map.of("wallet", wallet), null);
        assertThat(node.balance(wallet)).isZero();
    }

    @Test
    void only_system_administrators_make_money() {
        var own = MeterNode.administrator(caller.tenant());
        var body = new JsonObject().put("amount", "1").put("reference", "x");
        assertThat(refusal(() -> node.ask("metering.topUpWallet", own, Map.of("wallet", wallet), body)))
                .isEqualTo("403 permission_denied");
        assertThat(refusal(() -> node.ask("metering.createVouchers", own, Map.of(), body)))
                .isEqualTo("403 permission_denied");
        assertThat(refusal(() -> node.ask("metering.listVouchers", own, Map.of(), null)))
                .isEqualTo("403 permission_denied");
        assertThat(refusal(() -> node.ask("metering.closeWallet", own, Map.of("wallet", wallet), null)))
                .isEqualTo("403 permission_denied");
    }

    @Test
    void another_tenants_wallet_is_not_there() {
        var stranger = MeterNode.administrator("ten_other");
        var path = Map.of("wallet", wallet);
        var change = new JsonObject().put("name", "Mine");
        for (var address : List.of("getWallet", "updateWallet", "closeWallet", "listWalletEntries", "redeemVoucher")) {
            assertThat(refusal(() -> node.ask("metering." + address, stranger, path, change)))
                    .as(address)
                    .isEqualTo("404 not_found");
        }
        assertThat(refusal(() -> node.ask("metering.getWallet", caller, path, null)))
                .isEqualTo("404 not_found");
        assertThat(node.ask("metering.listWallets", stranger, Map.of(), null).encode())
                .doesNotContain(wallet);
        assertThat(node.ask("metering.listWallets", caller, Map.of(), null).encode())
                .doesNotContain(wallet);
        for (var id : List.of("wal_", "wal_-1", "wal_x", "wal_99999999999", "7", "")) {
            assertThat(refusal(() -> node.ask("metering.getWallet", MeterNode.system(), Map.of("wallet", id), null)))
                    .isEqualTo("404 not_found");
        }
    }

    @Test
    void everybody_sees_their_own_wallet_and_may_redeem_vouchers_for_it() {
        var own = node.walletOf("account", caller.account(), caller.tenant(), UNIT);
        assertThat(node.ask("metering.getWallet", caller, Map.of("wallet", own), null)
                        .getString("balance"))
                .isEqualTo("1");
        assertThat(node.ask("metering.listWallets", caller, Map.of(), null).getJsonArray("data"))
                .hasSize(1);
        var code = new JsonObject().put("code", voucher("4", null));
        node.ask("metering.redeemVoucher", caller, Map.of("wallet", own), code);
        assertThat(node.balance(own)).isEqualTo(5 * UNIT);
    }

    private static String voucher(String amount, String expires) {
        var body = new JsonObject().put("amount", amount);
        if (expires != null) {
            body.put("expires_at", expires);
        }
        return node.ask("metering.createVouchers", MeterNode.system(), Map.of(), body)
                .getJsonArray("data")
                .getJsonObject(0)
                .getString("code");
    }

    @Test
    void a_voucher_that_fifty_redeem_at_once_is_redeemed_once() throws Exception {
        var code = new JsonObject().put("code", voucher("20", null));
        var refusals = atOnce(
                50, () -> node.ask("metering.redeemVoucher", MeterNode.system(), Map.of("wallet", wallet), code));
        assertThat(refusals).filteredOn("none"::equals).hasSize(1);
        assertThat(refusals).containsOnly("none", "409 voucher_redeemed");
        assertThat(node.balance(wallet)).isEqualTo(20 * UNIT);
    }

    @Test
    void a_voucher_that_is_unknown_or_has_expired_is_worth_nothing() throws Exception {
        var path = Map.of("wallet", wallet);
        var unknown = new JsonObject().put("code", "voucher_" + "a".repeat(24));
        assertThat(refusal(() -> node.ask("metering.redeemVoucher", MeterNode.system(), path, unknown)))
                .isEqualTo("404 not_found");
        var code = voucher("20", "2099-01-01T00:00:00Z");
        try (var connection = TestDatabase.connect(TestDatabase.url());
                var statement = connection.createStatement()) {
            statement.execute("update metering.vouchers set expires_at = now() - interval '1 second'"
                    + " where expires_at = '2099-01-01T00:00:00Z'");
            var stored = statement.executeQuery("select string_agg(v::text, ' ') from metering.vouchers v");
            stored.next();
            assertThat(stored.getString(1)).doesNotContain(code);
        }
        var expired = new JsonObject().put("code", code);
        assertThat(refusal(() -> node.ask("metering.redeemVoucher", MeterNode.system(), path, expired)))
                .isEqualTo("409 voucher_expired");
        assertThat(node.balance(wallet)).isZero();
    }

    @Test
    void a_wallet_that_is_closed_pays_back_what_is_left_and_takes_nothing() {
        topUp("7", UUID.randomUUID().toString());
        assertThat(node.spend(caller, UNIT)).isNull();
        var path = Map.of("wallet", wallet);
        var closed = node.ask("metering.closeWallet", MeterNode.system(), path, null);
        assertThat(closed.getString("closed_at")).isNotNull();
        assertThat(refusal(() -> topUp("1", UUID.randomUUID().toString()))).isEqualTo("409 wallet_closed");
        Await.until("all of it is back", () -> {
            node.ask("metering.closeWallet", MeterNode.system(), path, null);
            return node.balance(wallet) == 0;
        });
        // From now on they owe what they spend.
        Await.until("another pays", () -> node.spend(caller, UNIT) == null);
        node.wallet(caller.tenant(), 0);
        Await.until("the new wallet is empty", () -> node.spend(caller, UNIT) != null);
    }

    @Test
    void entries_are_all_moves_latest_first_page_by_page() {
        topUp("1", "first " + wallet);
        for (int i = 1; i <= 5; i++) {
            assertThat(node.spend(caller, i)).isNull();
        }
        Await.until("all is charged", () -> node.balance(wallet) == UNIT - 15);
        topUp("1", "second " + wallet);
        var amounts = new ArrayList<String>();
        var parameters = new HashMap<>(Map.of("wallet", wallet, "limit", "2"));
        for (int page = 0; page < 10; page++) {
            var entries = node.ask("metering.listWalletEntries", MeterNode.system(), parameters, null);
            entries.getJsonArray("data").forEach(entry -> amounts.add(((JsonObject) entry).getString("amount")));
            if (entries.getString("next") == null) {
                break;
            }
            parameters.put("after", entries.getString("next"));
        }
        assertThat(amounts)
                .containsExactly(
                        "1", "-0.000000005", "-0.000000004", "-0.000000003", "-0.000000002", "-0.000000001", "1");
    }
}
