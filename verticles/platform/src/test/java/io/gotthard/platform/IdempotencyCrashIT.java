package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.KeyedClient.Reading;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a key when the node that has claimed it is killed, and when nothing can be claimed. */
@Tag("heavy")
class IdempotencyCrashIT {

    private static final String HELD = "held-stream";

    /** Of so many requests each event loop had one, and knows who asks. */
    private static final int KNOWN = 16;

    @TempDir
    private static Path temp;

    private static ScriptedUpstream upstream;
    private static Postgres postgres;
    private static String yaml;
    private static Ledger ledger;

    private final String key = UUID.randomUUID().toString();

    @BeforeAll
    static void start() throws Exception {
        upstream = PricedUpstream.start().on(HELD, visit -> {
            visit.open();
            visit.word("first ");
            if (upstream.visits(HELD).size() == 1) {
                visit.silence();
            }
            visit.finish();
            visit.event("[DONE]");
            visit.end();
        });
        postgres = Postgres.start(temp, step -> {});
        yaml = PricedUpstream.configuration(upstream, "metering: {fold: 500ms}\nhttp: {ping: 1s}");
        ledger = new Ledger(postgres.url());
    }

    @AfterAll
    static void stop() {
        upstream.close();
        postgres.close();
    }

    @Test
    void when_the_node_is_killed_the_next_request_is_a_new_one() throws Exception {
        try (var survivor = RunningPlatform.start(yaml, postgres.url())) {
            var purse = Purse.with(new Hub(survivor.url(), RunningPlatform.KEY), "1");
            var victim = PlatformProcess.start(Files.createDirectory(temp.resolve("victim")), yaml, postgres.url());
            try (var first = KeyedClient.of(purse, victim.url()).ask(key, HELD, true, "Hello")) {
                first.until("first ");
                // Claimed, and not answered.
                try (var waiting = KeyedClient.of(purse, survivor.url()).ask(key, HELD, true, "Hello")) {
                    assertThat(waiting.until(": ping")).doesNotContain("first");
                    victim.kill();
                    assertThat(broken(first)).isTrue();
                    assertThat(waiting.until("[DONE]")).contains("first ").contains("[DONE]");
                }
            }
            assertThat(upstream.visits(HELD)).hasSize(2);
            ledger.awaitClosed();
            assertThat(ledger.number(
                            "select count(*) from metering.charges c join metering.sources s on s.id = c.source"
                                    + " where c.outcome = 1 and s.payer = " + purse.wallet()))
                    .isEqualTo(1);
            ledger.awaitBalanced(purse.wallet());
        }
    }

    private static boolean broken(Reading reading) {
        try {
            return !reading.rest().contains("[DONE]");
        } catch (UncheckedIOException gone) {
            return true;
        }
    }

    @Test
    void while_the_database_is_away_a_wallet_with_grace_goes_on_and_its_own_node_knows_the_key() {
        try (var detour = Detour.to(URI.create(postgres.url()).getPort())) {
            var own = ":" + URI.create(postgres.url()).getPort() + "/";
            var url = postgres.url().replace(own, ":" + detour.port() + "/");
            try (var node = RunningPlatform.start(yaml, url)) {
                var purse = Purse.withGrace(new Hub(node.url(), RunningPlatform.KEY), "1", "0.5");
                var client = KeyedClient.of(purse, node.url());
                for (int i = 0; i < KNOWN; i++) {
                    try (var known = client.ask(key + i, PricedUpstream.WHOLE, false, "Hello")) {
                        assertThat(known.status()).isEqualTo(200);
                    }
                }
                detour.cut();
                for (boolean again : new boolean[] {false, true}) {
                    try (var answer = client.ask(key, PricedUpstream.WHOLE, false, "Hello again")) {
                        assertThat(answer.rest()).contains("Hello");
                        assertThat(answer.isReplayed()).isEqualTo(again);
                    }
                }
                detour.mend();
                Await.until(
                        "each is charged once",
                        () -> ledger.charged(purse.wallet()) == (KNOWN + 1) * PricedUpstream.COST);
                ledger.awaitBalanced(purse.wallet());
            }
        }
    }
}
