package io.gotthard.contracts;

import static io.gotthard.contracts.Conversations.body;
import static io.gotthard.contracts.Conversations.failure;
import static io.gotthard.contracts.Conversations.read;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BusClosingTest extends TwoVerticles {

    @Test
    void closing_answers_nothing_new_lets_a_stream_finish_and_then_is_done() {
        var writer = new CompletableFuture<BusStream>();
        serve((call, stream) -> {
            writer.complete(stream);
            stream.write(body("begun"));
            return Future.succeededFuture(Answer.events());
        });
        var dialogue = ask();
        next(dialogue).join();

        var closed = callee.run(bus -> bus.close(30_000));
        callee.until(bus -> failure(next(ask())).status() == 503);
        assertThat(closed).isNotDone();
        var rest = asker.run(bus -> read(dialogue));
        var _ = callee.run(bus -> {
            writer.join().write(body("finished"));
            writer.join().end(null);
            return Future.succeededFuture();
        });

        assertThat(rest.join().text()).isEqualTo("finished");
        closed.orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Test
    void closing_fails_what_does_not_finish_in_time_with_a_clear_word() {
        var stopped = new CompletableFuture<Void>();
        serve((call, stream) -> {
            stream.onCancel(() -> stopped.complete(null));
            stream.write(body("begun"));
            return Future.succeededFuture(Answer.events());
        });
        var dialogue = ask();
        next(dialogue).join();
        var rest = next(dialogue);

        callee.run(bus -> bus.close(50)).orTimeout(10, TimeUnit.SECONDS).join();

        assertThat(failure(rest).status()).isEqualTo(503);
        stopped.orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Test
    void an_undeployed_verticle_leaves_no_reader_waiting() {
        serve((call, stream) -> {
            stream.write(body("begun"));
            return Future.succeededFuture(Answer.events());
        });
        var dialogue = ask();
        next(dialogue).join();
        var rest = next(dialogue);

        callee.undeploy().join();

        assertThat(failure(rest).status()).isEqualTo(503);
    }
}
