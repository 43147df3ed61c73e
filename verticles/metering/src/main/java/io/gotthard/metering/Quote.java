package io.gotthard.metering;

import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Usage;
import io.gotthard.metering.Limit.Metric;
import io.gotthard.metering.MeteringSettings.Unpriced;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** What a demand would cost, for who asks before sending it. */
final class Quote {

    private Quote() {}

    /**
     * The explanation, but for who pays.
     *
     * @param price the model's, or null if it has none
     * @param nearest the limit that it would reach first, or null if none holds
     */
    static JsonObject json(Demand demand, Price price, Limiter.Nearest nearest, MeteringSettings settings) {
        boolean charged = price != null && price.charges(demand.most());
        var json = new JsonObject()
                .put("metered", true)
                .put("model", demand.model())
                .put("operation", demand.operation())
                .put("currency", settings.currency())
                .put("price", price == null ? null : price(price))
                .put("likely", consumption(demand.likely(), price))
                .put("most", consumption(demand.most(), price))
                .put("limit", nearest == null ? null : limit(nearest));
        return charged
                ? json.putNull("unpriced")
                : json.put("unpriced", settings.unpriced() == Unpriced.FREE ? "free" : "refused");
    }

    private static JsonObject price(Price price) {
        return new JsonObject()
                .put("id", price.name())
                .put("rates", price.rates().decimals());
    }

    private static JsonObject consumption(Usage usage, Price price) {
        return new JsonObject()
                .put("prompt_tokens", usage.promptTokens())
                .put("completion_tokens", usage.completionTokens())
                .put("cost", price == null ? null : Money.text(price.cost(usage)));
    }

    private static JsonObject limit(Limiter.Nearest nearest) {
        var limit = nearest.limit();
        boolean money = limit.metric() == Metric.MONEY;
        return new JsonObject()
                .put("id", limit.name())
                .put("metric", lower(limit.metric()))
                .put("period", limit.period() == null ? null : lower(limit.period()))
                .put("amount", money ? Money.text(limit.amount()) : Long.toString(limit.amount()))
                .put("remaining", money ? Money.text(nearest.remaining()) : Long.toString(nearest.remaining()))
                .put("wait_ms", nearest.waitNanos() / 1_000_000);
    }

    private static String lower(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Who pays.
     *
     * @param balance what it has, in nanos; null if it is not limited by that
     * @param cost what it has to have
     * @param shown whether the caller may know how much there is
     */
    static JsonObject wallet(Wallet wallet, Long balance, long cost, boolean shown) {
        return new JsonObject()
                .put("id", Wallets.name(wallet.id()))
                .put("kind", wallet.isPrepaid() ? "wallet" : "receivable")
                .put("balance", shown && balance != null ? Money.text(balance) : null)
                .put("enough", balance == null || balance >= cost);
    }
}
