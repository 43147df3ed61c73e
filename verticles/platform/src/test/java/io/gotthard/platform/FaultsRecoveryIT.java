package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Customer.Seen;
import io.gotthard.platform.ScriptedUpstream.Script;
import io.gotthard.platform.ScriptedUpstream.Visit;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What becomes of targets that fail, and of those who ask them meanwhile: nobody waits for what is broken, or keeps off what works. */
@Tag("heavy")
class FaultsRecoveryIT {

    private static final Duration SECONDS = Duration.ofSeconds(8);

    /** What each target does at the moment. */
    private static final Map<String, Script> PLAYS = new ConcurrentHashMap<>();

    private static Shop shop;

    @BeforeAll
    static void start() {
        var upstream = ScriptedUpstream.start();
        var targets = Stream.of(
                "out",
                "out-alone",
                "in-doubt",
                "keyless",
                "keyless-2",
                "limited",
                "limited-long",
                "quiet",
                "big",
                "short",
                "cut-off");
        targets.forEach(name -> {
            PLAYS.put(name, FaultsRecoveryIT::answers);
            upstream.on(name, visit -> PLAYS.get(name).play(visit));
        });
        upstream.on("other", FaultsRecoveryIT::answers);
        var models = """
            models:
              out: {kind: chat, strategy: priority, targets: [%1$sout}, %1$sother}], %2$s}
              out-alone: {kind: chat, targets: [%1$sout-alone}], retries: {attempts: 1}, %2$s}
              in-doubt: {kind: chat, targets: [%1$sin-doubt}], retries: {attempts: 1}, %2$s}
              keyless: {kind: chat, strategy: priority, targets: [%3$skeyless}, %1$sother}], %2$s}
              keyless-2: {kind: chat, strategy: priority, targets: [%3$skeyless-2}, %1$sother}], %2$s}
              limited: {kind: chat, targets: [%1$slimited}], %2$s}
              limited-long: {kind: chat, strategy: priority, targets: [%1$slimited-long}, %1$sother}], %2$s}
              quiet-stream: {kind: chat, strategy: priority, targets: [%1$squiet}, %1$sother}], %2$s, deadlines: {headers: 400ms}}
              big: {kind: chat, targets: [%1$sbig}], fallbacks: [small], retries: {attempts: 1}, %2$s}
              small: {kind: chat, targets: [%1$sother}], %2$s}
              short: {kind: chat, targets: [%1$sshort}], larger: [small], %2$s}
            """.formatted(
                "{upstream: one, model: internal/", PricedUpstream.PRICE, "{upstream: refusing, model: internal/");
        shop = Shop.open(
                upstream,
                "external: {model: out-alone}\nupstreams:\n" + upstream.entry("one", "")
                        + upstream.entry("refusing", "") + models);
    }

    @AfterAll
    static void stop() {
        shop.close();
    }

    private static void answers(Visit visit) throws java.io.IOException {
        PricedUpstream.answer(visit, visit.body.contains("\"stream\":true"));
    }

    private static void fails(Visit visit) throws java.io.IOException {
        visit.json(500, "{}");
    }

    private static String target(Seen seen) {
        assertThat(seen.status()).as(seen.text()).isEqualTo(200);
        return seen.headers().get("x-gotthard-target");
    }

    private static int asked(String target) {
        return shop.upstream().visits(target).size();
    }

    @Test
    void what_broke_too_often_is_left_alone_and_is_back_within_seconds() {
        PLAYS.put("out", FaultsRecoveryIT::fails);
        for (int i = 0; i < 5; i++) {
            assertThat(shop.ask("out").headers()).containsEntry("x-gotthard-attempts", "2");
        }
        int before = asked("out");
        for (int i = 0; i < 5; i++) {
            var seen = shop.ask("out");
            assertThat(seen.status()).isEqualTo(200);
        }
        // One at most was a trial.
        assertThat(asked("out") - before).isLessThanOrEqualTo(1);
        assertThat(shop.log().lines()).anyMatch(line -> line.contains("Upstream one is out of service for model out"));

        PLAYS.put("out", FaultsRecoveryIT::answers);
        int seen = shop.upstream().visits("other").size();
        Await.until("the target is asked again", SECONDS, () -> {
            assertThat(shop.ask("out").status()).isEqualTo(200);
            return asked("out") - before >= 3;
        });
        assertThat(shop.upstream().visits("other").size()).isGreaterThanOrEqualTo(seen);
        assertThat(shop.ask("out").headers()).containsEntry("x-gotthard-attempts", "1");
    }

    @Test
    void if_there_is_no_other_the_client_hears_at_once_when_to_come_back() {
        PLAYS.put("out-alone", FaultsRecoveryIT::fails);
        for (int i = 0; i < 5; i++) {
            assertThat(shop.ask("out-alone").status()).isEqualTo(502);
        }
        int before = asked("out-alone");
        var refused = shop.ask("out-alone");
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.headers()).containsKey("retry-after").containsEntry("x-gotthard-attempts", "0");
        assertThat(asked("out-alone")).isEqualTo(before);
        shop.assertSettled(refused, 0, 0);

