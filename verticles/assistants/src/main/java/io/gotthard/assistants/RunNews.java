package io.gotthard.assistants;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.pubsub.PgSubscriber;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears from all nodes, this one included, that there are runs to take and that runs changed. What is missed is found by looking. */
final class RunNews {

    private static final Logger LOG = LoggerFactory.getLogger(RunNews.class);

    private static final long RETRY_MILLIS = 500;
    private static final String CHANGED = "changed ";

    private final PgSubscriber subscriber;
    private final Map<String, List<Promise<Void>>> waiting = new HashMap<>();
    private Runnable onReady = () -> {};
    private Consumer<String> onChanged = run -> {};
    private boolean closed;

    /** To be made on the context on which it is used. */
    RunNews(Vertx vertx, Database database) {
        subscriber = database.subscriber(vertx);
        subscriber.reconnectPolicy(retries -> RETRY_MILLIS);
    }

    /** Listens from now on. */
    Future<Void> open(Runnable ready, Consumer<String> changed) {
        onReady = ready;
        onChanged = changed;
        subscriber.channel(RunChange.CHANNEL).handler(this::heard);
        return subscriber.connect();
    }

    private void heard(String text) {
        if (text.startsWith(CHANGED)) {
            var run = text.substring(CHANGED.length());
            onChanged.accept(run);
            var told = waiting.remove(run);
            if (told != null) {
                told.forEach(Promise::tryComplete);
            }
        } else {
            onReady.run();
        }
    }

    /** Completes when the run changes, or when nothing is heard any more. */
    Future<Void> change(String run) {
        Promise<Void> changed = Promise.promise();
        if (closed) {
            changed.complete();
        } else {
            waiting.computeIfAbsent(run, first -> new ArrayList<>()).add(changed);
        }
        return changed.future();
    }

    /** Nobody waits for this run any more, or less do. */
    void forget(String run, Future<Void> change) {
        waiting.computeIfPresent(run, (id, promises) -> {
            promises.removeIf(promise -> promise.future() == change);
            return promises.isEmpty() ? null : promises;
        });
    }

    /** Lets nobody wait any longer. */
    void release() {
        closed = true;
        waiting.values().forEach(promises -> promises.forEach(Promise::tryComplete));
        waiting.clear();
    }

    /** Hears nothing more. */
    Future<Void> close() {
        release();
        return subscriber.close().recover(cause -> {
            LOG.debug("The listener to runs did not close", cause);
            return Future.succeededFuture();
        });
    }
}
