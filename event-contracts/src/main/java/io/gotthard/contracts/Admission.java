package io.gotthard.contracts;

import io.vertx.core.Future;
import java.util.Map;

/**
 * A request that may go to its upstream. While it does, its reservation is made durable; until {@link #granted} nothing of the answer may
 * reach the client.
 */
public interface Admission {

    /** The admission of a platform that counts nothing. */
    Admission UNMETERED = new Admission() {

        @Override
        public Future<Void> granted() {
            return Future.succeededFuture();
        }

        @Override
        public Map<String, String> headers() {
            return Map.of();
        }

        @Override
        public void answered() {}

        @Override
        public void settle(Outcome outcome) {}
    };

    /**
     * Completes, on the context that asked for admission, when the reservation is durable and every limit agreed. If it fails, with a
     * {@link Failure}, the request is already released: give up the upstream and tell the client.
     */
    Future<Void> granted();

    /**
     * Says that the upstream has begun to answer, or that there will be no answer: from now on the client waits for nothing but
     * {@link #granted}. Only the first time counts.
     */
    void answered();

    /** What the answer's head is to say: {@code x-ratelimit-…} and the receipt's id. */
    Map<String, String> headers();

    /** Says what became of the request. The first time counts; whoever settles after a failed {@link #granted} is not heard. */
    void settle(Outcome outcome);
}
