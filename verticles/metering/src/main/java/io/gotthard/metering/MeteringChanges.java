package io.gotthard.metering;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.pubsub.PgSubscriber;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears from PostgreSQL, which tells every node whoever made the change, what has changed of wallets, prices and limits, and passes it on
 * to who remembers them here.
 */
final class MeteringChanges {

    private static final Logger LOG = LoggerFactory.getLogger(MeteringChanges.class);
    private static final long RETRY_MILLIS = 500;

    private final PgSubscriber subscriber;
    private final Prices prices;
    private final Limits limits;
    private final Standings standings;
    private final Allowances allowances;
    private boolean closing;

    MeteringChanges(
            Vertx vertx, Database database, Prices prices, Limits limits, Standings standings, Allowances allowances) {
        this.subscriber = database.subscriber(vertx);
        this.prices = prices;
        this.limits = limits;
        this.standings = standings;
        this.allowances = allowances;
    }

    Future<Void> listen() {
        subscriber.reconnectPolicy(retries -> RETRY_MILLIS);
        subscriber.closeHandler(closed -> {
            if (!closing) {
                LOG.warn("The database no longer tells of changed wallets, prices and limits; trying again");
            }
        });
        listen("metering_changed", this::changed, this::anythingChanged);
        listen("metering_wallets", allowances::hear, allowances::missed);
        return subscriber.connect();
    }

    private void listen(String name, Consumer<String> heard, Runnable subscribed) {
        var channel = subscriber.channel(name);
        channel.handler(heard::accept);
        // After an interruption nobody knows what was missed.
        channel.subscribeHandler(again -> subscribed.run());
    }

    private void changed(String payload) {
        var words = payload.split(" ", 2);
        switch (words[0]) {
            case "owner" -> standings.forget(payload);
            case "limits" -> limits.forget(payload);
            case "prices" -> reloadPrices();
            default -> LOG.warn("The database said something else of what changed: {}", words[0]);
        }
    }

    private void anythingChanged() {
        standings.forgetAll();
        limits.forgetAll();
        reloadPrices();
    }

    private void reloadPrices() {
        prices.reload().onFailure(cause -> LOG.warn("Prices can't be read: {}", cause.getMessage()));
    }

    Future<Void> close() {
        closing = true;
        return subscriber.close();
    }
}
