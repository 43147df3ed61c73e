package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.Failure;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams that break, and readers who are slow or gone. The upstream has one connection, so whoever keeps it is found out. */
@Timeout(60)
class OpenAiStreamTest {

    private static final String REQUEST = "{\"model\":\"public/chat\",\"stream\":true,\"messages\":[]}";
    private static final String CHUNK = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
    private static final String DONE = "data: [DONE]\n\n";

    private static OpenAiAsker asker;

    @BeforeAll
    static void start() {
        asker = new OpenAiAsker(1, Duration.ofSeconds(2), "256KB");
    }

    @AfterAll
    static void stop() {
        asker.close();
    }

    private static void stream(String text) {
        asker.upstream(200, "text/event-stream", Buffer.buffer(text));
    }

    /** The upstream sends this and then no more, without ending. */
    private static CompletableFuture<Void> silentAfter(String text) {
        var gone = new CompletableFuture<Void>();
        asker.upstream(request -> {
            request.response().exceptionHandler(e -> gone.complete(null)).closeHandler(closed -> gone.complete(null));
            if (!text.isEmpty()) {
                request.response()
                        .putHeader("content-type", "text/event-stream")
                        .setChunked(true)
                        .write(text);
            }
        });
        return gone;
    }

    private static Failure afterFirst(Dialogue dialogue) {
        var answer = asker.next(dialogue).join();
        assertThat(answer.body().toString()).isEqualTo(CHUNK);
        return OpenAiAsker.failure(asker.next(dialogue));
    }

    private static void assertThatTheConnectionIsFree() {
        stream(CHUNK + DONE);
        assertThat(OpenAiAsker.text(asker.answers(REQUEST))).isEqualTo(CHUNK + DONE);
    }

    @Test
    void a_stream_that_breaks_off_fails_after_what_came() {
        asker.upstream(request -> request.response()
                .putHeader("content-type", "text/event-stream")
                .setChunked(true)
                .write(CHUNK)
                .onSuccess(written -> request.connection().close()));

        var failure = afterFirst(asker.ask(REQUEST));

        assertThat(failure.status()).isEqualTo(502);
        assertThat(failure.code()).isEqualTo("upstream_cut");
        assertThatTheConnectionIsFree();
    }

    @Test
    void a_stream_that_ends_without_having_finished_is_not_called_done() {
        stream(CHUNK);
        assertThat(afterFirst(asker.ask(REQUEST)).code()).isEqualTo("upstream_cut");
        assertThatTheConnectionIsFree();
    }

