package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.vertx.core.Future;

/** Who may ask what was asked with an {@code Idempotency-Key}, on all nodes. */
interface Claims {

    /** Those of a process that knows of no others. */
    Claims NONE = new Claims() {

        @Override
        public Future<Held> claim(KeptAnswer answer) {
            return Future.succeededFuture();
        }

        @Override
        public void release(String id) {}

        @Override
        public void finish(String id) {}

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    };

    /**
     * Somebody else's claim.
     *
     * @param print the digest of what they asked
     * @param isGone whether they have the answer no more
     * @param answer the answer, or null if it is not there yet
     */
    record Held(byte[] print, boolean isGone, Answer answer) {}

    /**
     * Claims a request for this node.
     *
     * @return null if it is this node's from now on; fails if that can't be known. Completes on any context
     */
    Future<Held> claim(KeptAnswer answer);

    /** The request failed: whoever comes next may ask it anew. */
    void release(String id);

    /** The answer is complete: the claim holds for as long as answers are kept. */
    void finish(String id);

    /** Gives up all claims. */
    Future<Void> close();
}
