package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Usage;
import io.gotthard.platform.Customer.Seen;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each fault of an upstream, for whole answers and for streams, with one target and with two, handed on at once and when whole: the
 * client gets a complete answer or a clear error, soon, and is charged once and for what it got.
 */
@Tag("heavy")
class FaultsIT {

    /** "Hello" as a message of a user: one token, and what a chat's format adds. */
    private static final int ASKED_TOKENS = 8;

    /** "Hello ", "you " and the last space. */
    private static final int HALF_TOKENS = 3;

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String DONE = "data: [DONE]\n\n";

    private static ScriptedUpstream upstream;
    private static Shop shop;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        var models = new StringBuilder();
        var upstreams = new StringBuilder(
                "  nowhere: {protocol: openai, url: \"http://127.0.0.1:%d/v1\"}\n".formatted(closed()));
        for (var one : cases()) {
            upstream.on(one.model(), one.fault().script());
            upstream.on(one.other(), visit -> PricedUpstream.answer(visit, one.streaming()));
            models.append(one.configuration());
        }
        cases().stream()
                .map(FaultCase::upstream)
                .distinct()
                .filter(name -> !name.equals("nowhere"))
                .forEach(name -> upstreams.append(upstream.entry(name, "")));
        upstreams.append(upstream.entry("good", ""));
        shop = Shop.open(upstream, "upstreams:\n" + upstreams + "models:\n" + models);
    }

    @AfterAll
    static void stop() {
        shop.close();
    }

    static List<FaultCase> cases() {
        return FaultCase.all();
    }

    /** A port that nobody listens on. */
    private static int closed() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void the_client_gets_a_complete_answer_or_a_clear_error_and_pays_for_what_it_got(FaultCase one) {
        long began = System.nanoTime();
        var seen = shop.ask(one.model());
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
        switch (one.result()) {
            case ANSWER, ANSWER_OF_ANOTHER -> assertAnswered(one, seen);
            case ERROR -> assertError(one, seen);
            case BROKEN_OFF -> assertBrokenOff(one, seen);
        }
        assertThat(seen.text()).doesNotContain(ScriptedUpstream.KEY, "internal", "never", "the end");
        assertThat(seen.headers()).containsEntry("x-gotthard-attempts", Integer.toString(one.attempts()));
        assertAsked(one);
        assertReceipt(one, seen);
    }

    private static void assertAnswered(FaultCase one, Seen seen) {
        assertThat(seen.status()).as(seen.text()).isEqualTo(200);
        assertThat(seen.whole()).isTrue();
        assertThat(seen.headers()).containsEntry("x-gotthard-target", answering(one));
        if (one.streaming()) {
            assertThat(seen.text()).endsWith(DONE).doesNotContain("Hello", "\"error\"");
            assertThat(seen.text().split("word ", -1)).hasSize(PricedUpstream.WORDS + 1);
            assertThat(seen.text().split("\"finish_reason\":\"stop\"", -1)).hasSize(2);
            events(seen)
                    .forEach(event ->
                            assertThat(event.getString("model", one.model())).isEqualTo(one.model()));
            assertThat(events(seen).getFirst().getString("model")).isEqualTo(one.model());
        } else {
            var json = new JsonObject(seen.text());
            assertThat(json.getString("model")).isEqualTo(one.model());
            assertThat(json.getJsonArray("choices").getJsonObject(0).getString("finish_reason"))
                    .isEqualTo("stop");
        }
        assertCharged(seen, Ledger.SETTLED, Usage.Source.REPORTED, PricedUpstream.COST);
    }

    private static String answering(FaultCase one) {
        return one.result() == FaultCase.Result.ANSWER_OF_ANOTHER ? "good" : one.upstream();
    }

    private static void assertError(FaultCase one, Seen seen) {
        assertThat(seen.status()).as(seen.text()).isEqualTo(one.fault().status());
        assertThat(seen.headers()).containsEntry("content-type", "application/json");
        assertShape(new JsonObject(seen.text()));
        assertThat(seen.text()).doesNotContain("finish_reason", "[DONE]", "Hello");
        assertCharged(seen, Ledger.RELEASED, Usage.Source.NONE, 0);
    }

    private static void assertShape(JsonObject json) {
        assertThat(json.fieldNames()).containsExactly("error");
        var error = json.getJsonObject("error");
        assertThat(error.fieldNames()).containsExactlyInAnyOrder("message", "type", "param", "code");
        assertThat(error.getString("message")).isNotBlank();
        assertThat(error.getString("code")).isNotBlank();
    }

    private static void assertBrokenOff(FaultCase one, Seen seen) {
        assertThat(seen.status()).isEqualTo(200);
        assertThat(seen.headers()).containsEntry("x-gotthard-target", "bad");
        assertThat(seen.text()).contains("Hello ", "you ").doesNotContain("finish_reason\":\"", "[DONE]");
        assertShape(events(seen).getLast());
        assertThat(events(seen).getFirst().getString("model")).isEqualTo(one.model());
        long cost = PricedUpstream.nanos(PricedUpstream.REQUEST) + 1_000L * ASKED_TOKENS + 2_000L * HALF_TOKENS;
        assertCharged(seen, Ledger.SETTLED, Usage.Source.COUNTED, cost);
    }

    private static List<JsonObject> events(Seen seen) {
        var events = new ArrayList<JsonObject>();
        Arrays.stream(seen.text().split("\n\n"))
                .filter(event -> event.startsWith("data: {"))
                .forEach(event -> events.add(new JsonObject(event.substring("data: ".length()))));
        return events;
    }

    private static void assertCharged(Seen seen, int outcome, Usage.Source source, long amount) {
        var charge = shop.ledger().charge(seen.requestId());
        assertThat(charge.outcome()).as("%s of %s", charge, seen).isEqualTo(outcome);
        assertThat(charge.counted())
                .as("%s of %s", charge, seen)
                .isEqualTo(List.of(Usage.Source.values()).indexOf(source));
        assertThat(charge.amount()).as("%s of %s", charge, seen).isEqualTo(amount);
    }

    private static void assertAsked(FaultCase one) {
        assertThat(upstream.visits(one.model())).hasSize(one.asked());
        assertThat(upstream.visits(one.other())).hasSize(one.result() == FaultCase.Result.ANSWER_OF_ANOTHER ? 1 : 0);
        // Nobody is left waiting for a failed attempt.
        assertThat(upstream.visits(one.model())).allSatisfy(ScriptedUpstream.Visit::awaitClosed);
    }

    private static void assertReceipt(FaultCase one, Seen seen) {
        var receipt = shop.receipt(seen);
        assertThat(receipt.getInteger("attempts")).isEqualTo(one.attempts());
        assertThat(receipt.getString("model")).isEqualTo(one.model());
        switch (one.result()) {
            case ERROR -> assertThat(receipt.getString("outcome")).isEqualTo("released");
            case ANSWER, BROKEN_OFF, ANSWER_OF_ANOTHER ->
                assertThat(receipt.getString("upstream")).isEqualTo(answering(one));
        }
    }

    @Test
    void all_of_it_adds_up_and_nothing_surprises_the_log() {
        shop.ledger().awaitBalanced(shop.purse().wallet());
        assertThat(shop.log().alarms()).isEmpty();
        assertThat(shop.log().lines()).allSatisfy(line -> assertThat(line).doesNotContain(ScriptedUpstream.KEY));
    }
}