    @Test
    void of_two_choices_both_have_to_finish() {
        stream("data: {\"choices\":[{\"index\":1,\"finish_reason\":\"stop\"}]}\n\n");
        var dialogue = asker.ask(REQUEST.replace("\"stream\"", "\"n\":2,\"stream\""));
        // An end is no content: so nothing of it was handed on.
        assertThat(OpenAiAsker.failure(asker.next(dialogue)).code()).isEqualTo("upstream_cut");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        "one"           | true
        ["one"]         | true
        [1, 2, 3]       | true
        ["one", "two"]  | false
        [[1, 2], [3]]   | false
        """)
    void of_an_old_completion_each_prompts_choice_has_to_finish(String prompt, boolean complete) {
        stream("data: {\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}\n\n");
        var dialogue = asker.ask("{\"model\":\"public/completion\",\"stream\":true,\"prompt\":" + prompt + "}");
        if (complete) {
            var first = asker.next(dialogue).join();
            var rest = first.more() ? asker.next(dialogue).join().body().toString() : "";
            assertThat(first.body() + rest).endsWith(DONE);
        } else {
            assertThat(OpenAiAsker.failure(asker.next(dialogue)).code()).isEqualTo("upstream_cut");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"data: half a {json\n\n", "data: [1]\n\n", "data: \"text\"\n\n", "data:\n\n", "data: {}x\n\n"})
    void an_event_that_is_no_json_object_fails_the_stream(String event) {
        stream(event);
        assertThat(asker.failure(REQUEST).code()).isEqualTo("upstream_invalid_response");

        stream(CHUNK + event + CHUNK + DONE);
        assertThat(afterFirst(asker.ask(REQUEST)).code()).isEqualTo("upstream_invalid_response");
        assertThatTheConnectionIsFree();
    }

    @Test
    void an_error_in_the_stream_is_a_failure_without_the_upstreams_details() {
        var error = "data: {\"error\":{\"message\":\"CUDA at 10.0.0.7\",\"code\":500}}\n\n";
        stream(error);
        var first = asker.failure(REQUEST);
        stream(CHUNK + error + DONE);
        var later = afterFirst(asker.ask(REQUEST));

        for (var failure : new Failure[] {first, later}) {
            assertThat(failure.status()).isEqualTo(502);
            assertThat(failure.code()).isEqualTo("upstream_error");
            assertThat(failure.getMessage()).doesNotContain("CUDA");
        }
        assertThatTheConnectionIsFree();
    }

    @Test
    void a_fault_of_the_request_that_shows_in_the_stream_is_told() {
        stream("data: {\"error\":{\"message\":\"vendor/Model:7B takes 10"
                + " tokens.\",\"code\":400,\"param\":\"messages\"}}\n\n");

        var failure = asker.failure(REQUEST);

        assertThat(failure.status()).isEqualTo(400);
        assertThat(failure.getMessage()).isEqualTo("public/chat takes 10 tokens.");
        assertThat(failure.param()).isEqualTo("messages");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "text/html", ""})
    void what_is_no_stream_is_refused(String type) {
        asker.upstream(200, type, Buffer.buffer(CHUNK + DONE));
        assertThat(asker.failure(REQUEST).code()).isEqualTo("upstream_invalid_response");
        assertThatTheConnectionIsFree();
    }

    @Test
    void an_event_beyond_the_limit_fails_the_stream() {
        stream(CHUNK + "data: {\"a\":\"" + "x".repeat(600 * 1024) + "\"}\n\n" + DONE);
        assertThat(afterFirst(asker.ask(REQUEST)).code()).isEqualTo("upstream_answer_too_large");
        assertThatTheConnectionIsFree();
    }

    @Test
    void an_upstream_that_is_silent_too_long_is_given_up_before_and_in_the_stream() {
        var _ = silentAfter("");
        assertThat(asker.failure(REQUEST).status()).isEqualTo(504);
        var _ = silentAfter(CHUNK);
        assertThat(afterFirst(asker.ask(REQUEST)).status()).isEqualTo(504);
        assertThatTheConnectionIsFree();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", CHUNK})
    void a_reader_who_leaves_lets_go_of_the_upstream(String sentBefore) throws Exception {
        var gone = silentAfter(sentBefore);
        var dialogue = asker.ask(REQUEST);
        var answer = asker.next(dialogue);
        asker.received();
        if (!sentBefore.isEmpty()) {
            answer.join();
            answer = asker.next(dialogue);
        }

        asker.cancel(dialogue);

        gone.orTimeout(20, TimeUnit.SECONDS).join();
        assertThat(OpenAiAsker.failure(answer).status()).isEqualTo(499);
        assertThatTheConnectionIsFree();
    }

    @Test
    void a_reader_who_has_not_taken_the_end_yet_does_not_keep_the_connection() throws Exception {
        // More may wait than this, until the very last buffer, which has the end in it.
        var most = "data: {\"a\":\"" + "x".repeat(120 * 1024) + "\"}\n\n";
        var last = "data: {\"a\":\"" + "x".repeat(10 * 1024) + "\"}\n\n" + DONE;
        var goOn = new CompletableFuture<Runnable>();
        try (var two = new OpenAiAsker(2, Duration.ofSeconds(30), "256KB")) {
            two.upstream(request -> {
                var response = request.response()
                        .putHeader("content-type", "text/event-stream")
                        .setChunked(true);
                response.write(CHUNK + most).onSuccess(written -> goOn.complete(() -> response.end(last)));
            });
            var slow = two.ask(REQUEST);
            var text = new StringBuilder(two.next(slow).join().body().toString());
            goOn.join();
            two.upstream(200, "text/event-stream", Buffer.buffer(CHUNK + DONE));
            for (int i = 0; i < 5; i++) {
                // On the same event loop: so what was sent before these was read before.
                two.answers(REQUEST);
            }
            goOn.join().run();

            two.upstream(request -> {});
            var one = two.ask(REQUEST);
            var other = two.ask(REQUEST);
            var _ = two.next(one);
            var _ = two.next(other);

            assertThat(two.received()).as("on one of two connections").isNotNull();
            assertThat(two.received()).as("on the other").isNotNull();
            boolean more = true;
            while (more) {
                var answer = two.next(slow).join();
                text.append(answer.body());
                more = answer.more();
            }
            assertThat(text).hasToString(CHUNK + most + last);
        }
    }
}
