package io.gotthard.metering;

import io.gotthard.contracts.Candidate;
import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Usage;
import java.util.Objects;

/** Which prices hold for a demand, whoever of its candidates answers. */
final class Tariffs {

    private static final Usage MILLIONS = Usage.counted("", "", Usage.Source.NONE, 1_000_000, 1_000_000);

    private final Prices prices;
    private final MeteringSettings.Unpriced policy;
    private final Unpriced unpriced;

    /**
     * @param policy what becomes of a demand that has no price
     * @param unpriced is told of it
     */
    Tariffs(Prices prices, MeteringSettings.Unpriced policy, Unpriced unpriced) {
        this.prices = prices;
        this.policy = policy;
        this.unpriced = unpriced;
    }

    /**
     * The prices of now, one for each candidate; null if the first has none for what is asked, and that is not allowed. Who has none and
     * may only stand in for the first costs what that costs.
     */
    Price[] of(Demand demand) {
        long now = System.currentTimeMillis();
        var candidates = demand.candidates();
        var first = price(candidates.getFirst(), demand, now);
        var all = new Price[candidates.size()];
        all[0] = first == null ? unpriced(demand) : first;
        if (all[0] == null) {
            return null;
        }
        for (int i = 1; i < all.length; i++) {
            var price = price(candidates.get(i), demand, now);
            all[i] = price == null ? all[0] : price;
        }
        return all;
    }

    private Price price(Candidate candidate, Demand demand, long now) {
        var names = candidate.priced();
        for (int i = 0; i < names.size(); i++) {
            var price = prices.at(names.get(i), now);
            if (price != null && price.charges(demand.most())) {
                return price;
            }
        }
        return null;
    }

    /** As {@link io.gotthard.contracts.Meter#rate} promises. */
    double rate(Candidate candidate) {
        long now = System.currentTimeMillis();
        return candidate.priced().stream()
                .map(name -> prices.at(name, now))
                .filter(Objects::nonNull)
                .mapToDouble(price -> price.cost(MILLIONS))
                .findFirst()
                .orElse(Double.NaN);
    }

    /** What the demand costs at the very most, whoever answers. */
    static long dearest(Demand demand, Price[] prices) {
        long most = prices[0].cost(demand.most());
        for (int i = 1; i < prices.length; i++) {
            most = prices[i] == prices[i - 1] ? most : Math.max(most, prices[i].cost(demand.most()));
        }
        return most;
    }

    private Price unpriced(Demand demand) {
        boolean free = policy == MeteringSettings.Unpriced.FREE;
        unpriced.alarm(demand.model(), free ? "free" : "refused");
        return free ? Price.free(demand.model()) : null;
    }

    /** A request has cost nothing: an alarm, if that is because its price states nothing for what it consumed after all. */
    void free(Demand demand, Price price, Usage usage) {
        var rates = price.rates();
        if (rates.covers(demand.most()) && !rates.covers(usage)) {
            unpriced.alarm(usage.model(), "free");
        }
    }

    /** The price of the model that is asked for; one that says nothing of what is asked, too. Null if it has none. */
    Price shown(Demand demand) {
        long now = System.currentTimeMillis();
        var price = price(demand.candidates().getFirst(), demand, now);
        return price == null ? prices.at(demand.model(), now) : price;
    }

    /** What the demand costs at the very most, whoever answers; 0 if nobody has a price. */
    long most(Demand demand) {
        long now = System.currentTimeMillis();
        return demand.candidates().stream()
                .map(candidate -> price(candidate, demand, now))
                .filter(Objects::nonNull)
                .mapToLong(price -> price.cost(demand.most()))
                .max()
                .orElse(0);
    }
}
