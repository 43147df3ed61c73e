package io.gotthard.assistants;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.pubsub.PgSubscriber;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears from PostgreSQL what other nodes wrote: which threads go up to which place, and which are gone. */
final class LogNotices {

    private static final Logger LOG = LoggerFactory.getLogger(LogNotices.class);
    private static final String CHANNEL = "assistants_events";
    private static final long RETRY_MILLIS = 500;

    private final PgSubscriber subscriber;
    private final Tails tails;
    private final String own;
    private boolean closing;

    /** @param own what the notifications of this node begin with */
    LogNotices(Vertx vertx, Database database, Tails tails, String own) {
        this.subscriber = database.subscriber(vertx);
        this.tails = tails;
        this.own = own + " ";
    }

    Future<Void> listen() {
        subscriber.reconnectPolicy(retries -> RETRY_MILLIS);
        subscriber.closeHandler(closed -> {
            if (!closing) {
                LOG.warn("The database no longer tells of events; trying again");
            }
        });
        var channel = subscriber.channel(CHANNEL);
        channel.handler(this::heard);
        // After an interruption nobody knows what was missed.
        channel.subscribeHandler(subscribed -> tails.look());
        return subscriber.connect();
    }

    /** A writer, and then thread:place for each thread that it wrote into; place 0 says that the thread is gone. */
    private void heard(String notice) {
        if (notice.startsWith(own)) {
            return;
        }
        var parts = notice.split(" ");
        for (int i = 1; i < parts.length; i++) {
            int colon = parts[i].indexOf(':');
            long thread = Long.parseLong(parts[i], 0, colon, 10);
            long place = Long.parseLong(parts[i], colon + 1, parts[i].length(), 10);
            if (place == 0) {
                tails.gone(thread);
            } else {
                tails.told(thread, place);
            }
        }
    }

    Future<Void> close() {
        closing = true;
        return subscriber.close();
    }
}
