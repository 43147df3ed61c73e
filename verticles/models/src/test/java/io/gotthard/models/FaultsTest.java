package io.gotthard.models;

import static io.gotthard.models.Plays.DONE;
import static io.gotthard.models.Plays.FINISH;
import static io.gotthard.models.Plays.ROLE;
import static io.gotthard.models.Plays.word;
import static io.gotthard.models.RouteAsker.chat;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each fault of an upstream, with one target and with two, for whole answers and for streams. */
@Timeout(60)
class FaultsTest {

    private static final String DEADLINES =
            "deadlines: {connect: 1s, headers: 600ms, first_token: 800ms, chunk: 500ms}, retries: {backoff: 10ms}";

    private static final String BAD_JSON = Plays.event("{\"choices\":[{");
    private static final String ERROR = Plays.event("{\"error\":{\"message\":\"sk-secret\",\"code\":500}}");

    /** What happens before there is any content, and what the client is told if nobody else can be asked. */
    private static final Map<String, Handler<HttpServerRequest>> EARLY = Map.ofEntries(
            Map.entry("408 504", Plays.status(408)),
            Map.entry("429 429", Plays.status(429)),
            Map.entry("500 502", Plays.status(500)),
            Map.entry("502 502", Plays.status(502)),
            Map.entry("503 503", Plays.status(503)),
            Map.entry("504 504", Plays.status(504)),
            Map.entry("401 502", Plays.status(401)),
            Map.entry("403 502", Plays.status(403)),
            Map.entry("404 502", Plays.status(404)),
            Map.entry("reset 502", Plays.reset()),
            Map.entry("silence 504", Plays.silence()),
            Map.entry("slow-first-token 504", Plays.stall(ROLE)),
            Map.entry("cut-after-role 502", Plays.cut(ROLE)),
            Map.entry("bad-json 502", Plays.says(ROLE + BAD_JSON)),
            Map.entry("error-event 502", Plays.says(ROLE + ERROR)),
            Map.entry("nothing 502", Plays.says("")));

    /** What happens after content has come. */
    private static final Map<String, Handler<HttpServerRequest>> LATE = Map.of(
            "cut", Plays.cut(ROLE + word("half")),
            "stall", Plays.stall(ROLE + word("half")),
            "ends-early", Plays.says(ROLE + word("half")),
            "bad-json", Plays.says(ROLE + word("half") + BAD_JSON + word("never") + FINISH + DONE),
            "error-event", Plays.says(ROLE + word("half") + ERROR + FINISH + DONE));

    private RouteAsker asker;

    @BeforeEach
    void start() {
        asker = new RouteAsker(List.of("bad", "good"), """
            one: {kind: chat, targets: [{upstream: bad, model: x}], %s}
            two: {kind: chat, strategy: priority, targets: [{upstream: bad, model: x}, {upstream: good, model: y}], %1$s}
            whole: {kind: chat, delivery: whole, strategy: priority,
                    targets: [{upstream: bad, model: x}, {upstream: good, model: y}], %1$s}
            whole-one: {kind: chat, delivery: whole, targets: [{upstream: bad, model: x}], %1$s}
            patient: {kind: chat, strategy: priority, targets: [{upstream: bad, model: x}, {upstream: good, model: y}]}
            patient-whole: {kind: chat, delivery: whole, strategy: priority,
                    targets: [{upstream: bad, model: x}, {upstream: good, model: y}]}
            refused: {kind: chat, strategy: priority, targets: [{upstream: nowhere, model: x}, {upstream: good, model: y}]}
            """.formatted(DEADLINES));
    }

    @AfterEach
    void stop() {
        asker.close();
    }

    static Stream<Arguments> early() {
        return EARLY.keySet().stream()
                .sorted()
                .flatMap(fault -> Stream.of(Arguments.of(fault, true), Arguments.of(fault, false)));
    }

    static Stream<String> late() {
        return LATE.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("early")
    void what_fails_before_there_is_content_is_answered_by_another_unseen(String fault, boolean streaming) {
        asker.server("bad").plays(EARLY.get(fault));
        var answers = asker.answers(chat("two", streaming));

        var text = RouteAsker.text(answers);
        assertThat(text).contains("\"good\"", "\"model\":\"two\"").doesNotContain("error", "theirs");
        assertThat(text.endsWith(DONE)).isEqualTo(streaming);
        assertThat(text.split("assistant")).hasSize(streaming ? 2 : 1);
        assertThat(answers.getFirst().headers())
                .containsEntry("x-gotthard-target", "good")
                .containsEntry("x-gotthard-attempts", "2");
        assertThat(answers.getLast().usage().upstream()).isEqualTo("good");
    }

    @ParameterizedTest
    @MethodSource("early")
    void what_fails_and_can_not_be_answered_by_another_is_a_clear_error(String fault, boolean streaming) {
        asker.server("bad").plays(EARLY.get(fault));
        int status = Integer.parseInt(fault.split(" ")[1]);
        var failure = asker.failure(chat("one", streaming));

        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure.getMessage()).doesNotContain("sk-secret");
        boolean again =
                !List.of("401", "403", "404", "silence", "slow-first-token").contains(fault.split(" ")[0]);
        assertThat(asker.server("bad").count()).isEqualTo(again ? 3 : 1);
        assertThat(failure.headers()).containsEntry("x-gotthard-attempts", again ? "3" : "1");
    }

