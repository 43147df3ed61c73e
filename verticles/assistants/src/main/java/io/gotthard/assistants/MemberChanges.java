package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.pubsub.PgSubscriber;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears from PostgreSQL who was added to a thread, changed or removed, by whatever node, and passes it on to who sends events to members
 * in this JVM.
 */
final class MemberChanges {

    /** The event: an object with {@code thread} and {@code account}, both empty if it may be any. */
    static final String CHANGED = "assistants.member.changed";

    private static final Logger LOG = LoggerFactory.getLogger(MemberChanges.class);
    private static final String CHANNEL = "assistants_members";
    private static final long RETRY_MILLIS = 500;

    private final Bus bus;
    private final PgSubscriber subscriber;
    private boolean closing;

    MemberChanges(Vertx vertx, Bus bus, Database database) {
        this.bus = bus;
        this.subscriber = database.subscriber(vertx);
    }

    Future<Void> listen() {
        subscriber.reconnectPolicy(retries -> RETRY_MILLIS);
        subscriber.closeHandler(closed -> {
            if (!closing) {
                LOG.warn("The database no longer tells of changed members; trying again");
            }
        });
        var channel = subscriber.channel(CHANNEL);
        channel.handler(this::publish);
        // After an interruption nobody knows what was missed.
        channel.subscribeHandler(subscribed -> publish(" "));
        return subscriber.connect();
    }

    private void publish(String payload) {
        var blank = payload.indexOf(' ');
        bus.publish(
                CHANGED,
                new JsonObject()
                        .put("thread", payload.substring(0, blank))
                        .put("account", payload.substring(blank + 1)));
    }

    Future<Void> close() {
        closing = true;
        return subscriber.close();
    }
}
