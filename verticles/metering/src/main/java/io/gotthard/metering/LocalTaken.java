package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** What a request took from counters of this process. */
final class LocalTaken extends AtomicBoolean implements Taken {

    private static final long serialVersionUID = 1L;
    private static final Future<Void> AGREED = Future.succeededFuture();

    private final transient LocalLimits limits;
    private final transient List<Bound> bounds;
    private final transient long[] standing;
    private final transient Failure refusal;
    private final long tokens;
    private final long money;
    private final long now;

    LocalTaken(LocalLimits limits, List<Bound> bounds, long tokens, long money, long now) {
        this.limits = limits;
        this.bounds = bounds;
        this.standing = new long[2 * bounds.size()];
        this.tokens = tokens;
        this.money = money;
        this.now = now;
        this.refusal = limits.take(bounds, standing, tokens, money, now);
        if (refusal != null) {
            set(true);
        }
    }

    @Override
    public Failure refusal() {
        return refusal;
    }

    @Override
    public boolean near() {
        return false;
    }

    @Override
    public Future<Void> agreed() {
        return refusal == null ? AGREED : Future.failedFuture(refusal);
    }

    @Override
    public void correct(long usedTokens, long usedMoney) {
        if (compareAndSet(false, true)) {
            limits.correct(bounds, standing, tokens, money, usedTokens, usedMoney);
        }
    }

    @Override
    public void release() {
        if (compareAndSet(false, true)) {
            limits.giveBack(bounds, standing, tokens, money, bounds.size());
        }
    }

    @Override
    public Map<String, String> headers(String name, String value) {
        return RateHeaders.of(bounds, standing, now, name, value);
    }
}
