package io.gotthard.models;

import io.gotthard.contracts.Failure;
import io.gotthard.models.provider.Found;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks those upstreams that are to be asked which models they have, again and again, from one event loop for all. Nobody waits for it;
 * and if it fails, what was known stays.
 */
final class Discovery {

    private static final Logger LOG = LoggerFactory.getLogger(Discovery.class);

    /** An upstream that is started with us is ready a little later. */
    private static final Duration SOON = Duration.ofSeconds(2);

    /** An upstream that is being asked. */
    private final class Asked {

        private final String name;
        private final Connection connection;
        private boolean over;
        private long timer = -1;
        private int failures;

        private Asked(String name, Connection connection) {
            this.name = name;
            this.connection = connection;
        }

        private void ask() {
            connection.provider().discover().onComplete(this::found, this::failed);
        }

        private void found(List<Found> models) {
            if (over) {
                return;
            }
            if (failures > 0) {
                LOG.info("Upstream {} says again which models it has", name);
            }
            failures = 0;
            inUse.found(name, connection.upstream(), models);
            askIn(connection.upstream().discoverEvery().toMillis());
        }

        private void failed(Throwable cause) {
            if (over) {
                return;
            }
            LOG.warn(
                    "Upstream {} does not say which models it has ({}); what it said before stays",
                    name,
                    cause instanceof Failure failure
                            ? failure.code()
                            : cause.getClass().getSimpleName());
            long wait = SOON.toMillis() << Math.min(failures++, 20);
            askIn(Math.min(wait, connection.upstream().discoverEvery().toMillis()));
        }

        private void askIn(long millis) {
            timer = vertx.setTimer(millis, due -> ask());
        }

        private void end() {
            over = true;
            vertx.cancelTimer(timer);
        }
    }

    private final Vertx vertx;
    private final ModelsInUse inUse;
    private final Map<String, Asked> asked = new HashMap<>();

    Discovery(Vertx vertx, ModelsInUse inUse) {
        this.vertx = vertx;
        this.inUse = inUse;
    }

    /** Asks the upstreams of this one from now on, and no others. */
    void follow(Generation generation) {
        for (var name : new HashSet<>(asked.keySet())) {
            if (asked.get(name).connection != generation.connections().get(name)) {
                asked.remove(name).end();
            }
        }
        generation.connections().forEach((name, connection) -> {
            if (connection.upstream().discover() && !asked.containsKey(name)) {
                var begun = new Asked(name, connection);
                asked.put(name, begun);
                begun.ask();
            }
        });
    }

    void close() {
        asked.values().forEach(Asked::end);
        asked.clear();
    }
}
