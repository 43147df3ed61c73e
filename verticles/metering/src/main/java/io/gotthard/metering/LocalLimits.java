package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ObjIntConsumer;

/** Counts in this process: exact, if it is the only one. Day and month go on after a restart from what usage tells. */
final class LocalLimits implements Limiter {

    private static final Future<Void> AGREED = Future.succeededFuture();

    private final Counters counters = new Counters();
    private final LongSupplier clock;
    private final Function<Bound, Future<Long>> history;
    private final ObjIntConsumer<Limit> warnings;

    /**
     * A limiter.
     *
     * @param clock see {@link #now}
     * @param history the nanoseconds in which what was used of a day's or month's limit, before this process began, will be refilled
     * @param warnings is told of each mark of a day's or month's limit that is passed
     */
    LocalLimits(LongSupplier clock, Function<Bound, Future<Long>> history, ObjIntConsumer<Limit> warnings) {
        this.clock = clock;
        this.history = history;
        this.warnings = warnings;
    }

    /** A clock that nobody can set. */
    static LongSupplier clock() {
        long began = System.nanoTime();
        return () -> System.nanoTime() - began + 1;
    }

    @Override
    public long now() {
        return clock.getAsLong();
    }

    @Override
    public Taken take(List<Bound> bounds, long tokens, long money, long now) {
        return bounds.isEmpty() ? Free.TAKEN : new LocalTaken(this, bounds, tokens, money, now);
    }

    /**
     * Takes from all counters or from none.
     *
     * @param standing for each bound, at twice its index: when what is taken will be refilled, then how far the counter had moved up
     * @return why not, or null if it did
     */
    Failure take(List<Bound> bounds, long[] standing, long tokens, long money, long now) {
        for (int i = 0; i < bounds.size(); i++) {
            var bound = bounds.get(i);
            long wait = bound.isConcurrent() ? enter(bound) : take(bound, bound.units(tokens, money), standing, i, now);
            if (wait > 0) {
                giveBack(bounds, standing, tokens, money, i);
                return refusal(bounds, i, wait, tokens, money, now);
            }
        }
        return null;
    }

    private long enter(Bound bound) {
        while (true) {
            switch (counters.slots(bound).take(bound.limit().amount())) {
                case TAKEN -> {
                    return 0;
                }
                case FULL -> {
                    return Refusals.CONCURRENT_WAIT;
                }
                case RETIRED -> {}
            }
        }
    }

    private long take(Bound bound, long units, long[] standing, int index, long now) {
        while (true) {
            var counter = counters.rate(bound);
            long returned = counter.returned();
            long end = counter.take(counter.cost(units), now);
            if (end > 0) {
                standing[2 * index] = end;
                standing[2 * index + 1] = returned;
                if (bound.limit().lasts()) {
                    warn(bound, counter.marks().passing(end - now));
                }
                return 0;
            }
            if (end != Gcra.RETIRED) {
                if (bound.limit().lasts()) {
                    warn(bound, counter.marks().exhausted());
                }
                return units > bound.limit().amount() ? Refusals.NEVER : -end;
            }
        }
    }

    /** Tells of a mark that was passed; 0 if none was. */
    void warn(Bound bound, int percent) {
        if (percent > 0) {
            warnings.accept(bound.limit(), percent);
        }
    }

    private Failure refusal(List<Bound> bounds, int refusing, long wait, long tokens, long money, long now) {
        var waits = new long[bounds.size()];
        var standing = new long[2 * bounds.size()];
        for (int i = 0; i < waits.length; i++) {
            waits[i] = look(bounds.get(i), tokens, money, now, standing, i);
        }
        // It may have been refilled since, but the answer is no.
        waits[refusing] = Math.max(waits[refusing], wait);
        return Refusals.of(bounds, waits, standing, tokens, money, now);
    }

