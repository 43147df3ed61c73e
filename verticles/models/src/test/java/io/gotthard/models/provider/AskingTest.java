package io.gotthard.models.provider;

import static io.gotthard.models.provider.OpenAiAsker.failure;
import static io.gotthard.models.provider.OpenAiAsker.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Admission;
import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Meter;
import io.gotthard.contracts.Outcome;
import io.gotthard.contracts.Outcome.End;
import io.gotthard.contracts.Usage.Source;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever becomes of a request: it is admitted before its upstream is asked, and settled once, by what its client got. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class AskingTest {

    private static final String CHAT =
            "{\"model\":\"public/chat\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hello, please.\"}]}";
    private static final String STREAM = CHAT.replace("}]}", "}],\"stream\":true}");
    private static final String USAGE =
            "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":3}}";
    private static final String FINISH = event("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}");
    private static final String WORD =
            event("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"One \\\"two\\\" three. \"}}]}");

    private final BlockingQueue<Outcome> settled = new LinkedBlockingQueue<>();
    private final CompletableFuture<Demand> demanded = new CompletableFuture<>();
    private Future<Admission> verdict;
    private final Promise<Void> granted = Promise.promise();
    private final OpenAiAsker asker = new OpenAiAsker(new Meter() {

        @Override
        public Future<Admission> admit(Demand demand) {
            demanded.complete(demand);
            return verdict;
        }

        @Override
        public Future<JsonObject> explain(Demand demand) {
            return Future.succeededFuture(new JsonObject().put("model", demand.model()));
        }
    });

    AskingTest() {
        verdict = Future.succeededFuture(new Admission() {

            @Override
            public Future<Void> granted() {
                return granted.future();
            }

            @Override
            public Map<String, String> headers() {
                return Map.of("x-gotthard-receipt", "1-2");
            }

            @Override
            public void answered() {}

            @Override
            public void settle(Outcome outcome) {
                settled.add(outcome);
            }
        });
    }

    @AfterEach
    void nothing_is_settled_twice() {
        asker.close();
        assertThat(settled).isEmpty();
    }

    private static String event(String json) {
        return "data: " + json + "\n\n";
    }

    private Outcome settled() throws InterruptedException {
        return settled.poll(20, TimeUnit.SECONDS);
    }

    private void streams(String events, boolean complete) {
        asker.upstream(request -> {
            var response = opened(request.response());
            response.write(events).onSuccess(written -> {
                if (complete) {
                    response.end();
                } else {
                    request.connection().close();
                }
            });
        });
    }

    private static HttpServerResponse opened(HttpServerResponse response) {
        return response.setChunked(true).putHeader("content-type", "text/event-stream");
    }

    @Test
    void what_is_refused_reaches_no_upstream() throws Exception {
        verdict = Future.failedFuture(Failure.insufficientQuota("No money."));
        assertThat(failure(asker.next(asker.ask(CHAT))))
                .returns(429, Failure::status)
                .returns(Map.of("x-should-retry", "false"), Failure::headers);
        assertThat(demanded.join())
                .returns("chat", Demand::operation)
                .returns("public/chat", Demand::model)
                .returns("account", demand -> demand.caller().account());
        verdict = Future.failedFuture(new IllegalStateException("a bug"));
        assertThat(failure(asker.next(asker.ask(CHAT))).status()).isEqualTo(500);
    }

    @Test
    void nothing_is_shown_before_it_is_granted() throws Exception {
        asker.upstream(200, "application/json", Buffer.buffer("{\"choices\":[]," + USAGE + "}"));
        var answer = asker.next(asker.ask(CHAT));
        // The upstream has answered, which is why this is settled.
        var outcome = settled();
        assertThat(answer).isNotDone();
        granted.complete();
        assertThat(answer.join().headers()).containsEntry("x-gotthard-receipt", "1-2");
        assertThat(outcome.end()).isEqualTo(End.COMPLETED);
        assertThat(outcome.usage().promptTokens()).isEqualTo(7);
        assertThat(outcome.usage().cachedTokens()).isEqualTo(3);
        assertThat(outcome.usage().source()).isEqualTo(Source.REPORTED);
    }

    @Test
    void a_stream_is_not_shown_either_and_given_up_if_it_is_not_granted() throws Exception {
        var closed = new CompletableFuture<Void>();
        var written = new CompletableFuture<Void>();
        asker.upstream(request -> {
            request.connection().closeHandler(closed::complete);
            opened(request.response()).write(WORD).onSuccess(written::complete);
        });
        var answer = asker.next(asker.ask(STREAM));
        written.join();
        assertThat(answer).isNotDone();
        granted.fail(Failure.unavailable("The ledger is away."));
        assertThat(failure(answer)).hasMessage("The ledger is away.");
        closed.orTimeout(20, TimeUnit.SECONDS).join();
        // Whoever says no has released it already, and does not listen.
        assertThat(settled().end()).isEqualTo(End.FAILED);
    }

    @Test
    void a_complete_stream_is_settled_by_what_its_upstream_reported() throws Exception {
        granted.complete();
        streams(WORD + FINISH + event("{\"choices\":[]," + USAGE + "}") + "data: [DONE]\n\n", true);
        assertThat(text(asker.answers(STREAM))).endsWith("data: [DONE]\n\n");
        var outcome = settled();
        assertThat(outcome.end()).isEqualTo(End.COMPLETED);
        assertThat(outcome.usage().completionTokens()).isEqualTo(5);
        assertThat(outcome.firstTokenNanos()).isPositive();
        assertThat(outcome.attempts()).isEqualTo(1);
    }

    @Test
    void what_no_upstream_reports_is_counted() throws Exception {
        granted.complete();
        streams(WORD + WORD + FINISH + "data: [DONE]\n\n", true);
        asker.answers(STREAM);
        counted(settled(), End.COMPLETED);
        asker.upstream(
                200,
                "application/json",
                Buffer.buffer("{\"choices\":[{\"message\":{\"content\":\"One \\\"two\\\" three. One \\\"two\\\" three."
                        + " \"}}]}"));
        asker.answers(CHAT);
        counted(settled(), End.COMPLETED);
    }

    @Test
    void a_stream_that_breaks_is_settled_by_what_was_handed_on() throws Exception {
        granted.complete();
        streams(WORD + WORD, false);
        var dialogue = asker.ask(STREAM);
        assertThat(text(List.of(asker.next(dialogue).join()))).contains("three");
        assertThat(failure(asker.next(dialogue)).code()).isEqualTo("upstream_cut");
        counted(settled(), End.FAILED);
    }

    @Test
    void a_client_who_leaves_pays_for_what_it_got() throws Exception {
        granted.complete();
        asker.upstream(request -> opened(request.response()).write(WORD + WORD));
        var dialogue = asker.ask(STREAM);
        asker.next(dialogue).join();
        asker.cancel(dialogue);
        counted(settled(), End.CANCELLED);
    }

    @Test
    void who_got_nothing_pays_nothing() throws Exception {
        granted.complete();
        asker.upstream(400, "application/json", Buffer.buffer("{\"error\":{\"message\":\"Too hot.\"}}"));
        assertThat(failure(asker.next(asker.ask(CHAT))).status()).isEqualTo(400);
        assertThat(settled()).returns(End.FAILED, Outcome::end).returns(null, Outcome::usage);

        var asked = new CompletableFuture<Void>();
        asker.upstream(request -> asked.complete(null));
        var dialogue = asker.ask(STREAM);
        var _ = asker.next(dialogue);
        asked.orTimeout(20, TimeUnit.SECONDS).join();
        asker.cancel(dialogue);
        assertThat(settled()).returns(End.CANCELLED, Outcome::end).returns(null, Outcome::usage);
    }

    @Test
    void who_leaves_before_the_admission_asks_no_upstream() throws Exception {
        var admission = verdict.result();
        var late = Promise.<Admission>promise();
        verdict = late.future();
        var dialogue = asker.ask(CHAT);
        var _ = asker.next(dialogue);
        demanded.join();
        asker.cancel(dialogue);
        // Only when the cancellation has arrived there.
        assertThat(asker.failure("{\"model\":\"nope\",\"messages\":[]}").status())
                .isEqualTo(404);
        late.complete(admission);
        assertThat(settled().end()).isEqualTo(End.CANCELLED);
    }

    private static void counted(Outcome outcome, End end) {
        assertThat(outcome.end()).isEqualTo(end);
        assertThat(outcome.usage().source()).isEqualTo(Source.COUNTED);
        assertThat(outcome.usage().promptTokens()).isBetween(8L, 20L);
        assertThat(outcome.usage().completionTokens()).isBetween(10L, 20L);
    }
}
