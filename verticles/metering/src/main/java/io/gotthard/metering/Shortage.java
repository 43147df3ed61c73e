package io.gotthard.metering;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What is known of a wallet that had not enough: which nodes were asked for what they have, and, when they had not enough either, how
 * much was missing. Not safe to be used from several threads at once.
 */
final class Shortage {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** The nodes that have not answered yet; null if none were asked. */
    private Set<Long> asked;

    private long askedAt;
    private long missing = Long.MAX_VALUE;
    private long until;

    /** These were asked. */
    void ask(Set<Long> nodes) {
        asked = new HashSet<>(nodes);
        askedAt = System.nanoTime();
    }

    /** Whether nodes were asked and nobody was refused yet. */
    boolean isAsking() {
        return asked != null;
    }

    /** Whether there is nobody whose answer could still bring money. */
    boolean isAnswered() {
        return asked == null || asked.isEmpty();
    }

    /** Whether there was time enough to answer. */
    boolean isOverdue() {
        return asked != null && System.nanoTime() - askedAt >= SECOND;
    }

    /** @return whether this one was asked and had not answered */
    boolean answered(long node) {
        return asked != null && asked.remove(node);
    }

    /** Who is asked next time is asked anew. */
    void endAsking() {
        asked = null;
    }

    /** So many nanos are nowhere to be had: that is remembered for a second. */
    void remember(long nanos) {
        asked = null;
        missing = nanos;
        until = System.nanoTime() + SECOND;
    }

    /** Whether it is known that so many nanos are not to be had. */
    boolean covers(long nanos) {
        return nanos >= missing && System.nanoTime() - until < 0;
    }

    /** There is money again. */
    void forget() {
        missing = Long.MAX_VALUE;
    }
}
