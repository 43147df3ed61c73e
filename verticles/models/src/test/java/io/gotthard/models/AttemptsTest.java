package io.gotthard.models;

import static io.gotthard.models.Plays.DONE;
import static io.gotthard.models.Plays.FINISH;
import static io.gotthard.models.Plays.ROLE;
import static io.gotthard.models.Plays.word;
import static io.gotthard.models.RouteAsker.chat;
import static io.gotthard.models.RouteAsker.failure;
import static io.gotthard.models.RouteAsker.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Admission;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Meter;
import io.gotthard.contracts.Outcome;
import io.gotthard.contracts.Outcome.End;
import io.gotthard.contracts.Permissions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
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

    private final BlockingQueue<Outcome> settled = new LinkedBlockingQueue<>();
    private final BlockingQueue<Demand> admitted = new LinkedBlockingQueue<>();
    private RouteAsker asker;

    private void models(String yaml) {
        asker = new RouteAsker(
                new Meter() {

                    @Override
                    public Future<Admission> admit(Demand demand) {
                        admitted.add(demand);
                        return Future.succeededFuture(new Admission() {

                            @Override
                            public Future<Void> granted() {
                                return Future.succeededFuture();
                            }

                            @Override
                            public Map<String, String> headers() {
                                return Map.of("x-gotthard-receipt", "7");
                            }

                            @Override
                            public void answered() {}

                            @Override
                            public void settle(Outcome outcome) {
                                settled.add(outcome);
                            }
                        });
                    }

                    @Override
                    public Future<JsonObject> explain(Demand demand) {
                        return Future.succeededFuture(new JsonObject());
                    }
                },
                List.of("a", "b", "c"),
                yaml);
    }

    @AfterEach
    void nothing_is_settled_twice() {
        asker.close();
        assertThat(settled).isEmpty();
    }

    private Outcome settled() throws InterruptedException {
        return settled.poll(20, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_request_is_settled_once_and_failed_attempts_cost_nothing(boolean streaming) throws Exception {
        models("m: {kind: chat, %s}".formatted(TWO));
        asker.server("a").plays(streaming ? Plays.cut(ROLE + Plays.USAGE) : Plays.status(500));
        var answers = asker.answers(chat("m", streaming));

        assertThat(answers.getFirst().headers())
                .containsOnlyKeys("x-gotthard-receipt", "x-gotthard-target", "x-gotthard-attempts");
        assertThat(settled())
                .returns(End.COMPLETED, Outcome::end)
                .returns(2, Outcome::attempts)
                .returns("b", outcome -> outcome.usage().upstream())
                .returns(3L, outcome -> outcome.usage().promptTokens());
    }

    @Test
    void what_is_reserved_is_enough_for_whichever_model_answers() throws Exception {
        models("""
            short: {kind: chat, targets: [{upstream: a, model: x}], max_output_tokens: 1000, fallbacks: [long]}
            long: {kind: chat, targets: [{upstream: b, model: y}], max_output_tokens: 32000}
            usual: {kind: chat, targets: [{upstream: a, model: x}]}
            """);
        for (var model : List.of("short", "long", "usual")) {
            asker.answers(chat(model, false));
            assertThat(admitted.poll().most().completionTokens())
                    .as(model)
                    .isEqualTo(model.equals("usual") ? 4_096 : 32_000);
            assertThat(settled()).isNotNull();
        }
    }

    @Test
    void what_was_held_and_thrown_away_is_not_paid() throws Exception {
        models("m: {kind: chat, delivery: whole, retries: {attempts: 1}, targets: [{upstream: a, model: x}]}");
        asker.server("a").plays(Plays.cut(ROLE + word("many") + word("words") + Plays.USAGE));
        assertThat(asker.failure(chat("m", true)).code()).isEqualTo("upstream_cut");
        assertThat(settled()).returns(End.FAILED, Outcome::end).returns(null, Outcome::usage);
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
            assertThat(settled().usage())
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
        settled();
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
        assertThat(settled().attempts()).isEqualTo(3);

        assertThat(asker.failure(chat("alone", true)))
                .returns(400, Failure::status)
                .returns("context_length_exceeded", Failure::code);
        assertThat(settled().attempts()).isEqualTo(1);
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
        assertThat(settled().attempts()).isEqualTo(2);

        asker.server("a").plays(Plays.retryAfter(429, 20_000));
        assertThat(asker.failure(chat("m", false)))
                .returns(429, Failure::status)
                .returns(20_000L, Failure::retryAfterMillis);
        assertThat(settled().attempts()).isEqualTo(1);

        // It wants to be left alone, and there is another one.
        assertThat(asker.target(chat("n", false))).isEqualTo("b");
        assertThat(settled().attempts()).isEqualTo(1);
    }

    @Test
    void a_client_who_leaves_while_nobody_is_asked_ends_it() throws Exception {
        models("m: {kind: chat, targets: [{upstream: a, model: x}], retries: {backoff: 3s}}");
        asker.server("a").plays(Plays.status(500));
        var dialogue = asker.ask(chat("m", true));
        var answer = asker.next(dialogue);
        asker.server("a").asked();
        asker.cancel(dialogue);
        assertThat(settled())
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
        assertThat(settled()).returns(End.CANCELLED, Outcome::end).returns(2, Outcome::attempts);
    }

    @Test
    void a_deadline_lets_go_of_the_upstream() throws Exception {
        models("m: {kind: chat, %s, deadlines: {headers: 300ms}}".formatted(TWO));
        var gone = new CompletableFuture<Void>();
        asker.server("a").plays(request -> request.connection().closeHandler(gone::complete));
        assertThat(asker.target(chat("m", true))).isEqualTo("b");
        gone.orTimeout(20, TimeUnit.SECONDS).join();
        settled();
    }

    @Test
    void the_request_has_a_deadline_whatever_is_left_to_try() throws Exception {
        models("m: {kind: chat, %s, fallbacks: [n], deadlines: {headers: 5s, request: 700ms}}\n%s"
                .formatted(TWO, "n: {kind: chat, targets: [{upstream: c, model: z}]}"));
        asker.server("a").plays(Plays.silence());
        assertThat(asker.failure(chat("m", true)).status()).isEqualTo(504);
        assertThat(settled()).returns(End.FAILED, Outcome::end).returns(1, Outcome::attempts);
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
        assertThat(settled()).returns(End.FAILED, Outcome::end).matches(outcome -> outcome.usage() != null);
    }

    @Test
    void a_slow_attempt_has_a_deadline_of_its_own() throws Exception {
        models("m: {kind: chat, delivery: whole, %s, deadlines: {attempt: 500ms}}".formatted(TWO));
        asker.server("a").plays(Plays.stall(ROLE + word("half")));
        assertThat(text(asker.answers(chat("m", true)))).contains("\"b\"").doesNotContain("half");
        settled();
    }

    @Test
    void what_broke_too_often_is_not_asked_until_it_is_tried_and_works() throws Exception {
        models("m: {kind: chat, %s, breaker: {failures: 2, open: 400ms, longest: 400ms}}".formatted(TWO));
        asker.server("a").plays(Plays.status(500));
        for (int i = 0; i < 2; i++) {
            assertThat(asker.target(chat("m", false))).isEqualTo("b");
            assertThat(settled().attempts()).isEqualTo(2);
        }
        assertThat(asker.target(chat("m", false))).isEqualTo("b");
        assertThat(settled().attempts()).isEqualTo(1);
        assertThat(state("a/x")).isEqualTo(2);

        asker.server("a").plays(Plays.good("a"));
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!"a".equals(asker.target(chat("m", false))) && System.nanoTime() < patience) {
            assertThat(settled().attempts()).isEqualTo(1);
        }
        assertThat(settled().attempts()).isEqualTo(1);
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
        assertThat(settled().attempts()).isEqualTo(1);
        var failure = asker.failure(chat("m", true));
        assertThat(failure).returns(502, Failure::status).returns("upstream_error", Failure::code);
        assertThat(failure.retryAfterMillis()).isBetween(20_000L, 30_001L);
        assertThat(settled()).returns(End.FAILED, Outcome::end).returns(0, Outcome::attempts);
        assertThat(asker.server("a").count()).isEqualTo(1);
    }

    @Test
    void refused_credentials_take_a_target_out_at_once() throws Exception {
        models("m: {kind: chat, %s}".formatted(TWO));
        asker.server("a").plays(Plays.status(401));
        for (int i = 0; i < 3; i++) {
            assertThat(asker.target(chat("m", false))).isEqualTo("b");
            settled();
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
            assertThat(settled().attempts()).isEqualTo(i == 0 ? 2 : 1);
        }
    }

    @Test
    void a_model_that_a_client_makes_up_puts_no_wildcard_out() throws Exception {
        models("'any/*': {kind: chat, targets: [{upstream: a, model: 'x-*'}], breaker: {failures: 2}}");
        asker.server("a").plays(Plays.status(404));
        for (int i = 0; i < 5; i++) {
            assertThat(asker.failure(chat("any/thing", false)).code()).isEqualTo("upstream_model_not_found");
            assertThat(asker.server("a").asked().getString("model")).isEqualTo("x-thing");
            settled();
        }
        asker.server("a").plays(Plays.good("a"));
        assertThat(text(asker.answers(chat("any/other", false)))).contains("\"model\":\"any/other\"");
        settled();
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
        assertThat(settled().usage().model()).isEqualTo("m");
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
            settled();
            settled();
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
        settled();
    }
}
