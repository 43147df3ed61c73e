package io.gotthard.models;

import static io.gotthard.models.Plays.ROLE;
import static io.gotthard.models.Plays.word;
import static io.gotthard.models.RouteAsker.chat;
import static io.gotthard.models.RouteAsker.failure;
import static io.gotthard.models.RouteAsker.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Outcome;
import io.gotthard.contracts.Outcome.End;
import io.gotthard.contracts.Permissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One request and several attempts: who is asked when, who leaves, and what is settled. */
@Timeout(60)
class AttemptsTest {

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

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_request_is_settled_once_and_failed_attempts_cost_nothing(boolean streaming) throws Exception {
        models("m: {kind: chat, %s}".formatted(TWO));
        asker.server("a").plays(streaming ? Plays.cut(ROLE + Plays.USAGE) : Plays.status(500));
        var answers = asker.answers(chat("m", streaming));

        assertThat(answers.getFirst().headers())
                .containsOnlyKeys("x-gotthard-receipt", "x-gotthard-target", "x-gotthard-attempts");
        assertThat(settled.next())
                .returns(End.COMPLETED, Outcome::end)
                .returns(2, Outcome::attempts)
                .returns("b", outcome -> outcome.usage().upstream())
                .returns(3L, outcome -> outcome.usage().promptTokens());
    }

    @Test
    void what_was_held_and_thrown_away_is_not_paid() throws Exception {
        models("m: {kind: chat, delivery: whole, retries: {attempts: 1}, targets: [{upstream: a, model: x}]}");
        asker.server("a").plays(Plays.cut(ROLE + word("many") + word("words") + Plays.USAGE));
        assertThat(asker.failure(chat("m", true)).code()).isEqualTo("upstream_cut");
        assertThat(settled.next()).returns(End.FAILED, Outcome::end).returns(null, Outcome::usage);
    }

    @Test
    void a_fallback_answers_under_its_own_name_and_is_settled_so() throws Exception {
        models("""
            big: {kind: chat, targets: [{upstream: a, model: x}], fallbacks: [middle], retries: {attempts: 1}}
            middle: {kind: chat, targets: [{upstream: b, model: y}], fallbacks: [small], retries: {attempts: 1}}
            small: {kind: chat, targets: [{upstream: c, model: z}]}
            """);
        asker.server("a").plays(Plays.status(500));
        asker.server("b").plays(Plays.reset());
        for (boolean streaming : new boolean[] {true, false}) {
            var answers = asker.answers(chat("big", streaming));
            assertThat(text(answers)).contains("\"model\":\"small\"", "\"c\"").doesNotContain("big", "middle");
            assertThat(answers.getFirst().headers())
                    .containsEntry("x-gotthard-target", "c")
                    .containsEntry("x-gotthard-attempts", "3");
            assertThat(settled.next().usage())
                    .returns("small", usage -> usage.model())
                    .returns("c", usage -> usage.upstream());
        }
        assertThat(asker.server("c").asked().getString("model")).isEqualTo("z");
    }

    @Test
    void nobody_falls_back_to_what_one_may_not_use() throws Exception {
        models("""
            big: {kind: chat, targets: [{upstream: a, model: x}], fallbacks: [small], retries: {attempts: 1}}
            small: {kind: chat, targets: [{upstream: b, model: y}]}
            """);
        asker.server("a").plays(Plays.status(500));
        var rules = Permissions.of(List.of(List.of("gotthard.user.model.big")));
        var bound = new Caller("key", "account", "tenant", rules, null);
        assertThat(failure(asker.next(asker.ask(bound, chat("big", false)))).code())
                .isEqualTo("upstream_error");
        assertThat(asker.server("b").count()).isZero();
        settled.next();
    }

    @Test
    void what_is_too_long_goes_to_a_larger_model_if_there_is_one() throws Exception {
        models("""
            short: {kind: chat, %s, larger: [long, longest], fallbacks: [never]}
            long: {kind: chat, targets: [{upstream: b, model: l}]}
            longest: {kind: chat, targets: [{upstream: c, model: ll}]}
            alone: {kind: chat, %1$s, fallbacks: [never]}
            never: {kind: chat, targets: [{upstream: c, model: n}]}
            """.formatted(TWO));
        asker.server("a").plays(Plays.tooLong());
        asker.server("b").plays(Plays.tooLong());
        assertThat(text(asker.answers(chat("short", true)))).contains("\"model\":\"longest\"");
        assertThat(settled.next().attempts()).isEqualTo(3);

        assertThat(asker.failure(chat("alone", true)))
                .returns(400, Failure::status)
                .returns("context_length_exceeded", Failure::code);
        assertThat(settled.next().attempts()).isEqualTo(1);
        assertThat(asker.server("c").count()).isEqualTo(1);
    }

