package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.ScriptedUpstream.Visit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of idempotency keys stand on: two nodes with one database and one upstream, whose answers can be held back. */
class OnTwoMeters {

    static final String GATED = "gated";
    static final String GATED_STREAM = "gated-stream";
    static final String FAILS_ONCE = "fails-once";
    static final String ENDLESS = "endless-stream";
    static final String USAGE =
            "{\"id\":\"1\",\"choices\":[],\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d}}"
                    .formatted(PricedUpstream.PROMPT_TOKENS, PricedUpstream.WORDS);

    @TempDir
    static Path temp;

    static ScriptedUpstream upstream;
    static Postgres postgres;
    static RunningPlatform one;
    static RunningPlatform two;
    static Ledger ledger;

    /** What holds the answers to a question back until a test opens it. */
    static final Map<String, CountDownLatch> GATES = new ConcurrentHashMap<>();

    final String key = UUID.randomUUID().toString();
    /** No other test says this. */
    final String says = "Hello " + UUID.randomUUID();

    Purse purse;

    @BeforeAll
    static void start() throws Exception {
        upstream = PricedUpstream.start()
                .on(GATED, visit -> {
                    awaitGate(visit);
                    PricedUpstream.answer(visit);
                })
                .on(GATED_STREAM, visit -> {
                    visit.open();
                    visit.word("first ");
                    awaitGate(visit);
                    visit.word("last");
                    visit.finish();
                    visit.event(USAGE);
                    visit.event("[DONE]");
                    visit.end();
                })
                .on(ENDLESS, visit -> {
                    visit.open();
                    visit.word("first ");
                    visit.silence();
                })
                .on(FAILS_ONCE, visit -> {
                    if (asked(FAILS_ONCE, visit) == 1) {
                        visit.json(400, "{\"error\":{\"message\":\"no\"}}");
                    } else {
                        PricedUpstream.answer(visit);
                    }
                });
        postgres = Postgres.start(temp, step -> {});
        var yaml = PricedUpstream.configuration(
                upstream, "metering: {fold: 500ms}\nexternal: {model: gated}\nidempotency: {grace: 2s}");
        one = RunningPlatform.start(yaml, postgres.url());
        two = RunningPlatform.start(yaml, postgres.url());
        ledger = new Ledger(postgres.url());
    }

    @AfterAll
    static void stop() {
        two.close();
        one.close();
        postgres.close();
        upstream.close();
    }

    @BeforeEach
    void somebody_with_money() {
        purse = Purse.with(new Hub(one.url(), RunningPlatform.KEY), "1");
    }

    static String said(Visit visit) {
        return visit.body.replaceAll("(?s).*\"content\":\"([^\"]*)\".*", "$1");
    }

    static void awaitGate(Visit visit) throws IOException {
        try {
            var gate = GATES.get(said(visit));
            if (gate != null && !gate.await(20, TimeUnit.SECONDS)) {
                throw new IOException("the test never opened the gate");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    static long asked(String model, Visit like) {
        return upstream.visits(model).stream()
                .filter(visit -> visit.body.equals(like.body))
                .count();
    }

    long asked(String model) {
        return upstream.visits(model).stream()
                .filter(visit -> said(visit).equals(says))
                .count();
    }

    CountDownLatch gate() {
        var gate = new CountDownLatch(1);
        GATES.put(says, gate);
        return gate;
    }

    KeyedClient client(RunningPlatform node) {
        return KeyedClient.of(purse, node.url());
    }

    /** All the wallet paid for is one answer. */
    void assertPaidOnce() {
        Await.until("one charge", () -> ledger.charged(purse.wallet()) > 0);
        ledger.awaitClosed();
        assertThat(ledger.charged(purse.wallet())).isEqualTo(PricedUpstream.COST);
        assertThat(charges()).isEqualTo(1);
    }

    long charges() {
        return ledger.number(
                "select count(*) from metering.charges c join metering.sources s on s.id = c.source where c.amount > 0"
                        + " and s.payer = " + purse.wallet());
    }
}
