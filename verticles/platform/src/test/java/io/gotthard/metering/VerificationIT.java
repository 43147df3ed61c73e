package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Checks of the ledger, in a database that may be broken. */
@Timeout(120)
class VerificationIT {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private TestUsage usage;
    private Verification verification;

    @BeforeEach
    void open() throws Exception {
        usage = new TestUsage();
        verification = new Verification(usage.database().pool(), registry);
    }

    @AfterEach
    void close() {
        usage.close();
    }

    private double findings() {
        return registry.get("gotthard.metering.verification.findings").gauge().value();
    }

    private JsonObject verify(Asker asker) {
        return asker.ask(usage.transactions(), verification::verify, new JsonObject());
    }

    @Test
    void nothing_is_known_before_the_first_check_and_then_that_all_is_well() {
        assertThat(findings()).isNaN();

        verification.tick().await();

        assertThat(findings()).isZero();
        assertThat(registry.get("gotthard.metering.verification.age").gauge().value())
                .isBetween(0.0, 120.0);
    }

    @Test
    void what_is_wrong_is_a_finding_on_every_node() {
        usage.run("insert into metering.balances (ledger_account, node, prepaid, amount) "
                + "values (metering.house('revenue'), 0, false, 5)");

        var found = verify(Asker.system());

        assertThat(found.getBoolean("ok")).isFalse();
        assertThat(found.getJsonArray("findings").encode()).contains("sum_is_zero");
        assertThat(findings()).isEqualTo(found.getJsonArray("findings").size());
        var others = new SimpleMeterRegistry();
        new Verification(usage.database().pool(), others).tick().await();
        assertThat(others.get("gotthard.metering.verification.findings").gauge().value())
                .isEqualTo(findings());
    }

    @Test
    void it_is_checked_once_however_many_nodes_look() {
        for (int i = 0; i < 3; i++) {
            new Verification(usage.database().pool(), new SimpleMeterRegistry())
                    .tick()
                    .await();
        }

        var checks = usage.database()
                .pool()
                .query("select count(*) from metering.verifications")
                .execute()
                .await();
        assertThat(checks.iterator().next().getLong(0)).isOne();
    }

    @Test
    void a_database_that_is_away_fails_no_check() {
        usage.database().close().await();

        verification.tick().await();

        assertThat(findings()).isNaN();
    }

    @Test
    void only_system_administrators_check() {
        assertThatThrownBy(() -> verify(Asker.of("usr_a", "ten_a", "gotthard.admin.>")))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(403));
    }
}
