package io.gotthard.metering;

import java.util.concurrent.ConcurrentHashMap;

/**
 * The counters of this process, by what they count. One that nothing is used of is dropped from time to time, since a new one is the
 * same; who has remembered it sees that it is retired, and gets the new one here. Safe to be used from any thread.
 */
final class Counters {

    private final ConcurrentHashMap<String, Gcra> rates = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Slots> slots = new ConcurrentHashMap<>();

    /** The counter of a bound; a new one if there is none. */
    Gcra rate(Bound bound) {
        var remembered = bound.gcra();
        return remembered != null && !remembered.isRetired() ? remembered : find(bound);
    }

    private Gcra find(Bound bound) {
        var limit = bound.limit();
        var found = rates.compute(
                bound.id(),
                (id, known) -> known != null && !known.isRetired()
                        ? known
                        : new Gcra(limit.amount(), limit.period().nanos(), 0, 0));
        bound.remember(found);
        return found;
    }

    /** The counter of a bound; a new one if there is none. */
    Slots slots(Bound bound) {
        var remembered = bound.slots();
        if (remembered != null && !remembered.isRetired()) {
            return remembered;
        }
        var found = slots.compute(bound.id(), (id, known) -> known != null && !known.isRetired() ? known : new Slots());
        bound.remember(found);
        return found;
    }

    /** One more is under way, however many are. */
    void enter(Bound bound) {
        while (!slots(bound).enter()) {
            Thread.onSpinWait();
        }
    }

    /** Whether there is a counter of a bound. */
    boolean knows(Bound bound) {
        var known = rates.get(bound.id());
        return known != null && !known.isRetired();
    }

    /** Makes the counter of a bound count by the bound's limit, if that has changed since the counter was made. */
    void adapt(Bound bound, long now) {
        var limit = bound.limit();
        if (bound.isConcurrent()) {
            return;
        }
        rates.computeIfPresent(
                bound.id(),
                (id, known) -> known.amount() == limit.amount()
                                && known.period() == limit.period().nanos()
                        ? known
                        : known.changed(limit.amount(), limit.period().nanos(), now));
    }

    /** Makes the counter of a bound with what was used before this process began; if there is one, it stays. */
    void restore(Bound bound, long due) {
        var limit = bound.limit();
        rates.compute(
                bound.id(),
                (id, known) -> known != null && !known.isRetired()
                        ? known
                        : new Gcra(limit.amount(), limit.period().nanos(), due, 0));
    }

    /** Drops what nothing is used of. */
    void sweep(long now) {
        rates.values().removeIf(counter -> counter.retireIfIdle(now));
        slots.values().removeIf(Slots::retireIfIdle);
    }

    /** How many there are. */
    int size() {
        return rates.size() + slots.size();
    }
}
