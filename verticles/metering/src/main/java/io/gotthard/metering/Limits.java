package io.gotthard.metering;

import io.gotthard.contracts.Caller;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** The limits there are. */
final class Limits {

    private final Pool pool;
    private final AtomicLong version = new AtomicLong();

    Limits(Pool pool) {
        this.pool = pool;
    }

    /**
     * What holds for a caller. Completes at once if it is known; otherwise the database is asked, also for what was used of limits of
     * days and months before this process began.
     */
    Future<Bounds> of(Caller caller) {
        return Future.succeededFuture(new Bounds(this, version.get(), List.of()));
    }

    /**
     * Limits of somebody have changed: what is said by the notification {@code metering_changed} whose payload begins with
     * {@code limits}. All {@link Bounds} are to be asked for anew.
     *
     * @param payload {@code limits <subject> <id>}
     */
    void forget(String payload) {
        version.incrementAndGet();
    }

    /** Any limits may have changed, because notifications were missed. */
    void forgetAll() {
        version.incrementAndGet();
    }

    long version() {
        return version.get();
    }

    Pool pool() {
        return pool;
    }
}
