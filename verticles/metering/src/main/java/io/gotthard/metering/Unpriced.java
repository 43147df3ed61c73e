package io.gotthard.metering;

import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The alarm that requests can't be charged because their model has no price, or one that states nothing for what they consume. Counts all
 * of them in {@code gotthard.metering.unpriced}, and warns of each model at most once a minute. Safe to be used from any thread.
 */
final class Unpriced {

    private static final Logger LOG = LoggerFactory.getLogger(Unpriced.class);
    private static final long QUIET_NANOS = 60_000_000_000L;

    /** A warning for each of more models would not be read. */
    private static final int MOST_MODELS = 1_000;

    private final GenAiMetrics metrics;
    private final ConcurrentHashMap<String, Long> warned = new ConcurrentHashMap<>();

    Unpriced(GenAiMetrics metrics) {
        this.metrics = metrics;
    }

    /**
     * Tells of one request.
     *
     * @param what what becomes of it, for the log: such as {@code refused}
     */
    void alarm(String model, String what) {
        metrics.unpriced(model);
        long now = System.nanoTime();
        var last = warned.get(model);
        if (last == null
                ? warned.size() < MOST_MODELS && warned.putIfAbsent(model, now) == null
                : now - last >= QUIET_NANOS && warned.replace(model, last, now)) {
            LOG.warn(
                    "Nothing can be charged for {}: it has no price for what was asked. The request is {}",
                    model,
                    what);
        }
    }
}
