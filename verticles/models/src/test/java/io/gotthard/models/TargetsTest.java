package io.gotthard.models;

import static io.gotthard.models.Plays.DONE;
import static io.gotthard.models.Plays.FINISH;
import static io.gotthard.models.Plays.ROLE;
import static io.gotthard.models.Plays.word;
import static io.gotthard.models.RouteAsker.chat;
import static io.gotthard.models.RouteAsker.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Outcome;
import io.gotthard.contracts.Outcome.End;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several requests: what each makes of what befell those before it, and by which names it asks. */
@Timeout(60)
class TargetsTest {

    private static final String TWO = "targets: [{upstream: a, model: x}, {upstream: b, model: y}], strategy: priority";

    private final Settled settled = new Settled();
    private RouteAsker asker;

    private void models(String yaml) {
        asker = new RouteAsker(settled, List.of("a", "b", "c"), yaml);
    }

    @AfterEach
    void nothing_is_settled_twice() {
        asker.close();
        settled.assertNothing();
    }

    @Test
    void what_broke_too_often_is_not_asked_until_it_is_tried_and_works() throws Exception {
        models("m: {kind: chat, %s, breaker: {failures: 2, open: 400ms, longest: 400ms}}".formatted(TWO));
        asker.server("a").plays(Plays.status(500));
        for (int i = 0; i < 2; i++) {
            assertThat(asker.target(chat("m", false))).isEqualTo("b");
            assertThat(settled.next().attempts()).isEqualTo(2);
        }
        assertThat(asker.target(chat("m", false))).isEqualTo("b");
        assertThat(settled.next().attempts()).isEqualTo(1);
        assertThat(state("a/x")).isEqualTo(2);

        asker.server("a").plays(Plays.good("a"));
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!"a".equals(asker.target(chat("m", false))) && System.nanoTime() < patience) {
            assertThat(settled.next().attempts()).isEqualTo(1);
        }
        assertThat(settled.next().attempts()).isEqualTo(1);
        assertThat(state("a/x")).isZero();
        assertThat(attempts("a/x", "broken")).isEqualTo(2);
        assertThat(attempts("a/x", "completed")).isEqualTo(1);
    }

    private double state(String target) {
        return asker.registry
                .get("gotthard.models.target.state")
                .tag("target", target)
                .gauge()
                .value();
    }

    private double attempts(String target, String outcome) {
        return asker.registry
                .get("gotthard.models.attempts")
                .tags("model", "m", "target", target, "outcome", outcome)
                .counter()
                .count();
    }

    @Test
    void if_the_only_target_is_out_the_client_hears_of_it_at_once() throws Exception {
        models("m: {kind: chat, targets: [{upstream: a, model: x}], retries: {attempts: 1},"
                + " breaker: {failures: 1, open: 30s, longest: 30s}}");
        asker.server("a").plays(Plays.status(500));
        asker.failure(chat("m", false));
        assertThat(settled.next().attempts()).isEqualTo(1);
        var failure = asker.failure(chat("m", true));
        assertThat(failure).returns(502, Failure::status).returns("upstream_error", Failure::code);
        assertThat(failure.retryAfterMillis()).isBetween(20_000L, 30_001L);
        assertThat(settled.next()).returns(End.FAILED, Outcome::end).returns(0, Outcome::attempts);
        assertThat(asker.server("a").count()).isEqualTo(1);
    }

    @Test
    void refused_credentials_take_a_target_out_at_once() throws Exception {
        models("m: {kind: chat, %s}".formatted(TWO));
        asker.server("a").plays(Plays.status(401));
        for (int i = 0; i < 3; i++) {
            assertThat(asker.target(chat("m", false))).isEqualTo("b");
            settled.next();
        }
        assertThat(asker.server("a").count()).isEqualTo(1);
        assertThat(state("a/x")).isEqualTo(3);
    }

    @Test
    void what_fell_silent_is_not_asked_first_again() throws Exception {
        models("m: {kind: chat, %s, deadlines: {headers: 300ms}}".formatted(TWO));
        asker.server("a").plays(Plays.silence());
        for (int i = 0; i < 3; i++) {
            assertThat(asker.target(chat("m", true))).isEqualTo("b");
            assertThat(settled.next().attempts()).isEqualTo(i == 0 ? 2 : 1);
        }
    }

    @Test
    void a_model_that_a_client_makes_up_puts_no_wildcard_out() throws Exception {
        models("'any/*': {kind: chat, targets: [{upstream: a, model: 'x-*'}], breaker: {failures: 2}}");
        asker.server("a").plays(Plays.status(404));
        for (int i = 0; i < 5; i++) {
            assertThat(asker.failure(chat("any/thing", false)).code()).isEqualTo("upstream_model_not_found");
            assertThat(asker.server("a").asked().getString("model")).isEqualTo("x-thing");
            settled.next();
        }
        asker.server("a").plays(Plays.good("a"));
        assertThat(text(asker.answers(chat("any/other", false)))).contains("\"model\":\"any/other\"");
        settled.next();
        for (var bad : List.of("any/", "any/*", "any/../x", "any/ö", "any/" + "x".repeat(300), "other")) {
            assertThat(asker.failure(chat(bad, false)).status()).isEqualTo(404);
        }
        assertThat(asker.registry
                        .find("gotthard.models.attempts")
                        .tag("model", "any/thing")
                        .counter())
                .isNull();
    }

    @Test
    void an_alias_is_another_name_and_the_answer_says_the_real_one() throws Exception {
        models("m: {kind: chat, aliases: [gpt-4o], targets: [{upstream: a, model: x}]}");
        assertThat(text(asker.answers(chat("gpt-4o", true))))
                .contains("\"model\":\"m\"")
                .endsWith(DONE);
        assertThat(settled.next().usage().model()).isEqualTo("m");
    }

    @Test
    void a_conversation_stays_at_its_upstream() throws Exception {
        models("m: {kind: chat, sticky: conversation, targets: [{upstream: a, model: x}, {upstream: b, model: y}, "
                + "{upstream: c, model: z}]}");
        for (int key = 0; key < 5; key++) {
            var first = new JsonObject().put("role", "user").put("content", "Question " + key);
            var begun = new JsonArray()
                    .add(new JsonObject().put("role", "system").put("content", "Be kind."))
                    .add(first);
            var target = asker.target(chat("m", false).put("messages", begun));
            var later = begun.copy()
                    .add(new JsonObject().put("role", "assistant").put("content", "Well."))
                    .add(new JsonObject().put("role", "user").put("content", "And?"));
            assertThat(asker.target(chat("m", true).put("messages", later))).isEqualTo(target);
            settled.next();
            settled.next();
        }
    }

    @Test
    void a_slow_reader_is_no_silence_of_the_upstream() throws Exception {
        models("m: {kind: chat, targets: [{upstream: a, model: x}], deadlines: {chunk: 300ms}}");
        var much = word("x".repeat(100_000));
        asker.server("a").plays(Plays.says(ROLE + word("first") + much + much + much + much + FINISH + DONE));
        var dialogue = asker.ask(chat("m", true));
        var text = new StringBuilder(asker.next(dialogue).join().body().toString());
        new CompletableFuture<Void>()
                .completeOnTimeout(null, 1, TimeUnit.SECONDS)
                .join();
        boolean more = true;
        while (more) {
            var answer = asker.next(dialogue).join();
            text.append(answer.body());
            more = answer.more();
        }
        assertThat(text).endsWith(DONE);
        settled.next();
    }
}