    @Test
    void a_short_time_to_wait_is_waited_and_a_long_one_is_told() throws Exception {
        models("""
            m: {kind: chat, targets: [{upstream: a, model: x}]}
            n: {kind: chat, %s}
            """.formatted(TWO));
        asker.server("a").plays(Plays.inTurn(Plays.retryAfter(429, 700), Plays.good("a")));
        long began = System.nanoTime();
        assertThat(text(asker.answers(chat("m", false)))).contains("\"a\"");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(700));
        assertThat(settled.next().attempts()).isEqualTo(2);

        asker.server("a").plays(Plays.retryAfter(429, 20_000));
        assertThat(asker.failure(chat("m", false)))
                .returns(429, Failure::status)
                .returns(20_000L, Failure::retryAfterMillis);
        assertThat(settled.next().attempts()).isEqualTo(1);

        // It wants to be left alone, and there is another one.
        assertThat(asker.target(chat("n", false))).isEqualTo("b");
        assertThat(settled.next().attempts()).isEqualTo(1);
    }

    @Test
    void a_client_who_leaves_while_nobody_is_asked_ends_it() throws Exception {
        models("m: {kind: chat, targets: [{upstream: a, model: x}], retries: {backoff: 3s}}");
        asker.server("a").plays(Plays.status(500));
        var dialogue = asker.ask(chat("m", true));
        var answer = asker.next(dialogue);
        asker.server("a").asked();
        asker.cancel(dialogue);
        assertThat(settled.next())
                .returns(End.CANCELLED, Outcome::end)
                .returns(1, Outcome::attempts)
                .returns(null, Outcome::usage);
        assertThat(failure(answer).status()).isEqualTo(499);
        // It would have been asked again by now.
        asker.server("b").plays(Plays.silence());
        asker.server("a").plays(Plays.good("a"));
        var late = new CompletableFuture<Void>().completeOnTimeout(null, 3_500, TimeUnit.MILLISECONDS);
        late.join();
        assertThat(asker.server("a").count()).isZero();
    }

    @Test
    void a_client_who_leaves_the_second_attempt_lets_go_of_its_upstream() throws Exception {
        models("m: {kind: chat, %s}".formatted(TWO));
        var gone = new CompletableFuture<Void>();
        asker.server("a").plays(Plays.status(503));
        asker.server("b").plays(request -> request.connection().closeHandler(gone::complete));
        var dialogue = asker.ask(chat("m", false));
        var answer = asker.next(dialogue);
        asker.server("b").asked();
        asker.cancel(dialogue);
        gone.orTimeout(20, TimeUnit.SECONDS).join();
        assertThat(failure(answer).status()).isEqualTo(499);
        assertThat(settled.next()).returns(End.CANCELLED, Outcome::end).returns(2, Outcome::attempts);
    }

    @Test
    void a_deadline_lets_go_of_the_upstream() throws Exception {
        models("m: {kind: chat, %s, deadlines: {headers: 300ms}}".formatted(TWO));
        var gone = new CompletableFuture<Void>();
        asker.server("a").plays(request -> request.connection().closeHandler(gone::complete));
        assertThat(asker.target(chat("m", true))).isEqualTo("b");
        gone.orTimeout(20, TimeUnit.SECONDS).join();
        settled.next();
    }

    @Test
    void the_request_has_a_deadline_whatever_is_left_to_try() throws Exception {
        models("m: {kind: chat, %s, fallbacks: [n], deadlines: {headers: 5s, request: 700ms}}\n%s"
                .formatted(TWO, "n: {kind: chat, targets: [{upstream: c, model: z}]}"));
        asker.server("a").plays(Plays.silence());
        assertThat(asker.failure(chat("m", true)).status()).isEqualTo(504);
        assertThat(settled.next()).returns(End.FAILED, Outcome::end).returns(1, Outcome::attempts);
        assertThat(asker.server("b").count() + asker.server("c").count()).isZero();

        // Also what is being read has to end; what was read is paid.
        asker.server("b").plays(request -> {
            var response = request.response().setChunked(true).putHeader("content-type", "text/event-stream");
            response.write(ROLE + word("on"));
            request.connection().closeHandler(closed -> {});
        });
        var dialogue = asker.ask(chat("m", true));
        assertThat(asker.next(dialogue).join().body().toString()).contains("on");
        assertThat(failure(asker.next(dialogue)).status()).isEqualTo(504);
        assertThat(settled.next()).returns(End.FAILED, Outcome::end).matches(outcome -> outcome.usage() != null);
    }

    @Test
    void a_slow_attempt_has_a_deadline_of_its_own() throws Exception {
        models("m: {kind: chat, delivery: whole, %s, deadlines: {attempt: 500ms}}".formatted(TWO));
        asker.server("a").plays(Plays.stall(ROLE + word("half")));
        assertThat(text(asker.answers(chat("m", true)))).contains("\"b\"").doesNotContain("half");
        settled.next();
    }
}
