package io.gotthard.metering;

/** A limit that holds for somebody, and the counter that counts for them. */
final class Bound {

    private final Limit limit;
    private final String counter;

    /** @param counter whose counter it is among those of the limit: an account's id for a role, else empty */
    Bound(Limit limit, String counter) {
        this.limit = limit;
        this.counter = counter;
    }

    Limit limit() {
        return limit;
    }

    /** Names the counter among all. */
    String id() {
        return counter.isEmpty() ? limit.name() : limit.name() + ":" + counter;
    }
}
