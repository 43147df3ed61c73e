package io.gotthard.accounts;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.pgclient.pubsub.PgSubscriber;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of changed keys from PostgreSQL, which tells every node whoever made the change, and passes them on to who remembers
 * keys in this JVM.
 */
final class KeyChanges {

    /** The event; its body is the hash of the key, or empty if it may be any. */
    static final String CHANGED = "accounts.key.changed";

    private static final Logger LOG = LoggerFactory.getLogger(KeyChanges.class);
    private static final String CHANNEL = "accounts_api_keys";
    private static final long RETRY_MILLIS = 500;

    private final Vertx vertx;
    private final PgSubscriber subscriber;
    private boolean closing;

    KeyChanges(Vertx vertx, Database database) {
        this.vertx = vertx;
        this.subscriber = database.subscriber(vertx);
    }

    Future<Void> listen() {
        subscriber.reconnectPolicy(retries -> RETRY_MILLIS);
        subscriber.closeHandler(closed -> {
            if (!closing) {
                LOG.warn("The database no longer tells of changed keys; trying again");
            }
        });
        var channel = subscriber.channel(CHANNEL);
        channel.handler(this::publish);
        // After an interruption nobody knows what was missed.
        channel.subscribeHandler(subscribed -> publish(""));
        return subscriber.connect();
    }

    private void publish(String hash) {
        vertx.eventBus().publish(CHANGED, hash, new DeliveryOptions().setLocalOnly(true));
    }

    Future<Void> close() {
        closing = true;
        return subscriber.close();
    }
}
