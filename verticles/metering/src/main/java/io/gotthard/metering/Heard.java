package io.gotthard.metering;

import java.util.List;

/** What is known here of the counters in Redis: how they stood when it answered last, and what was asked since. */
final class Heard {

    /** Near is where less than a fifth is left, or less than so many units. */
    private static final int FEW = 10;

    private static final int FIFTH = 5;

    private final Counters counters;
    private final UnderWay underWay;

    /** @param counters those by which this node counts when Redis does not answer */
    Heard(Counters counters, UnderWay underWay) {
        this.counters = counters;
        this.underWay = underWay;
    }

    /** Whether so little is left that the answer of Redis must be waited for. */
    boolean isNear(List<Bound> bounds, long tokens, long money, long now) {
        for (int i = 0; i < bounds.size(); i++) {
            var bound = bounds.get(i);
            long amount = bound.limit().amount();
            if (bound.isConcurrent()) {
                long left = amount - counters.slots(bound).known() - 1;
                if (left < FEW || left < amount / FIFTH) {
                    return true;
                }
            } else {
                var counter = counters.rate(bound);
                long left = counter.period()
                        - Math.max(0, counter.ahead(now))
                        - counter.asked()
                        - RedisLimits.nanos(bound, tokens, money);
                if (left < counter.period() / FIFTH || left < FEW * counter.cost(1)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Remembers what is being asked for, until the answer is there; and who will be under way. */
    void asking(List<Bound> bounds, String request, long tokens, long money, int sign) {
        for (int i = 0; i < bounds.size(); i++) {
            var bound = bounds.get(i);
            if (!bound.isConcurrent()) {
                counters.rate(bound).ask(sign * RedisLimits.nanos(bound, tokens, money));
            } else if (sign > 0) {
                counters.enter(bound);
                underWay.enter(RedisLimits.key(bound), request);
            }
        }
    }

    /** Whoever was under way is not any more. */
    void leave(Bound bound, String request) {
        if (underWay.leave(RedisLimits.key(bound), request)) {
            counters.slots(bound).free();
        }
    }

    /** Takes over how a counter stands in Redis. */
    void heard(Bound bound, long moment, long redisNow, long now) {
        if (bound.isConcurrent()) {
            counters.slots(bound).heard(moment);
        } else {
            var counter = counters.rate(bound);
            counter.set(now + (moment - redisNow) * RedisLimits.MICRO);
            // Whoever passed a mark told of it.
            counter.marks().passing(counter.ahead(now));
        }
    }
}
