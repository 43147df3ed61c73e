package io.gotthard.metering;

import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Usage;
import io.vertx.core.json.JsonObject;

/** What a demand would cost, for who asks before sending it. */
final class Quote {

    private Quote() {}

    /**
     * The part of the explanation that the price tells: model, price and costs. Who pays, and which limit is nearest, is for the caller to
     * add as {@code wallet} and {@code limit}.
     *
     * @param price the model's, or null if it has none
     */
    static JsonObject json(Demand demand, Price price, MeteringSettings settings) {
        var json = new JsonObject()
                .put("metered", true)
                .put("model", demand.model())
                .put("operation", demand.operation())
                .put("currency", settings.currency())
                .put("likely", consumption(demand.likely(), price))
                .put("most", consumption(demand.most(), price));
        if (price == null) {
            boolean free = settings.unpriced() == MeteringSettings.Unpriced.FREE;
            return json.put("unpriced", free ? "free" : "refuse").putNull("price");
        }
        return json.put(
                "price",
                new JsonObject()
                        .put("id", price.name())
                        .put("rates", price.rates().decimals()));
    }

    private static JsonObject consumption(Usage usage, Price price) {
        return new JsonObject()
                .put("prompt_tokens", usage.promptTokens())
                .put("completion_tokens", usage.completionTokens())
                .put("cost", price == null ? null : Money.text(price.cost(usage)));
    }
}
