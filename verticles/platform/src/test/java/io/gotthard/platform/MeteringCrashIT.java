package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Customer.Seen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The platform is killed while it works, and what its clients saw is compared with what the ledger says afterwards. */
@Tag("heavy")
class MeteringCrashIT {

    private static final int KILLS = Integer.getInteger("gotthard.kills", 20);
    private static final int CUSTOMERS = 24;

    @TempDir
    private Path temp;

    private final ScriptedUpstream upstream = PricedUpstream.start();
    private final String yaml = PricedUpstream.configuration(upstream, "metering: {fold: 500ms}");
    private Postgres postgres;
    private Ledger ledger;

    @BeforeEach
    void start() throws IOException {
        postgres = Postgres.start(Files.createDirectory(temp.resolve("database")), step -> {});
        ledger = new Ledger(postgres.url());
    }

    @AfterEach
    void stop() {
        postgres.close();
        upstream.close();
    }

    @Test
    void whatever_a_client_got_before_a_kill_is_charged_once_and_nothing_hangs() throws IOException {
        long seed = Long.getLong("gotthard.seed", System.nanoTime());
        System.out.println("kills with -Dgotthard.seed=" + seed);
        var chance = new Random(seed);
        var folder = Files.createDirectory(temp.resolve("platform"));
        var seen = new ArrayList<Seen>();
        var process = PlatformProcess.start(folder, yaml, postgres.url());
        var rich = Purse.with(process.admin(), "1000");
        var other = Purse.withGrace(process.admin(), "1000", "1");
        for (int kill = 0; kill < KILLS; kill++) {
            var crowd = Crowd.start(
                    CUSTOMERS, process.url(), List.of(rich.key(), other.key()), PricedUpstream.ALL, chance.nextLong());
            int enough = 1 + chance.nextInt(120);
            Await.until(enough + " answers", () -> crowd.answered() >= enough);
            LockSupport.parkNanos(Duration.ofMillis(chance.nextInt(40)).toNanos());
            process.kill();
            seen.addAll(crowd.join());
            assertThat(process.alarms()).isEmpty();
            process = PlatformProcess.start(folder, yaml, postgres.url());
            assertWhole(process, seen, rich, other);
        }
        report(seen);
        process.stop();
        assertThat(process.alarms()).isEmpty();
        assertWhole(null, seen, rich, other);
        assertThat(ledger.nodes())
                .as("nodes that are left when all have stopped")
                .isZero();
    }

    @Test
    void a_database_that_dies_with_the_platform_tells_the_same() throws IOException {
        var folder = Files.createDirectory(temp.resolve("platform"));
        var seen = new ArrayList<Seen>();
        for (int kill = 0; kill < 3; kill++) {
            var process = PlatformProcess.start(folder, yaml, null);
            var purse = Purse.with(process.admin(), "10");
            var crowd = Crowd.start(CUSTOMERS, process.url(), List.of(purse.key()), PricedUpstream.ALL, kill);
            Await.until("some answers", () -> crowd.answered() >= 50);
            process.kill();
            seen.addAll(crowd.join());
            process = PlatformProcess.start(folder, yaml, null);
            var embedded = new Ledger(process.databaseUrl());
            embedded.awaitClosed();
            assertOneChargeEach(embedded, seen);
            embedded.awaitBalanced(purse.wallet());
            process.kill();
        }
    }

    private void assertWhole(PlatformProcess process, List<Seen> seen, Purse... purses) {
        ledger.awaitClosed();
        assertOneChargeEach(ledger, seen);
        for (var purse : purses) {
            ledger.awaitBalanced(purse.wallet());
        }
        if (process != null) {
            assertThat(process.admin().post("/usage/verify", object()).ok().text())
                    .contains("\"ok\":true");
        }
    }

    private static void assertOneChargeEach(Ledger ledger, List<Seen> seen) {
        var charges = ledger.charges(seen.stream().map(Seen::requestId).toList());
        for (var one : seen) {
            var found = charges.get(one.requestId());
            if (one.answered()) {
                assertThat(found).as("charges of %s", one).hasSize(1);
            } else {
                assertThat(found).as("charges of %s", one).hasSizeLessThanOrEqualTo(1);
            }
            if (one.whole() && one.answered() && found.getFirst().outcome() == Ledger.SETTLED && reports(one.model())) {
                assertThat(found.getFirst().amount())
                        .as("the charge of %s", one)
                        .isEqualTo(PricedUpstream.COST);
            }
        }
    }

    private static boolean reports(String model) {
        return !model.equals(PricedUpstream.SILENT) && !model.equals(PricedUpstream.BROKEN);
    }

    private void report(List<Seen> seen) {
        var charges = ledger.charges(seen.stream().map(Seen::requestId).toList());
        var outcomes = new TreeMap<Integer, Integer>();
        charges.values().forEach(found -> found.forEach(charge -> outcomes.merge(charge.outcome(), 1, Integer::sum)));
        System.out.printf(
                "%d kills, %d requests, %d of them answered; charges by outcome (1 settled, 2 released, 3 unknown):"
                        + " %s%n",
                KILLS, seen.size(), seen.stream().filter(Seen::answered).count(), outcomes);
    }
}
