package io.gotthard.assistants;

import io.vertx.pgclient.PgException;
import java.util.Set;

/** What a statement's failure means for the next attempt. */
enum WriteFailure {
    /** It will fail again: at fault is what was said. */
    IN_WHAT_WAS_SAID,
    /** The connection is as it was: a deadlock, a lock that took too long. */
    PASSING,
    /** Nobody knows what the connection is good for. */
    IN_THE_CONNECTION;

    // Classes of PostgreSQL's errors, and one error: cancelled, as by a time limit.
    private static final Set<String> OF_WHAT_WAS_SAID = Set.of("22", "23", "54");
    private static final Set<String> OF_THE_MOMENT = Set.of("40", "55");
    private static final String CANCELLED = "57014";

    static WriteFailure of(Throwable failure) {
        if (!(failure instanceof PgException refused) || refused.getSqlState() == null) {
            return IN_THE_CONNECTION;
        }
        var kind = refused.getSqlState().substring(0, 2);
        if (OF_WHAT_WAS_SAID.contains(kind)) {
            return IN_WHAT_WAS_SAID;
        }
        boolean passes = OF_THE_MOMENT.contains(kind) || CANCELLED.equals(refused.getSqlState());
        return passes ? PASSING : IN_THE_CONNECTION;
    }
}
