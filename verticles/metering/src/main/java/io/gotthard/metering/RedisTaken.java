package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a request takes in Redis. It may be over before the answer is there; then it is corrected when the answer comes.
 */
final class RedisTaken implements Taken {

    private static final int TAKEN = 1;
    private static final int MISSING = -1;

    private final RedisLimits limits;
    private final List<Bound> bounds;
    private final String request;
    private final long tokens;
    private final long money;
    private final long now;
    private final boolean near;
    private final Promise<Void> agreed = Promise.promise();
    // What follows only by who holds the lock.
    private long[] standing;
    private long[] answered;
    private Taken alone;
    private boolean decided;
    private boolean over;
    private boolean released;
    private long usedTokens;
    private long usedMoney;

    /** Asks at once. */
    RedisTaken(RedisLimits limits, List<Bound> bounds, long tokens, long money, long now) {
        this.limits = limits;
        this.bounds = bounds;
        this.request = limits.nextRequest();
        this.tokens = tokens;
        this.money = money;
        this.now = now;
        this.near = limits.heard().isNear(bounds, tokens, money, now);
        limits.heard().asking(bounds, request, tokens, money, 1);
        ask(true);
    }

    private void ask(boolean again) {
        limits.ask(bounds, request, tokens, money).onComplete(numbers -> answered(numbers, again), this::unanswered);
    }

    private void answered(long[] numbers, boolean again) {
        if (numbers[0] == MISSING && again) {
            var missing = new ArrayList<Bound>();
            for (int i = 0; i < bounds.size(); i++) {
                if (numbers[2 + 3 * i] == 1) {
                    missing.add(bounds.get(i));
                }
            }
            limits.restore(missing).onComplete(restored -> ask(false), this::unanswered);
            return;
        }
        if (numbers[0] == MISSING) {
            unanswered(new IllegalStateException("counters are gone again"));
            return;
        }
        long then = limits.now();
        var stands = new long[2 * bounds.size()];
        var waits = new long[bounds.size()];
        var remembered = new long[2 * bounds.size()];
        boolean taken = numbers[0] == TAKEN;
        for (int i = 0; i < waits.length; i++) {
            var bound = bounds.get(i);
            long moment = numbers[2 + 3 * i];
            limits.heard().heard(bound, moment, numbers[1], then);
            stands[2 * i] = bound.isConcurrent() ? moment : then + (moment - numbers[1]) * RedisLimits.MICRO;
            remembered[2 * i] = moment;
            remembered[2 * i + 1] = numbers[3 + 3 * i];
            waits[i] = taken ? 0 : waits(bound, numbers[3 + 3 * i]);
            limits.passed(bound, (int) numbers[4 + 3 * i]);
        }
        limits.heard().asking(bounds, request, tokens, money, -1);
        if (taken) {
            admitted(stands, remembered, null);
        } else {
            refused(Refusals.of(bounds, waits, stands, tokens, money, then));
        }
    }

    private long waits(Bound bound, long micros) {
        return micros > 0
                        && !bound.isConcurrent()
                        && bound.units(tokens, money) > bound.limit().amount()
                ? Refusals.NEVER
                : micros * RedisLimits.MICRO;
    }

    /** Nobody knows whether Redis has taken it; if it has, it stays so until it is refilled. */
    private void unanswered(Throwable cause) {
        limits.heard().asking(bounds, request, tokens, money, -1);
        bounds.stream()
                .filter(Bound::isConcurrent)
                .forEach(bound -> limits.heard().leave(bound, request));
        var taken = limits.alone(bounds, tokens, money);
        if (taken.refusal() == null) {
            admitted(null, null, taken);
        } else {
            refused(taken.refusal());
        }
    }

    private void refused(Failure refusal) {
        bounds.stream()
                .filter(Bound::isConcurrent)
                .forEach(bound -> limits.heard().leave(bound, request));
        synchronized (this) {
            over = true;
            decided = true;
        }
        agreed.tryFail(refusal);
    }

    private void admitted(long[] stands, long[] remembered, Taken local) {
        boolean late;
        synchronized (this) {
            standing = stands;
            answered = remembered;
            alone = local;
            decided = true;
            late = over;
        }
        if (late) {
            end();
        }
        agreed.tryComplete();
    }

    @Override
    public Failure refusal() {
        return null;
    }

    @Override
    public boolean near() {
        return near;
    }

    @Override
    public Future<Void> agreed() {
        return agreed.future();
    }

    @Override
    public void correct(long tokensUsed, long moneyUsed) {
        over(false, tokensUsed, moneyUsed);
    }

    @Override
    public void release() {
        over(true, 0, 0);
    }

    private void over(boolean asIfNever, long tokensUsed, long moneyUsed) {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            released = asIfNever;
            usedTokens = tokensUsed;
            usedMoney = moneyUsed;
            if (!decided) {
                return;
            }
        }
        end();
    }

    /** What {@link #over} wrote is seen here: it was written before, under the lock. */
    private void end() {
        if (alone == null) {
            limits.correct(bounds, request, answered, tokens, money, released, usedTokens, usedMoney);
        } else if (released) {
            alone.release();
        } else {
            alone.correct(usedTokens, usedMoney);
        }
    }

    @Override
    public synchronized Map<String, String> headers(String name, String value) {
        if (alone != null) {
            return alone.headers(name, value);
        }
        return standing == null
                ? RateHeaders.of(List.of(), new long[0], now, name, value)
                : RateHeaders.of(bounds, standing, limits.now(), name, value);
    }
}
