package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Customer.Seen;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The database goes away while requests are served: by closing its connections, by not answering any more, and by dying. */
@Tag("heavy")
class MeteringOutageIT {

    private static final String SETTINGS = "metering: {fold: 500ms, commit_timeout: 1s}";
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private static Path temp;

    private static Postgres postgres;
    private static ScriptedUpstream upstream;
    private static String yaml;
    private static Ledger ledger;

    private final Detour detour = Detour.to(URI.create(postgres.url()).getPort());
    private PlatformProcess platform;
    private Path folder;

    @BeforeAll
    static void startDatabase() throws IOException {
        postgres = Postgres.start(temp, step -> {});
        ledger = new Ledger(postgres.url());
        upstream = PricedUpstream.start();
        yaml = PricedUpstream.configuration(upstream, SETTINGS);
    }

    @AfterAll
    static void stopDatabase() {
        upstream.close();
        postgres.close();
    }

    @BeforeEach
    void start() throws IOException {
        folder = Files.createTempDirectory(temp, "platform");
        platform = startPlatform();
    }

    @AfterEach
    void stop() {
        detour.mend();
        platform.close();
        detour.close();
    }

    private PlatformProcess startPlatform() {
        var own = ":" + URI.create(postgres.url()).getPort() + "/";
        return PlatformProcess.start(folder, yaml, postgres.url().replace(own, ":" + detour.port() + "/"));
    }

    @Test
    void strict_keys_are_refused_soon_and_served_again_when_it_is_back() {
        for (Runnable outage : List.<Runnable>of(detour::cut, detour::freeze)) {
            var purse = Purse.with(platform.admin(), "10");
            var crowd = Crowd.start(8, platform.url(), List.of(purse.key()), PricedUpstream.ALL, 1);
            Await.until("some answers", () -> crowd.answered() >= 40);
            outage.run();
            long away = System.nanoTime();
            Await.until("refusals", SOON, () -> crowd.since(away, 503) >= 40);
            long noticed = System.nanoTime();
            Await.until("more refusals", SOON, () -> crowd.since(noticed, 503) >= 40);
            long back = System.nanoTime();
            detour.mend();
            long mended = System.nanoTime();
            Await.until("answers again", SOON, () -> crowd.since(mended, 200) >= 40);
            var seen = crowd.stop();
            // Before it was noticed some may be: what was charged already when its commit did not come is kept on disk.
            assertThat(seen).as("answers without a ledger").noneMatch(one -> one.answeredBetween(noticed, back));
            assertCharged(seen, purse);
        }
    }

    @Test
    void grace_keys_go_on_up_to_their_allowance_and_pay_for_it_afterwards() {
        for (Runnable outage : List.<Runnable>of(detour::cut, detour::freeze)) {
            // What a node may give out is enough for some requests, but not for all.
            var purse = Purse.withGrace(platform.admin(), "10", "0.05");
            var seen = new ArrayList<Seen>();
            try (var customer = purse.customer()) {
                seen.add(customer.ask(PricedUpstream.WHOLE));
                outage.run();
                Await.until("the allowance is used up", () -> {
                    seen.add(customer.ask(PricedUpstream.WHOLE));
                    return seen.getLast().status() == 503;
                });
                // One was answered before, and one or two before the outage was noticed; of the last one the highest
                // cost had to fit.
                long fits = PricedUpstream.nanos("0.05") / PricedUpstream.COST;
                assertThat(seen.stream().filter(Seen::answered).count()).isBetween(fits - 2, fits + 3);
                assertThat(ledger.charges(List.of(seen.get(5).requestId()))
                                .get(seen.get(5).requestId()))
                        .as("what can't be in the ledger yet")
                        .isEmpty();
                detour.mend();
                Await.until("it is back", SOON, () -> {
                    seen.add(customer.ask(PricedUpstream.WHOLE));
                    return seen.getLast().answered();
                });
            }
            assertCharged(seen, purse);
            Await.until("no spool is left", () -> spooled() == 0);
        }
    }

