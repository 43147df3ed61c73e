package io.gotthard.assistants;

import io.vertx.core.Future;
import java.util.List;

/** The logs of all threads, as this node writes and reads them. */
final class EventLog {

    /**
     * Writes events, together with those that others write at the same time.
     *
     * @return their places, once they are durable; fails with {@link Fenced}, with {@link io.gotthard.contracts.Failure} 404 if the thread
     *     is gone, or 503 if the database is away
     */
    Future<List<Logged>> append(Appending events) {
        throw new UnsupportedOperationException();
    }

    /** The events behind a place, in order, {@code limit} at most; it costs the same wherever in the log that is. */
    Future<List<Logged>> read(long thread, long after, int limit, Filter filter) {
        throw new UnsupportedOperationException();
    }

    /** The events behind a place, in order, and then those to come, as fast as the reader asks for them. */
    Follow follow(long thread, long after, Filter filter) {
        throw new UnsupportedOperationException();
    }
}
