package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Admission;
import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Meter;
import io.gotthard.contracts.Outcome;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A meter that admits everything, and keeps what is settled. */
final class Settled implements Meter {

    private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();

    @Override
    public Future<Admission> admit(Demand demand) {
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
            public void settle(Outcome outcome) {
                outcomes.add(outcome);
            }
        });
    }

    @Override
    public Future<JsonObject> explain(Demand demand) {
        return Future.succeededFuture(new JsonObject());
    }

    /** The next request that is or was settled. */
    Outcome next() throws InterruptedException {
        return outcomes.poll(20, TimeUnit.SECONDS);
    }

    void assertNothing() {
        assertThat(outcomes).isEmpty();
    }
}