    @Test
    void what_was_given_on_grace_beyond_what_there_was_leaves_the_wallet_with_nothing_and_the_ledger_whole() {
        var purse = Purse.withGrace(platform.admin(), "0.01", "0.03");
        var crowd = Crowd.start(4, platform.url(), List.of(purse.key()), List.of(PricedUpstream.WHOLE), 3);
        Await.until("an answer", () -> crowd.answered() >= 1);
        detour.cut();
        Await.until("more than there is money for", () -> crowd.answered() >= 20);
        Await.until("the allowance is used up", () -> count(crowd, 503) >= 20);
        detour.mend();
        Await.until("there is no money", () -> count(crowd, 429) >= 20);
        assertCharged(crowd.stop(), purse);
        assertThat(ledger.left(purse.wallet())).isZero();
    }

    @Test
    void what_was_given_on_grace_survives_a_kill_and_strict_keys_got_nothing_beyond_the_ledger() throws IOException {
        var strict = Purse.with(platform.admin(), "10");
        var grace = Purse.withGrace(platform.admin(), "10", "5");
        var seen = new ArrayList<Seen>();
        for (int round = 0; round < 3; round++) {
            var crowd = Crowd.start(12, platform.url(), List.of(strict.key(), grace.key()), PricedUpstream.ALL, round);
            Await.until("some answers", () -> crowd.answered() >= 30);
            detour.cut();
            long away = System.nanoTime();
            Await.until("strict keys are refused", SOON, () -> crowd.since(away, 503) >= 10);
            Await.until("grace keys are served", SOON, () -> crowd.since(away, 200) >= 20);
            platform.kill();
            seen.addAll(crowd.join());
            detour.mend();
            platform = startPlatform();
            assertCharged(seen, strict.at(platform.url()), grace.at(platform.url()));
            assertThat(spooled()).isZero();
        }
    }

    @Test
    void a_database_that_dies_and_starts_again_is_used_again() {
        var strict = Purse.with(platform.admin(), "10");
        var grace = Purse.withGrace(platform.admin(), "10", "5");
        var crowd = Crowd.start(12, platform.url(), List.of(strict.key(), grace.key()), PricedUpstream.ALL, 7);
        for (int death = 0; death < 3; death++) {
            long begun = System.nanoTime();
            Await.until("some answers", SOON, () -> crowd.since(begun, 200) >= 40);
            var server = postgres.process();
            server.destroyForcibly();
            PostgresChild.awaitEnd(server);
            Await.until("it runs again", () -> !postgres.process().equals(server) && isUp());
        }
        long back = System.nanoTime();
        Await.until("answers again", SOON, () -> crowd.since(back, 200) >= 40);
        assertCharged(crowd.stop(), strict, grace);
    }

    private static boolean isUp() {
        try (var connection = TwoNodes.connect(postgres.url())) {
            return connection.isValid(1);
        } catch (java.sql.SQLException e) {
            return false;
        }
    }

    private static long count(Crowd crowd, int status) {
        return crowd.seen().stream().filter(one -> one.status() == status).count();
    }

    private long spooled() throws IOException {
        try (var files = Files.walk(folder.resolve("data"))) {
            return files.filter(file -> file.getFileName().toString().contains("spool"))
                    .filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private void assertCharged(List<Seen> seen, Purse... purses) {
        ledger.awaitClosed();
        for (var one : seen) {
            if (one.answered()) {
                assertThat(ledger.charge(one.requestId()).outcome()).isBetween(1, 3);
            }
        }
        var charges = ledger.charges(seen.stream().map(Seen::requestId).toList());
        assertThat(charges.values()).allSatisfy(found -> assertThat(found).hasSizeLessThanOrEqualTo(1));
        for (var purse : purses) {
            ledger.awaitBalanced(purse.wallet());
        }
        assertThat(platform.admin().post("/usage/verify", object()).ok().json().getBoolean("ok"))
                .isTrue();
    }
}
