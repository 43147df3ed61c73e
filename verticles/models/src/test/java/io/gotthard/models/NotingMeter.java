package io.gotthard.models;

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

/** Admits everything at once, and notes what was admitted and how it was settled. */
final class NotingMeter implements Meter {

    final BlockingQueue<Demand> admitted = new LinkedBlockingQueue<>();
    final BlockingQueue<Outcome> settled = new LinkedBlockingQueue<>();

    /** How the next request ended; waits for it. */
    Outcome settled() throws InterruptedException {
        return settled.poll(20, TimeUnit.SECONDS);
    }

    @Override
    public Future<Admission> admit(Demand demand) {
        admitted.add(demand);
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
            public void answered() {}

            @Override
            public void settle(Outcome outcome) {
                settled.add(outcome);
            }
        });
    }

    @Override
    public Future<JsonObject> explain(Demand demand) {
        return Future.succeededFuture(new JsonObject());
    }
}
