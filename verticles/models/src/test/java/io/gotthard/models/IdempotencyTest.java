package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Size;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that are larger than what may be kept of them, and readers that are slower than they come. */
@Timeout(60)
class IdempotencyTest {

    private static final String ADDRESS = "models.test";
    private static final int PIECE = 32 * 1024;
    /** 16 MB, of which a quarter of 1 MB may be kept. */
    private static final int PIECES = 512;
    /** More than may be kept, and what waits on its way there. */
    private static final int ENOUGH = 448 * 1024;

    private final Vertx vertx = Vertx.vertx();
    private final Context asking = vertx.getOrCreateContext();
    private final Context answering = vertx.getOrCreateContext();
    private final Idempotency idempotency = new Idempotency(
            new IdempotencySettings(Duration.ofMinutes(1), Duration.ofMillis(200), new Size(1 << 20)), null);
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicLong written = new AtomicLong();
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private volatile int pieces = PIECES;
    private Bus bus;

    @BeforeEach
    void serve() {
        idempotency.start(vertx).await();
        on(answering, () -> {
                    var served = new Bus(vertx);
                    return served.serve(ADDRESS, idempotency.of(served, ADDRESS, call -> {}, this::answer));
                })
                .join();
        bus = on(asking, () -> Future.succeededFuture(new Bus(vertx))).join();
    }

    @AfterEach
    void stop() {
        idempotency.close().await();
        vertx.close().await();
    }

    private Future<Answer> answer(Call call, BusStream stream) {
        asked.incrementAndGet();
        var left = new AtomicInteger(pieces);
        stream.onCancel(() -> cancelled.set(true));
        stream.onDrain(() -> write(stream, left));
        Vertx.currentContext().runOnContext(opened -> write(stream, left));
        return Future.succeededFuture(Answer.events());
    }

    private void write(BusStream stream, AtomicInteger left) {
        boolean room = true;
        while (room && left.get() > 0) {
            left.decrementAndGet();
            written.addAndGet(PIECE);
            room = stream.write(Buffer.buffer(new byte[PIECE]));
        }
        if (left.get() == 0) {
            stream.end(null);
        }
    }

    private static <T> CompletableFuture<T> on(Context context, Supplier<Future<T>> work) {
        var promise = Promise.<T>promise();
        context.runOnContext(go -> work.get().onComplete(promise));
        return promise.future().toCompletionStage().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS);
    }

    private Dialogue ask(String key) {
        var caller = new Caller("key", "account", "tenant", Permissions.ALL, null);
        var body = JsonBody.parse(Buffer.buffer("{}"));
        return bus.ask(ADDRESS, new Call(bus.nextId(), "request", caller, Map.of(Idempotency.KEY, key), body));
    }

    private CompletableFuture<Answer> next(Dialogue dialogue) {
        return on(asking, dialogue::next);
    }

    private long read(Dialogue dialogue) {
        long bytes = 0;
        Answer answer;
        do {
            answer = next(dialogue).join();
            bytes += answer.body().length();
        } while (answer.more());
        return bytes;
    }

    private static void await(BooleanSupplier condition) {
        long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - began)
                    .isLessThan(Duration.ofSeconds(20).toNanos());
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Test
    void what_is_too_large_to_be_kept_is_given_whole_to_who_asked() {
        assertThat(read(ask("large"))).isEqualTo((long) PIECES * PIECE);
        // Without a database nothing is known of it any more.
        assertThat(read(ask("large"))).isEqualTo((long) PIECES * PIECE);
        assertThat(asked).hasValue(2);
    }

    @Test
    void who_comes_too_late_for_the_beginning_is_told_so() {
        var first = ask("large");
        next(first).join();
        await(() -> written.get() >= ENOUGH);
        await(() -> RouteAsker.failure(next(ask("large"))).code().equals("idempotency_answer_not_kept"));
        assertThat(asked).hasValue(1);
        assertThat(read(first)).isPositive();
    }

    @Test
    void a_slow_reader_of_what_is_too_large_makes_the_upstream_wait() {
        var slow = ask("large");
        next(slow).join();
        long before;
        do {
            before = written.get();
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        } while (written.get() > before);
        assertThat(written.get()).isLessThan(2 << 20);
        assertThat(read(slow)).isPositive();
        assertThat(written.get()).isEqualTo((long) PIECES * PIECE);
    }

    @Test
    void what_is_too_large_is_given_up_at_once_when_its_reader_leaves() {
        var leaving = ask("large");
        next(leaving).join();
        await(() -> written.get() >= ENOUGH);
        on(asking, () -> {
                    leaving.cancel();
                    return Future.succeededFuture();
                })
                .join();
        await(cancelled::get);
    }

    @Test
    void many_read_the_same_each_at_their_own_pace() {
        pieces = 4;
        var first = ask("shared");
        next(first).join();
        for (int i = 0; i < 5; i++) {
            assertThat(read(ask("shared"))).isEqualTo(4L * PIECE);
        }
        assertThat(asked).hasValue(1);
    }

    @Test
    void a_failure_is_told_to_all_who_wait_and_then_forgotten() {
        var caller = new Caller("key", "account", "tenant", Permissions.ALL, null);
        var body = JsonBody.parse(Buffer.buffer("{}"));
        on(
                        asking,
                        () -> bus.serve(
                                "models.failing", idempotency.of(bus, "models.failing", call -> {}, (call, stream) -> {
                                    asked.incrementAndGet();
                                    return Future.failedFuture(Failure.unavailable("Not now."));
                                })))
                .join();
        for (int i = 1; i <= 2; i++) {
            var call = new Call(bus.nextId(), "request", caller, Map.of(Idempotency.KEY, "failing"), body);
            var failure = RouteAsker.failure(next(bus.ask("models.failing", call)));
            assertThat(failure.status()).isEqualTo(503);
            assertThat(asked).hasValue(i);
        }
    }
}
