package io.gotthard.metering;

/**
 * A limit that holds for somebody. It remembers the counter that counts for them, which {@link Counters} knows.
 */
final class Bound {

    private final Limit limit;
    private final String counter;
    private final String id;
    private final String amount;
    private volatile Gcra gcra;
    private volatile Slots slots;

    /** @param counter whose counter it is among those of the limit: an account's id for a role, else empty */
    Bound(Limit limit, String counter) {
        this.limit = limit;
        this.counter = counter;
        this.id = counter.isEmpty() ? limit.name() : limit.name() + ":" + counter;
        this.amount = Long.toString(limit.amount());
    }

    Limit limit() {
        return limit;
    }

    /** Whose counter it is among those of the limit; empty if it has but one. */
    String counter() {
        return counter;
    }

    /** Names the counter among all. */
    String id() {
        return id;
    }

    /** The limit's amount as a header says it. */
    String amount() {
        return amount;
    }

    /** Whether it counts requests that are under way, and not what is used in a time. */
    boolean isConcurrent() {
        return limit.metric() == Limit.Metric.CONCURRENT;
    }

    /** How many of its units a request takes. */
    long units(long tokens, long money) {
        return switch (limit.metric()) {
            case REQUESTS, CONCURRENT -> 1;
            case TOKENS -> tokens;
            case MONEY -> money;
        };
    }

    /** The counter as it was found last, or null. */
    Gcra gcra() {
        return gcra;
    }

    void remember(Gcra found) {
        gcra = found;
    }

    /** The counter as it was found last, or null. */
    Slots slots() {
        return slots;
    }

    void remember(Slots found) {
        slots = found;
    }
}
