package io.gotthard.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Predicate;

/** What tests of the bus need: verticles to talk through, and readers. */
final class Conversations {

    private static final Duration BOUND = Duration.ofSeconds(30);

    private Conversations() {}

    /** All that a stream brought. */
    record All(String text, Answer last) {}

    /** A deployed verticle that has a bus and does on its context what a test says. */
    static final class Verticle extends VerticleBase {

        private final Patience patience;
        private Bus bus;

        private Verticle(Patience patience) {
            this.patience = patience;
        }

        @Override
        public Future<?> start() {
            bus = new Bus(vertx, patience);
            return Future.succeededFuture();
        }

        @Override
        public Future<?> stop() {
            return bus.close(10);
        }

        <T> CompletableFuture<T> run(Function<Bus, Future<T>> action) {
            var result = new CompletableFuture<T>();
            context.runOnContext(go -> action.apply(bus).onComplete(result::complete, result::completeExceptionally));
            return result;
        }

        CompletableFuture<Answer> next(Dialogue dialogue) {
            return run(bus -> dialogue.next());
        }

        void cancel(Dialogue dialogue) {
            run(bus -> {
                        dialogue.cancel();
                        return Future.succeededFuture();
                    })
                    .join();
        }

        /** Waits until something is true of the bus. */
        void until(Predicate<Bus> condition) {
            long end = System.nanoTime() + BOUND.toNanos();
            while (!condition.test(bus)) {
                assertThat(System.nanoTime()).as("time is up").isLessThan(end);
                LockSupport.parkNanos(1_000_000);
            }
        }

        CompletableFuture<Void> undeploy() {
            return vertx.undeploy(context.deploymentID()).toCompletionStage().toCompletableFuture();
        }
    }

    static Verticle on(Vertx vertx, Patience patience) {
        var verticle = new Verticle(patience);
        vertx.deployVerticle(verticle).await();
        return verticle;
    }

    static Call call(Bus bus) {
        return new Call(
                bus.nextId(),
                "request",
                new Caller("key", "account", "tenant", Permissions.ALL, null),
                Map.of("model", "a/b"),
                JsonBody.parse(body("{\"model\":\"a/b\",\"n\":1.50}")));
    }

    static Buffer body(String text) {
        return Buffer.buffer(text);
    }

    /** Reads a stream to its end. */
    static Future<All> read(Dialogue dialogue) {
        return read(dialogue, Buffer.buffer());
    }

    private static Future<All> read(Dialogue dialogue, Buffer before) {
        return dialogue.next().compose(answer -> {
            before.appendBuffer(answer.body());
            return answer.more() ? read(dialogue, before) : Future.succeededFuture(new All(before.toString(), answer));
        });
    }

    static Failure failure(CompletableFuture<?> result) {
        try {
            throw new AssertionError("expected a failure, but got " + result.join());
        } catch (CompletionException e) {
            return (Failure) e.getCause();
        }
    }
}
