package io.gotthard.assistants;

import io.gotthard.contracts.Bus;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.pubsub.PgSubscriber;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears from PostgreSQL what concerns single accounts, by whatever node: who was added to a thread, changed or removed, what people are
 * asked, and which runs have ended. It is passed on to who serves those accounts in this JVM.
 */
final class AccountNews {

    /** The event: an object with {@code thread} and {@code account}, both empty if it may be any. */
    static final String MEMBER_CHANGED = "assistants.member.changed";

    /** The event: what some accounts of a tenant are to be told; without accounts, that something may have been missed. */
    static final String NOTIFIED = "assistants.account.notified";

    private static final Logger LOG = LoggerFactory.getLogger(AccountNews.class);
    private static final long RETRY_MILLIS = 500;

    private final Bus bus;
    private final PgSubscriber subscriber;
    private boolean closing;

    AccountNews(Vertx vertx, Bus bus, Database database) {
        this.bus = bus;
        this.subscriber = database.subscriber(vertx);
    }

    Future<Void> listen() {
        subscriber.reconnectPolicy(retries -> RETRY_MILLIS);
        subscriber.closeHandler(closed -> {
            if (!closing) {
                LOG.warn("The database no longer tells what concerns accounts; trying again");
            }
        });
        var members = subscriber.channel("assistants_members");
        members.handler(this::memberChanged);
        // After an interruption nobody knows what was missed.
        members.subscribeHandler(subscribed -> memberChanged(" "));
        var notices = subscriber.channel("assistants_notices");
        notices.handler(notice -> bus.publish(NOTIFIED, new JsonObject(notice)));
        notices.subscribeHandler(subscribed -> bus.publish(NOTIFIED, missed()));
        return subscriber.connect();
    }

    private static JsonObject missed() {
        return new JsonObject()
                .put("tenant", "")
                .put("accounts", new JsonArray())
                .put("notification", new JsonObject().put("type", "missed"));
    }

    private void memberChanged(String payload) {
        var blank = payload.indexOf(' ');
        bus.publish(
                MEMBER_CHANGED,
                new JsonObject()
                        .put("thread", payload.substring(0, blank))
                        .put("account", payload.substring(blank + 1)));
    }

    Future<Void> close() {
        closing = true;
        return subscriber.close();
    }
}
