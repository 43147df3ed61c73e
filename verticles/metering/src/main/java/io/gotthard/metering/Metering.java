package io.gotthard.metering;

import io.gotthard.contracts.Admission;
import io.gotthard.contracts.Candidate;
import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/**
 * Decides what may be asked of upstreams, and charges what was. Until its {@link MeteringVerticle} runs it refuses everything.
 */
public final class Metering implements Meter {

    private final MeteringSettings settings;
    private final Map<String, Map<String, BigDecimal>> configuredPrices;
    private final MeterRegistry registry;
    private volatile Admissions admissions;
    private volatile Prices prices;

    /**
     * A meter, to be run by one {@link MeteringVerticle}.
     *
     * @param configuredPrices the rates of each model that the configuration has a price for, by the model's public name
     * @param registry where it counts what it did
     */
    public Metering(
            MeteringSettings settings, Map<String, Map<String, BigDecimal>> configuredPrices, MeterRegistry registry) {
        this.settings = settings;
        this.configuredPrices = Map.copyOf(configuredPrices);
        this.registry = registry;
    }

    @Override
    public Future<Admission> admit(Demand demand) {
        var open = admissions;
        return open == null ? closed() : open.admit(demand);
    }

    @Override
    public Future<JsonObject> explain(Demand demand) {
        var open = admissions;
        return open == null ? closed() : open.explain(demand);
    }

    @Override
    public double rate(Candidate candidate) {
        var open = admissions;
        return open == null ? Double.NaN : open.rate(candidate);
    }

    private static <T> Future<T> closed() {
        return Future.failedFuture(Failure.unavailable("Requests can't be metered at the moment."));
    }

    /**
     * Gives models other prices from now on: those of a changed configuration. Only what the configuration says otherwise than before
     * is a new price.
     *
     * @param configured the rates of each model that the configuration has a price for, by the model's public name
     * @return fails, and no price has changed, if that can't be stored
     * @throws IllegalArgumentException if one is none
     */
    public Future<Void> configure(Map<String, Map<String, BigDecimal>> configured) {
        var known = prices;
        return known == null ? closed() : known.configure(rates(configured)).compose(written -> known.reload());
    }

    static Map<String, Rates> rates(Map<String, Map<String, BigDecimal>> configured) {
        var rates = new HashMap<String, Rates>();
        configured.forEach((model, decimals) -> rates.put(model, Rates.of(decimals)));
        return rates;
    }

    /** These are the prices from now on; there are none if they are null. */
    void priced(Prices known) {
        prices = known;
    }

    /** From now on these decide; nobody does if they are null. */
    void open(Admissions deciding) {
        admissions = deciding;
    }

    MeteringSettings settings() {
        return settings;
    }

    Map<String, Map<String, BigDecimal>> configuredPrices() {
        return configuredPrices;
    }

    MeterRegistry registry() {
        return registry;
    }
}
