package io.gotthard.router;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of large bodies may be in this process at the same time, over all event loops. A single body has its limit;
 * without this one, some dozen clients who each keep to it could still fill the heap.
 */
public final class BodyBudget {

    /** Smaller bodies are not worth counting: connections are limited, too. */
    static final long SMALL = 64 * 1024;

    /** A body is there as bytes, as their copy and as parsed texts, and it grows by doubling. */
    private static final int COPIES = 8;

    private final AtomicLong left;

    /** A budget that a heap of this size can bear. */
    public BodyBudget(long heapBytes) {
        this.left = new AtomicLong(heapBytes / COPIES);
    }

    /** Takes so many bytes, if there are so many left. */
    boolean take(long bytes) {
        if (left.addAndGet(-bytes) >= 0) {
            return true;
        }
        left.addAndGet(bytes);
        return false;
    }

    /** Gives bytes back that were taken. */
    void giveBack(long bytes) {
        left.addAndGet(bytes);
    }
}