    /** How long a request would have to wait for a bound; and how it stands without it. */
    private long look(Bound bound, long tokens, long money, long now, long[] standing, int index) {
        if (bound.isConcurrent()) {
            standing[2 * index] = counters.slots(bound).taken();
            return standing[2 * index] < bound.limit().amount() ? 0 : Refusals.CONCURRENT_WAIT;
        }
        var counter = counters.rate(bound);
        long ahead = Math.max(0, counter.ahead(now));
        long units = bound.units(tokens, money);
        standing[2 * index] = now + ahead;
        return units > counter.amount() ? Refusals.NEVER : Math.max(0, ahead + counter.cost(units) - counter.period());
    }

    /** Gives back what was taken from the first so many bounds. */
    void giveBack(List<Bound> bounds, long[] standing, long tokens, long money, int count) {
        long now = now();
        for (int i = 0; i < count; i++) {
            var bound = bounds.get(i);
            if (bound.isConcurrent()) {
                counters.slots(bound).free();
            } else {
                var counter = counters.rate(bound);
                long cost = counter.cost(bound.units(tokens, money));
                counter.giveBack(standing[2 * i], cost, standing[2 * i + 1], now);
            }
        }
    }

    /** Makes what was taken what was used. */
    void correct(List<Bound> bounds, long[] standing, long tokens, long money, long usedTokens, long usedMoney) {
        long now = now();
        for (int i = 0; i < bounds.size(); i++) {
            var bound = bounds.get(i);
            if (bound.isConcurrent()) {
                counters.slots(bound).free();
            } else {
                correct(bound, standing, i, bound.units(tokens, money), bound.units(usedTokens, usedMoney), now);
            }
        }
    }

    private void correct(Bound bound, long[] standing, int index, long taken, long used, long now) {
        if (used < taken) {
            var counter = counters.rate(bound);
            long unused = counter.cost(taken) - counter.cost(used);
            counter.giveBack(standing[2 * index], unused, standing[2 * index + 1], now);
        } else if (used > taken) {
            var counter = counters.rate(bound);
            while (!counter.owe(counter.cost(used - taken), now)) {
                counter = counters.rate(bound);
            }
            if (bound.limit().lasts()) {
                warn(bound, counter.marks().passing(counter.ahead(now)));
            }
        }
    }

    @Override
    public Nearest nearest(List<Bound> bounds, long tokens, long money, long now) {
        Nearest nearest = null;
        double least = Double.MAX_VALUE;
        var standing = new long[2 * bounds.size()];
        for (int i = 0; i < bounds.size(); i++) {
            var bound = bounds.get(i);
            long wait = look(bound, tokens, money, now, standing, i);
            var limit = bound.limit();
            long left = bound.isConcurrent()
                    ? Math.max(0, limit.amount() - standing[2 * i])
                    : limit.left(standing[2 * i] - now);
            // How often such a request could still be made; one that can't comes before all that can.
            double times = wait > 0 ? -(double) wait : (double) left / Math.max(1, bound.units(tokens, money));
            if (times < least) {
                least = times;
                nearest = new Nearest(limit, left, wait);
            }
        }
        return nearest;
    }

    @Override
    public Future<Void> prepare(List<Bound> bounds) {
        var restored = new ArrayList<Future<?>>();
        long now = now();
        for (var bound : bounds) {
            counters.adapt(bound, now);
            if (bound.limit().lasts() && !counters.knows(bound)) {
                restored.add(history.apply(bound).onSuccess(ahead -> restore(bound, ahead)));
            }
        }
        return restored.isEmpty() ? AGREED : Future.all(restored).mapEmpty();
    }

    private void restore(Bound bound, long ahead) {
        counters.restore(bound, now() + ahead);
        // What was passed before has been told before.
        counters.rate(bound).marks().passing(ahead);
    }

    @Override
    public void sweep() {
        counters.sweep(now());
    }

    @Override
    public Future<Void> close() {
        return AGREED;
    }

    Counters counters() {
        return counters;
    }
}
