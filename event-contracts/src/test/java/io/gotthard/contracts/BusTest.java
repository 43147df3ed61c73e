package io.gotthard.contracts;

import static io.gotthard.contracts.Conversations.body;
import static io.gotthard.contracts.Conversations.call;
import static io.gotthard.contracts.Conversations.failure;
import static io.gotthard.contracts.Conversations.on;
import static io.gotthard.contracts.Conversations.read;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BusTest extends TwoVerticles {

    private static final Patience HASTY =
            new Patience(Duration.ofMillis(800), Duration.ofMillis(100), Duration.ofMillis(400));

    @Test
    void a_call_and_its_answer_travel_by_reference_inside_a_jvm() {
        var seen = new CompletableFuture<Call>();
        var answer = Answer.json(Buffer.buffer("{}"), Usage.unreported("m", "u"));
        serve((call, stream) -> {
            seen.complete(call);
            return Future.succeededFuture(answer);
        });

        var sent = asker.run(bus -> {
                    var call = call(bus);
                    return bus.ask(ADDRESS, call).next().map(got -> new Object[] {call, got});
                })
                .join();

        assertThat(seen.join()).isSameAs(sent[0]);
        assertThat(((Answer) sent[1]).body()).isSameAs(answer.body());
        assertThat(((Answer) sent[1]).usage()).isSameAs(answer.usage());
    }

    @Test
    void a_failure_arrives_with_all_it_says() {
        serve((call, stream) -> Future.failedFuture(new Failure(429, "t", "c", "p", "Too much.", 1500)));

        var failure = failure(next(ask()));

        assertThat(failure.status()).isEqualTo(429);
        assertThat(failure.type()).isEqualTo("t");
        assertThat(failure.code()).isEqualTo("c");
        assertThat(failure.param()).isEqualTo("p");
        assertThat(failure.getMessage()).isEqualTo("Too much.");
        assertThat(failure.retryAfterMillis()).isEqualTo(1500);
    }

    @Test
    void a_bug_is_an_internal_error_without_detail() {
        serve((call, stream) -> {
            throw new IllegalStateException("secret");
        });

        var failure = failure(next(ask()));

        assertThat(failure.status()).isEqualTo(500);
        assertThat(failure.getMessage()).doesNotContain("secret");
    }

    @Test
    void an_address_that_nobody_serves_is_unavailable() {
        assertThat(failure(next(ask())).status()).isEqualTo(503);
    }

    @Test
    void a_stream_brings_all_that_was_written_in_order_and_its_usage() {
        var usage = Usage.unreported("m", "u");
        serve((call, stream) -> {
            for (int i = 0; i < 1000; i++) {
                stream.write(Buffer.buffer(i + ","));
            }
            stream.end(usage);
            return Future.succeededFuture(Answer.events());
        });

        var all = asker.run(bus -> read(bus.ask(ADDRESS, call(bus)))).join();

        var expected = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            expected.append(i).append(',');
        }
        assertThat(all.text()).isEqualTo(expected.toString());
        assertThat(all.last().usage()).isSameAs(usage);
    }

    @Test
    void what_was_written_before_a_failure_arrives_before_it() {
        serve((call, stream) -> {
            stream.write(body("some"));
            vertx.setTimer(20, later -> {
                stream.write(body("more"));
                stream.fail(Failure.upstream("broken", "It broke."));
            });
            return Future.succeededFuture(Answer.events());
        });

        var dialogue = ask();
        assertThat(next(dialogue).join().body()).hasToString("some");
        assertThat(next(dialogue).join().body()).hasToString("more");
        assertThat(failure(next(dialogue)).code()).isEqualTo("broken");
    }

    @Test
    void a_reader_that_does_not_ask_is_sent_nothing_and_the_writer_is_told_to_pause() {
        var full = new CompletableFuture<Integer>();
        var drained = new CompletableFuture<Void>();
        serve((call, stream) -> {
            int written = 0;
            while (stream.write(Buffer.buffer(new byte[1024]))) {
                written += 1024;
            }
            full.complete(written);
            stream.onDrain(() -> drained.complete(null));
            return Future.succeededFuture(Answer.events());
        });

        var dialogue = ask();
        var first = next(dialogue).join();

        assertThat(full.join()).isBetween(BusStream.FULL - 2048, BusStream.FULL);
        assertThat(first.body().length()).isEqualTo(full.join() + 1024);
        assertThat(drained).as("nobody asked for more yet").isNotDone();
        var _ = next(dialogue);
        drained.orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Test
    void a_cancellation_is_heard_before_the_first_answer() {
        var cancelled = new CompletableFuture<Void>();
        serve((call, stream) -> {
            stream.onCancel(() -> cancelled.complete(null));
            return Promise.<Answer>promise().future();
        });

        var dialogue = ask();
        var waiting = next(dialogue);
        callee.until(bus -> bus.open() == 1);
        cancel(dialogue);

        cancelled.orTimeout(10, TimeUnit.SECONDS).join();
        callee.until(bus -> bus.open() == 0);
        assertThat(failure(waiting).status()).isEqualTo(499);
    }

    @Test
    void a_cancellation_is_heard_between_two_answers() {
        var cancelled = new CompletableFuture<Void>();
        serve((call, stream) -> {
            stream.onCancel(() -> cancelled.complete(null));
            return Future.succeededFuture(Answer.events());
        });

        var dialogue = ask();
        next(dialogue).join();
        var waiting = next(dialogue);
        cancel(dialogue);

        cancelled.orTimeout(10, TimeUnit.SECONDS).join();
        callee.until(bus -> bus.open() == 0);
        assertThat(failure(waiting).status()).isEqualTo(499);
    }

    @Test
    void an_asker_that_was_busy_when_it_left_is_gone_too() {
        var cancelled = new CompletableFuture<Void>();
        serve((call, stream) -> {
            stream.onCancel(() -> cancelled.complete(null));
            stream.write(body("first"));
            return Future.succeededFuture(Answer.events());
        });

        var dialogue = ask();
        next(dialogue).join();
        cancel(dialogue);

        cancelled.orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Test
    void a_callee_that_works_long_is_waited_for_beyond_the_patience_because_it_says_that_it_lives() {
        var slow = on(vertx, HASTY);
        var hasty = on(vertx, HASTY);
        slow.run(bus -> bus.serve("test.slow", (call, stream) -> {
                    var later = Promise.<Answer>promise();
                    vertx.setTimer(2 * HASTY.withCallee().toMillis(), done -> later.complete(Answer.json(body("{}"))));
                    return later.future();
                }))
                .join();

        var answer = hasty.run(bus -> bus.ask("test.slow", call(bus)).next()).join();

        assertThat(answer.body()).hasToString("{}");
        assertThat(answer.more()).isFalse();
    }

    @Test
    void a_callee_that_is_dead_is_given_up() {
        // A consumer that swallows every message is what a node looks like that died with the question.
        vertx.eventBus().<Call>consumer("test.dead", swallowed -> {});
        var hasty = on(vertx, HASTY);

        assertThat(failure(hasty.run(bus -> bus.ask("test.dead", call(bus)).next()))
                        .status())
                .isEqualTo(504);
    }

    @Test
    void a_reader_that_stays_away_too_long_is_cancelled() {
        var impatient = on(vertx, HASTY);
        var cancelled = new CompletableFuture<Void>();
        impatient
                .run(bus -> bus.serve("test.away", (call, stream) -> {
                    stream.onCancel(() -> cancelled.complete(null));
                    stream.write(body("first"));
                    return Future.succeededFuture(Answer.events());
                }))
                .join();

        asker.run(bus -> bus.ask("test.away", call(bus)).next()).join();

        cancelled.orTimeout(10, TimeUnit.SECONDS).join();
        impatient.until(bus -> bus.open() == 0);
    }
}
