package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.vertx.core.Context;
import io.vertx.core.Promise;

/**
 * A request that waits for money.
 *
 * @param nanos how much it needs
 * @param deadline when it is to wait no longer, as {@link System#nanoTime} counts
 * @param promise completed on the context, or at once if there is none
 */
record Waiter(long nanos, long deadline, Promise<Void> promise, Context context) {

    void succeed() {
        if (context == null) {
            promise.complete();
        } else {
            context.runOnContext(now -> promise.complete());
        }
    }

    /** @return true, to say that it no longer waits */
    boolean fail(Failure cause) {
        if (context == null) {
            promise.fail(cause);
        } else {
            context.runOnContext(now -> promise.fail(cause));
        }
        return true;
    }
}
