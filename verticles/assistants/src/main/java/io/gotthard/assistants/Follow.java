package io.gotthard.assistants;

import io.vertx.core.Future;
import java.util.List;

/** Somebody who reads a log and stays. However slow they are, only their place is remembered. */
interface Follow {

    /**
     * The next events: at least one, and as many as there are up to a few hundred. Completes when there is one, with an empty list once
     * the thread is gone or this is closed; fails if the database is away. Each event comes exactly once and in order.
     */
    Future<List<Logged>> next();

    /** Wants no more. */
    void close();
}
