package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Customer.Seen;
import io.vertx.core.json.JsonObject;

/**
 * A platform in front of a scripted upstream, where somebody pays for what is asked.
 *
 * @param upstream the upstream of all models
 * @param platform the platform
 * @param log what is logged meanwhile
 * @param ledger the ledger
 * @param purse who pays
 */
record Shop(ScriptedUpstream upstream, RunningPlatform platform, CapturedLog log, Ledger ledger, Purse purse)
        implements AutoCloseable {

    /** Opens with this configuration of upstreams and models. */
    static Shop open(ScriptedUpstream upstream, String yaml) {
        var log = CapturedLog.start();
        var platform = RunningPlatform.start("metering: {fold: 500ms}\n" + yaml, TestDatabase.url());
        var purse = Purse.with(new Hub(platform.url(), RunningPlatform.KEY), "5");
        return new Shop(upstream, platform, log, new Ledger(TestDatabase.url()), purse);
    }

    /** Asks a model, by a connection of its own. */
    Seen ask(String model) {
        try (var customer = purse.customer()) {
            return customer.ask(model);
        }
    }

    /** The receipt of a request whose charge is final. */
    JsonObject receipt(Seen seen) {
        ledger.charge(seen.requestId());
        return purse.spender().get("/usage/receipts/" + seen.requestId()).ok().json();
    }

    /** Asserts that a request was paid, once, and with so many attempts. */
    void assertSettled(Seen seen, int attempts, long amount) {
        var charge = ledger.charge(seen.requestId());
        assertThat(charge.amount()).as("%s of %s", charge, seen).isEqualTo(amount);
        assertThat(receipt(seen).getInteger("attempts"))
                .as("attempts of %s", seen)
                .isEqualTo(attempts);
    }

    @Override
    public void close() {
        platform.close();
        upstream.close();
        log.close();
    }
}