        PLAYS.put("out-alone", FaultsRecoveryIT::answers);
        Await.until("an answer", SECONDS, () -> shop.ask("out-alone").status() == 200);
    }

    @Test
    void one_request_at_a_time_tries_whether_it_works_again() {
        PLAYS.put("in-doubt", FaultsRecoveryIT::fails);
        for (int i = 0; i < 5; i++) {
            shop.ask("in-doubt");
        }
        var go = new CompletableFuture<Void>();
        PLAYS.put("in-doubt", visit -> {
            go.join();
            answers(visit);
        });
        int before = asked("in-doubt");
        var trial = CompletableFuture.runAsync(
                () -> Await.until("a trial", SECONDS, () -> shop.ask("in-doubt").status() == 200));
        shop.upstream().visit("in-doubt", before + 1);
        for (int i = 0; i < 5; i++) {
            assertThat(shop.ask("in-doubt").status()).isEqualTo(502);
        }
        assertThat(asked("in-doubt")).isEqualTo(before + 1);
        go.complete(null);
        trial.join();
        assertThat(shop.ask("in-doubt").status()).isEqualTo(200);
    }

    @Test
    void refused_credentials_take_the_key_out_with_an_alarm_until_they_are_taken_again() {
        PLAYS.put("keyless", visit -> visit.json(401, "{}"));
        PLAYS.put("keyless-2", visit -> visit.json(401, "{}"));
        var first = shop.ask("keyless");
        assertThat(target(first)).isEqualTo("one");
        assertThat(first.headers()).containsEntry("x-gotthard-attempts", "2");
        // It is the key that is bad: so another model of this upstream is not asked either.
        assertThat(shop.ask("keyless-2").headers()).containsEntry("x-gotthard-attempts", "1");
        assertThat(asked("keyless-2")).isZero();
        assertThat(shop.log().lines())
                .anyMatch(line -> line.startsWith("WARN") && line.contains("refusing refuses our credentials"));
        assertThat(gauge("refusing/internal/keyless")).isEqualTo(3);
        assertThat(gauge("refusing/internal/keyless-2")).isEqualTo(3);

        PLAYS.put("keyless", FaultsRecoveryIT::answers);
        PLAYS.put("keyless-2", FaultsRecoveryIT::answers);
        Await.until(
                "the key is taken", SECONDS, () -> target(shop.ask("keyless")).equals("refusing"));
        Await.until(
                "the key is taken", SECONDS, () -> target(shop.ask("keyless-2")).equals("refusing"));
        assertThat(gauge("refusing/internal/keyless")).isZero();
    }

    private static double gauge(String target) {
        try (var client = RawClient.to(shop.platform().url())) {
            var metrics =
                    client.send(RawClient.bare("GET", "/metrics")).answer().text();
            return metrics.lines()
                    .filter(line ->
                            line.startsWith("gotthard_models_target_state") && line.contains("\"" + target + "\""))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(metrics));
        }
    }

    @Test
    void a_short_time_to_wait_is_waited() {
        PLAYS.put("limited", visit -> {
            if (asked("limited") % 2 == 1) {
                visit.answer(429, "application/json\r\nretry-after: 1", "{}");
            } else {
                answers(visit);
            }
        });
        long began = System.nanoTime();
        var seen = shop.ask("limited");
        assertThat(seen.status()).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        shop.assertSettled(seen, 2, PricedUpstream.COST);
    }

    @Test
    void a_long_time_to_wait_is_spent_with_another() {
        PLAYS.put("limited-long", visit -> visit.answer(429, "application/json\r\nretry-after: 30", "{}"));
        long began = System.nanoTime();
        assertThat(shop.ask("limited-long").headers()).containsEntry("x-gotthard-attempts", "2");
        for (int i = 0; i < 3; i++) {
            assertThat(shop.ask("limited-long").headers()).containsEntry("x-gotthard-attempts", "1");
        }
        assertThat(asked("limited-long")).isEqualTo(1);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SECONDS);
    }

    @Test
    void who_was_silent_is_not_asked_first_again() {
        PLAYS.put("quiet", Visit::silence);
        assertThat(shop.ask("quiet-stream").headers()).containsEntry("x-gotthard-attempts", "2");
        for (int i = 0; i < 3; i++) {
            assertThat(shop.ask("quiet-stream").headers()).containsEntry("x-gotthard-attempts", "1");
        }
        assertThat(asked("quiet")).isEqualTo(1);
        PLAYS.put("quiet", FaultsRecoveryIT::answers);
        Await.until("it is asked again", Duration.ofSeconds(15), () -> {
            shop.ask("quiet-stream");
            return asked("quiet") >= 3;
        });
    }

    @Test
    void a_fallback_answers_under_its_own_name() {
        PLAYS.put("big", FaultsRecoveryIT::fails);
        var seen = shop.ask("big");
        assertThat(seen.text()).contains("\"model\":\"small\"").doesNotContain("\"big\"");
        assertThat(seen.headers()).containsEntry("x-gotthard-attempts", "2");
        shop.assertSettled(seen, 2, PricedUpstream.COST);
        var receipt = shop.receipt(seen);
        assertThat(receipt.getString("asked")).isEqualTo("big");
        assertThat(receipt.getString("model")).isEqualTo("small");
        assertThat(receipt.getString("upstream")).isEqualTo(seen.headers().get("x-gotthard-target"));
        assertThat(receipt.getInteger("attempts")).isEqualTo(2);
    }

    @Test
    void what_is_too_long_goes_to_a_larger_model() {
        PLAYS.put(
                "short",
                visit -> visit.json(
                        400, "{\"error\":{\"message\":\"Too long.\",\"code\":\"context_length_exceeded\"}}"));
        var seen = shop.ask("short");
        assertThat(seen.text()).contains("\"model\":\"small\"");
        assertThat(asked("short")).isEqualTo(1);
        shop.assertSettled(seen, 2, PricedUpstream.COST);
    }
}
