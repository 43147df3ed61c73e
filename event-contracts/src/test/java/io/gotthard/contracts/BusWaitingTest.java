package io.gotthard.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.CompositeFuture;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Operations that wait in straight lines, on virtual threads. */
@Timeout(60)
class BusWaitingTest {

    /** More than Vert.x keeps for a consumer that takes none. */
    private static final int MANY = 1_500;

    /** Answers when everybody has asked. */
    private static final class Meeting extends VerticleBase {

        private final Promise<Void> all = Promise.promise();
        private int here;

        @Override
        public Future<?> start() {
            return new Bus(vertx).serve("meeting.join", (call, stream) -> {
                if (++here == MANY) {
                    all.complete();
                }
                all.future().await();
                return Future.succeededFuture(Answer.json(Buffer.buffer("{}")));
            });
        }
    }

    @Test
    void who_waits_keeps_nobody_else_waiting_at_the_same_address() throws Exception {
        var vertx = Vertx.vertx();
        try {
            vertx.deployVerticle(Meeting::new, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                    .await();
            var asked = Promise.<Integer>promise();
            vertx.runOnContext(here -> {
                var bus = new Bus(vertx);
                var answers = new ArrayList<Future<Answer>>();
                for (int i = 0; i < MANY; i++) {
                    var call = new Call(bus.nextId(), "r" + i, Caller.NOBODY, Map.of(), null);
                    answers.add(bus.ask("meeting.join", call).next());
                }
                Future.all(answers).map(CompositeFuture::size).onComplete(asked);
            });
            assertThat(asked.future().await(50, TimeUnit.SECONDS)).isEqualTo(MANY);
        } finally {
            vertx.close().await();
        }
    }
}
