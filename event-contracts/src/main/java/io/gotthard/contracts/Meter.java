package io.gotthard.contracts;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/**
 * What decides whether a request may cost something, and is told afterwards what it did cost. The metering verticle is one; the
 * platform hands it to whoever asks upstreams. It is called directly and not over the bus, because it stands between every request and its
 * upstream: see {@code docs/decisions/0006-metering.md}. Safe to be called from any event loop.
 */
public interface Meter {

    /** Admits everything and counts nothing: for a platform whose metering is switched off. */
    Meter OFF = new Meter() {

        @Override
        public Future<Admission> admit(Demand demand) {
            return Future.succeededFuture(Admission.UNMETERED);
        }

        @Override
        public Future<JsonObject> explain(Demand demand) {
            return Future.succeededFuture(new JsonObject().put("metered", false));
        }
    };

    /**
     * Admits a request, or refuses it before it costs anything. Completes at once, except for the first requests of a caller who is
     * not known yet or whose allowance on this node has to be filled.
     *
     * @return the admission, to be settled exactly once; or a {@link Failure}: 429 {@code rate_limit_exceeded} with the time to wait, 429
     *     {@code insufficient_quota} if there is not enough money, 503 if it can't be known, or if the model has no price
     */
    Future<Admission> admit(Demand demand);

    /**
     * What a request of a million tokens of input and as many of output costs now if this candidate answers it, in any unit that is the same
     * for all; {@link Double#NaN} if it has no price, or if nothing is known of prices.
     */
    default double rate(Candidate candidate) {
        return Double.NaN;
    }

    /** What the request would cost, from which wallet, and which limit is nearest, without admitting it. */
    Future<JsonObject> explain(Demand demand);
}