    @ParameterizedTest
    @MethodSource("early")
    void what_recovers_is_asked_again(String fault, boolean streaming) {
        asker.server("bad").plays(Plays.inTurn(EARLY.get(fault), Plays.good("good")));
        boolean again =
                !List.of("401", "403", "404", "silence", "slow-first-token").contains(fault.split(" ")[0]);
        if (again) {
            assertThat(RouteAsker.text(asker.answers(chat("one", streaming)))).contains("\"good\"");
        } else {
            asker.failure(chat("one", streaming));
        }
    }

    @ParameterizedTest
    @MethodSource("lateOfBoth")
    void what_fails_later_is_an_error_in_the_stream_and_not_done(String fault, String model) {
        asker.server("bad").plays(LATE.get(fault));
        var dialogue = asker.ask(chat(model, true));
        var first = asker.next(dialogue).join();
        var failure = RouteAsker.failure(asker.next(dialogue));

        assertThat(first.body().toString()).contains("half").doesNotContain("never", "finish_reason", "DONE");
        assertThat(failure.status()).isBetween(502, 504);
        assertThat(failure.getMessage()).doesNotContain("sk-secret");
        assertThat(asker.server("bad").count()).isEqualTo(1);
        assertThat(asker.server("good").count()).isZero();
    }

    static Stream<Arguments> lateOfBoth() {
        return late().flatMap(fault -> Stream.of(Arguments.of(fault, "one"), Arguments.of(fault, "two")));
    }

    @ParameterizedTest
    @MethodSource("late")
    void whole_answers_are_begun_again_elsewhere(String fault) throws Exception {
        asker.server("bad").plays(LATE.get(fault));
        var answers = asker.answers(chat("whole", true));

        assertThat(RouteAsker.text(answers))
                .contains("\"good\"")
                .doesNotContain("half")
                .endsWith(DONE);
        assertThat(answers.getFirst().headers()).containsEntry("x-gotthard-target", "good");
        assertThat(answers.getLast().usage().upstream()).isEqualTo("good");
        // Begun again, and not gone on with.
        var asked = asker.server("bad").asked();
        assertThat(asker.server("good").asked().put("model", "x")).isEqualTo(asked);
    }

    @ParameterizedTest
    @MethodSource("late")
    void of_whole_answers_nothing_is_shown_if_none_is_whole(String fault) {
        asker.server("bad").plays(LATE.get(fault));
        assertThat(asker.failure(chat("whole-one", true)).status()).isBetween(502, 504);
    }

    @ParameterizedTest
    @MethodSource("streaming")
    void a_connection_that_is_refused_is_answered_by_another(boolean streaming) {
        assertThat(asker.target(chat("refused", streaming))).isEqualTo("good");
    }

    static Stream<Boolean> streaming() {
        return Stream.of(true, false);
    }

    @Test
    void a_complete_stream_without_its_formula_is_complete() {
        asker.server("bad").plays(Plays.says(ROLE + word("bad") + FINISH));
        assertThat(RouteAsker.text(asker.answers(chat("two", true))))
                .contains("\"bad\"")
                .endsWith(DONE);
        assertThat(asker.server("good").count()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_complete_stream_is_finished_promptly_though_its_upstream_does_not_end_it(boolean cut) {
        var said = ROLE + word("bad") + FINISH + Plays.USAGE;
        asker.server("bad").plays(cut ? Plays.cut(said) : Plays.stall(said));
        for (var model : List.of("patient", "patient-whole")) {
            var answers = asker.answers(chat(model, true));
            assertThat(RouteAsker.text(answers)).contains("\"bad\"").endsWith(DONE);
            assertThat(answers.getLast().usage().promptTokens()).isEqualTo(3);
        }
        assertThat(asker.server("good").count()).isZero();
    }

    @ParameterizedTest
    @MethodSource("faultsOfRequests")
    void a_fault_of_the_request_is_told_and_nobody_else_is_asked(int status) {
        asker.server("bad").plays(Plays.status(status));
        for (boolean streaming : new boolean[] {true, false}) {
            var failure = asker.failure(chat("two", streaming));
            assertThat(failure).returns(status, Failure::status).hasMessage("*** says no");
        }
        assertThat(asker.server("bad").count()).isEqualTo(2);
        assertThat(asker.server("good").count()).isZero();
    }

    static Stream<Integer> faultsOfRequests() {
        return Stream.of(400, 409, 413, 415, 422);
    }

    @Test
    void only_a_tool_call_s_role_is_held_back() {
        var call = Plays.event(
                "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":"
                        + "{\"name\":\"f\",\"arguments\":\"\"}}]}}]}");
        asker.server("bad").plays(Plays.stall(ROLE + call));
        var dialogue = asker.ask(chat("two", true));
        assertThat(asker.next(dialogue).join().body().toString()).contains("tool_calls", "assistant");
        assertThat(RouteAsker.failure(asker.next(dialogue)).status()).isEqualTo(504);
    }

    @Test
    void an_answer_without_content_is_one_if_it_is_complete() {
        asker.server("bad").plays(Plays.says(ROLE + FINISH + DONE));
        var text = RouteAsker.text(asker.answers(chat("two", true)));
        assertThat(text).isEqualTo(ROLE + FINISH + DONE);
    }

    @Test
    void the_answer_to_a_client_that_wants_it_has_usage() {
        var request = chat("two", true).put("stream_options", new JsonObject().put("include_usage", true));
        asker.server("bad").plays(Plays.cut(ROLE));
        assertThat(RouteAsker.text(asker.answers(request))).contains("prompt_tokens");
    }
}
