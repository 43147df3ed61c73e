package io.gotthard.models;

/**
 * Counts the requests that use the models of one configuration, on one event loop; so that what they use is let go of when another
 * configuration has taken its place and the last of them has ended, and not before.
 */
final class Use {

    private final Runnable last;
    private int open;
    private boolean replaced;

    /** @param last done once, when nobody uses it any more */
    Use(Runnable last) {
        this.last = last;
    }

    /** A request begins to use it, to be followed by one {@link #end}. */
    void begin() {
        open++;
    }

    /** A request no longer does. */
    void end() {
        open--;
        letGo();
    }

    /** No request begins to use it from now on. */
    void replaced() {
        replaced = true;
        letGo();
    }

    private void letGo() {
        if (replaced && open == 0) {
            last.run();
        }
    }
}
