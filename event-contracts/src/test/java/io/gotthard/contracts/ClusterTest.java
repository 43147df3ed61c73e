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
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The bus between two nodes that share nothing but the network. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ClusterTest {

    private static final Patience SHORT =
            new Patience(Duration.ofSeconds(5), Duration.ofMillis(500), Duration.ofSeconds(5));

    private static Node here;
    private static Node there;

    /** Every test has an address of its own, because a cluster may take its time to forget one. */
    private static final AtomicInteger ADDRESSES = new AtomicInteger();

    private final String address = "test.cluster" + ADDRESSES.incrementAndGet();
    private Conversations.Verticle asker;
    private Conversations.Verticle callee;

    @BeforeAll
    static void form() {
        here = Node.start(null);
        there = Node.start(here.address());
        assertThat(here.hazelcast().getCluster().getMembers()).hasSize(2);
    }

    @AfterAll
    static void leave() {
        there.close();
        here.close();
    }

    @BeforeEach
    void deploy() {
        asker = on(here.vertx(), SHORT);
        callee = on(there.vertx(), SHORT);
    }

    @AfterEach
    void undeploy() {
        here.vertx().deploymentIDs().forEach(id -> here.vertx().undeploy(id).await());
        there.vertx().deploymentIDs().forEach(id -> there.vertx().undeploy(id).await());
    }

    /** Serves on the other node, and returns when this node knows. */
    private void serve(Operation operation) {
        callee.run(bus -> bus.serve(address, operation)).join();
    }

    private Dialogue ask() {
        return ask(address);
    }

    private Dialogue ask(String served) {
        return asker.run(bus -> Future.succeededFuture(bus.ask(served, call(bus))))
                .join();
    }

    private static Operation says(String text) {
        return (call, stream) -> Future.succeededFuture(Answer.json(body(text)));
    }

    @Test
    void a_call_arrives_whole_and_its_answer_with_usage() {
        var seen = new CompletableFuture<Call>();
        var usage = new Usage("m", "u", 1, 2, 3, 4, true);
        serve((call, stream) -> {
            seen.complete(call);
            return Future.succeededFuture(new Answer(201, "text/x", body("ä"), false, usage));
        });

        var answer = asker.next(ask()).join();

        assertThat(seen.join().caller()).isEqualTo(new Caller("key", "account", "tenant", Permissions.ALL, null));
        assertThat(seen.join().parameters()).isEqualTo(Map.of("model", "a/b"));
        assertThat(seen.join().body().text("n")).isEqualTo("1.50");
        assertThat(answer).isEqualTo(new Answer(201, "text/x", body("ä"), false, usage));
    }

    @Test
    void a_failure_arrives_with_all_it_says() {
        serve((call, stream) -> Future.failedFuture(new Failure(429, "t", "c", "p", "Too much.", 1500)));

        var failure = failure(asker.next(ask()));

        assertThat(failure.status()).isEqualTo(429);
        assertThat(failure.type()).isEqualTo("t");
        assertThat(failure.code()).isEqualTo("c");
        assertThat(failure.param()).isEqualTo("p");
        assertThat(failure.getMessage()).isEqualTo("Too much.");
        assertThat(failure.retryAfterMillis()).isEqualTo(1500);
    }

    @Test
    void a_stream_arrives_whole_and_in_order_and_no_faster_than_it_is_read() {
        int events = 20_000;
        int most = BusStream.FULL + 1024;
        var pauses = new AtomicInteger();
        serve((call, stream) -> {
            var writing = new Object() {
                private int at;

                void go() {
                    boolean more = true;
                    while (more && at < events) {
                        more = stream.write(body("event %05d with some text to fill it\n".formatted(at++)));
                    }
                    if (at == events) {
                        stream.end(Usage.unreported("m", "u"));
                    } else {
                        pauses.incrementAndGet();
                    }
                }
            };
            stream.onDrain(writing::go);
            writing.go();
            return Future.succeededFuture(Answer.events());
        });

        var dialogue = ask();
        var text = Buffer.buffer();
        var answer = asker.next(dialogue).join();
        while (answer.more()) {
            assertThat(answer.body().length()).as("what may wait for a reader").isLessThan(most);
            text.appendBuffer(answer.body());
            answer = asker.next(dialogue).join();
        }
        text.appendBuffer(answer.body());

        assertThat(pauses.get()).isGreaterThanOrEqualTo(5);
        var lines = text.toString().split("\n");
        assertThat(lines).hasSize(events);
        for (int i = 0; i < events; i++) {
            assertThat(lines[i]).startsWith("event %05d ".formatted(i));
        }
        assertThat(answer.usage()).isEqualTo(Usage.unreported("m", "u"));
    }

    @Test
    void a_reader_that_stops_is_sent_nothing_and_goes_on_later() {
        var full = new CompletableFuture<BusStream>();
        var drained = new CompletableFuture<Void>();
        serve((call, stream) -> {
            stream.onDrain(() -> drained.complete(null));
            var _ = there.vertx().setTimer(1, later -> {
                while (stream.write(Buffer.buffer(new byte[1024]))) {
                    // until it is enough
                }
                full.complete(stream);
            });
            stream.write(body("begun"));
            return Future.succeededFuture(Answer.events());
        });

        var dialogue = ask();
        assertThat(asker.next(dialogue).join().body()).hasToString("begun");
        full.orTimeout(10, TimeUnit.SECONDS).join();
        assertThat(drained).as("nobody asked for more yet").isNotDone();
        assertThat(asker.next(dialogue).join().body().length()).isBetween(BusStream.FULL, BusStream.FULL + 1024);
        drained.orTimeout(10, TimeUnit.SECONDS).join();
        callee.run(bus -> {
                    full.join().end(null);
                    return Future.succeededFuture();
                })
                .join();
        assertThat(asker.next(dialogue).join().more()).isFalse();
    }

    @Test
    void a_callee_that_works_longer_than_the_patience_is_waited_for_because_it_says_that_it_lives() {
        serve((call, stream) -> there.vertx()
                .timer(SHORT.withCallee().toMillis() + 1000, TimeUnit.MILLISECONDS)
                .map(Answer.json(body("late"))));

        assertThat(asker.next(ask()).join().body()).hasToString("late");
    }

    @Test
    void a_cancellation_is_heard_while_the_other_node_is_silent() {
        var cancelled = new CompletableFuture<Void>();
        serve((call, stream) -> {
            stream.onCancel(() -> cancelled.complete(null));
            return Promise.<Answer>promise().future();
        });

        var dialogue = ask();
        var waiting = asker.next(dialogue);
        callee.until(bus -> bus.open() == 1);
        asker.cancel(dialogue);

        cancelled.orTimeout(10, TimeUnit.SECONDS).join();
        assertThat(failure(waiting).status()).isEqualTo(499);
        callee.until(bus -> bus.open() == 0);
    }

    @Test
    void a_cancellation_reaches_the_other_node_also_when_the_address_is_served_here_since() {
        var cancelled = new CompletableFuture<Void>();
        // One that would not notice by itself that its reader is gone.
        callee = on(there.vertx(), Patience.USUAL);
        serve((call, stream) -> {
            stream.onCancel(() -> cancelled.complete(null));
            return Promise.<Answer>promise().future();
        });

        var dialogue = ask();
        var waiting = asker.next(dialogue);
        callee.until(bus -> bus.open() == 1);
        on(here.vertx(), SHORT).run(bus -> bus.serve(address, says("here"))).join();
        asker.cancel(dialogue);

        cancelled.orTimeout(10, TimeUnit.SECONDS).join();
        assertThat(failure(waiting).status()).isEqualTo(499);
    }

    @Test
    void a_stream_whose_verticle_is_undeployed_ends_with_a_clear_word() {
        serve((call, stream) -> {
            stream.write(body("begun"));
            return Future.succeededFuture(Answer.events());
        });
        var dialogue = ask();
        asker.next(dialogue).join();
        var rest = asker.next(dialogue);

        callee.undeploy().join();

        assertThat(failure(rest).status()).isEqualTo(503);
    }

    @Test
    void the_nearest_answers_and_when_it_is_gone_the_other_node() {
        serve(says("there"));
        var near = on(here.vertx(), SHORT);
        assertThat(asker.next(ask()).join().body()).hasToString("there");

        near.run(bus -> bus.serve(address, says("here"))).join();
        for (int i = 0; i < 10; i++) {
            assertThat(asker.next(ask()).join().body()).hasToString("here");
        }

        near.undeploy().join();
        // A node hears a moment later who is gone; until then a call may go to where nobody is left, and is refused.
        asker.until(bus -> IntStream.range(0, 10).allMatch(i -> statusOf(address) == 200));
        assertThat(asker.next(ask()).join().body()).hasToString("there");
    }

    @Test
    void a_node_that_is_killed_fails_its_reader_within_the_patience_and_later_ones_at_once() throws Exception {
        try (var child = NodeChild.start(here.address())) {
            asker.until(bus -> statusOf(NodeChild.ADDRESS) == 200);
            var dialogue = ask(NodeChild.ADDRESS);
            assertThat(asker.next(dialogue).join().body()).hasToString("begun");
            var rest = asker.run(bus -> read(dialogue));

            child.kill();

            // That it comes at all shows that it came from our patience: nobody is left who could say anything.
            assertThat(failure(rest).status()).isIn(503, 504);
            asker.until(bus -> statusOf(NodeChild.ADDRESS) == 503);
        }
    }

    /** What the first answer at an address says; nothing more is asked for. */
    private int statusOf(String served) {
        var dialogue = ask(served);
        int status = asker.next(dialogue)
                .handle((answer, failed) -> failed == null ? answer.status() : ((Failure) failed).status())
                .join();
        asker.cancel(dialogue);
        return status;
    }
}
