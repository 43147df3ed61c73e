package io.gotthard.assistants;

import java.util.concurrent.atomic.AtomicLong;

/** How much all threads' remembered events take together. */
final class Memory {

    private final long bound;
    private final AtomicLong chars = new AtomicLong();

    /** @param bound how many characters they may have */
    Memory(long bound) {
        this.bound = bound;
    }

    void add(long more) {
        chars.addAndGet(more);
    }

    long chars() {
        return chars.get();
    }

    boolean isFull() {
        return chars.get() > bound;
    }

    /** Whether it is time to forget what nobody asks for. */
    boolean isTight() {
        return chars.get() > bound / 2;
    }
}
