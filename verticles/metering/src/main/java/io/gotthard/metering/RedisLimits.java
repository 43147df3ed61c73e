package io.gotthard.metering;

import io.gotthard.metering.Limit.Outage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ObjIntConsumer;

/**
 * Counts in Redis, for several nodes: together they never admit more than a limit allows, as long as Redis answers. Each request is one
 * question to Redis, which is asked while the request is on its way to its upstream already, unless a limit is nearly reached as far as is
 * known here. While Redis does not answer, what each limit says for that case holds; counters here are what was heard of Redis last.
 *
 * <p>All counters are in one slot of a Redis Cluster, since one step has to change several of them. If Redis loses its data, minutes begin
 * anew; days and months go on from what usage tells.
 */
final class RedisLimits implements Limiter {

    /** When a request is taken for dead of which its node says nothing. */
    static final long DEAD_MICROS = 30_000_000;

    /** How long a request waits for Redis. */
    static final Duration PATIENCE = Duration.ofMillis(100);

    private static final long ALIVE_MILLIS = 10_000;
    private static final String PREFIX = "{gotthard}:";
    static final long MICRO = 1_000;

    private final LocalLimits here;
    private final Heard heard;
    private final RedisLink link;
    private final Function<Bound, Future<Long>> history;
    private final Vertx vertx;
    private final long living;
    private final UnderWay underWay = new UnderWay(UUID.randomUUID().toString().substring(0, 8) + ":");

    /**
     * A limiter, which begins to connect.
     *
     * @param url where Redis is
     * @param clock see {@link #now}
     * @param history see {@link LocalLimits}
     * @param warnings see {@link LocalLimits}
     */
    RedisLimits(
            Vertx vertx,
            String url,
            LongSupplier clock,
            Function<Bound, Future<Long>> history,
            ObjIntConsumer<Limit> warnings) {
        this(vertx, url, PATIENCE, clock, history, warnings);
    }

    /**
     * The same with another patience.
     *
     * @param patience how long an answer of it may take
     */
    RedisLimits(
            Vertx vertx,
            String url,
            Duration patience,
            LongSupplier clock,
            Function<Bound, Future<Long>> history,
            ObjIntConsumer<Limit> warnings) {
        this.vertx = vertx;
        this.history = history;
        this.here = new LocalLimits(clock, this::ahead, warnings);
        this.heard = new Heard(here.counters(), underWay);
        this.link = new RedisLink(vertx, url, patience, () -> sayAlive(true));
        this.living = vertx.setPeriodic(ALIVE_MILLIS, due -> sayAlive(false));
    }

    @Override
    public long now() {
        return here.now();
    }

    @Override
    public Taken take(List<Bound> bounds, long tokens, long money, long now) {
        if (bounds.isEmpty()) {
            return Free.TAKEN;
        }
        return link.isUp() ? new RedisTaken(this, bounds, tokens, money, now) : alone(bounds, tokens, money);
    }

    /** Takes as the limits say for the case that Redis can't be asked. */
    Taken alone(List<Bound> bounds, long tokens, long money) {
        var local = new ArrayList<Bound>(bounds.size());
        for (var bound : bounds) {
            var outage = bound.limit().onRedisDown();
            if (outage == Outage.CLOSED) {
                return new Refused(Refusals.uncounted(bound.limit()));
            }
            if (outage == Outage.LOCAL) {
                local.add(bound);
            }
        }
        return here.take(local, tokens, money, now());
    }

    /** Asks Redis for all bounds at once. */
    Future<long[]> ask(List<Bound> bounds, String request, long tokens, long money) {
        var keys = new ArrayList<String>(bounds.size());
        var arguments = new ArrayList<String>(2 + 4 * bounds.size());
        arguments.add(request);
        arguments.add(Long.toString(DEAD_MICROS));
        for (var bound : bounds) {
            var limit = bound.limit();
            keys.add(key(bound));
            arguments.add(Long.toString(cost(bound, tokens, money)));
            arguments.add(Long.toString(period(bound)));
            arguments.add(bound.amount());
            arguments.add(limit.lasts() ? "1" : "0");
        }
        return link.run(RedisScript.TAKE, keys, arguments).map(RedisLink::numbers);
    }

    /**
     * Tells Redis what was right. If it can't be told, too much stays counted until that is refilled, and who is under way is taken for
     * dead some time later.
     *
     * @param answered for each bound {@code d} and {@code r}
     */
    void correct(
            List<Bound> bounds,
            String request,
            long[] answered,
            long tokens,
            long money,
            boolean release,
            long usedTokens,
            long usedMoney) {
        var keys = new ArrayList<String>(bounds.size());
        var arguments = new ArrayList<String>(1 + 5 * bounds.size());
        arguments.add(request);
        for (int i = 0; i < bounds.size(); i++) {
            var bound = bounds.get(i);
            long taken = cost(bound, tokens, money);
            long right = release ? 0 : cost(bound, usedTokens, usedMoney);
            if (bound.isConcurrent()) {
                heard.leave(bound, request);
            } else if (taken == right) {
                continue;
            }
            keys.add(key(bound));
            arguments.add(Long.toString(answered[2 * i]));
            arguments.add(Long.toString(answered[2 * i + 1]));
            arguments.add(Long.toString(taken));
            arguments.add(Long.toString(right));
            arguments.add(Long.toString(period(bound)));
        }
        if (!keys.isEmpty()) {
            link.run(RedisScript.CORRECT, keys, arguments);
        }
    }

    /** The microseconds in which what a request takes is refilled, rounded up. */
    private static long cost(Bound bound, long tokens, long money) {
        return bound.isConcurrent() ? 0 : Math.ceilDiv(nanos(bound, tokens, money), MICRO);
    }

    static long nanos(Bound bound, long tokens, long money) {
        var limit = bound.limit();
        return Gcra.nanos(
                bound.units(tokens, money), limit.amount(), limit.period().nanos());
    }

    private static long period(Bound bound) {
        return bound.isConcurrent() ? 0 : bound.limit().period().nanos() / MICRO;
    }

    static String key(Bound bound) {
        return PREFIX + bound.id();
    }

    Heard heard() {
        return heard;
    }

    String nextRequest() {
        return underWay.next();
    }

    /** A mark was passed, of all nodes' together. */
    void passed(Bound bound, int percent) {
        here.warn(bound, percent);
    }

    /** Makes counters that are gone from Redis. */
    Future<?> restore(List<Bound> bounds) {
        return Future.all(bounds.stream()
                .map(bound -> history.apply(bound)
                        .recover(cause -> Future.succeededFuture(
                                Math.max(0, here.counters().rate(bound).ahead(now()))))
                        .compose(ahead -> seed(bound, ahead)))
                .toList());
    }

    /** How far ahead a counter is that this node does not know: as Redis has it, which is told if it does not know either. */
    private Future<Long> ahead(Bound bound) {
        if (!link.isUp()) {
            return history.apply(bound);
        }
        return seed(bound, -MICRO)
                .compose(ahead -> ahead >= 0
                        ? Future.succeededFuture(ahead)
                        : history.apply(bound).compose(told -> seed(bound, told)))
                .recover(cause -> history.apply(bound));
    }

    private Future<Long> seed(Bound bound, long nanos) {
        var limit = bound.limit();
        var marks = new Marks(limit.period().nanos(), nanos(bound, 1, 1));
        var arguments = List.of(
                Long.toString(Math.ceilDiv(nanos, MICRO)),
                bound.amount(),
                Long.toString(period(bound)),
                Integer.toString(marks.passing(nanos)));
        return link.run(RedisScript.SEED, List.of(key(bound)), arguments)
                .map(answer -> answer.toLong() < 0 ? -1 : answer.toLong() * MICRO);
    }

    private void sayAlive(boolean all) {
        underWay.forEach((key, requests) -> {
            var arguments = new ArrayList<String>(2 + requests.size());
            arguments.add(Long.toString(DEAD_MICROS));
            arguments.add(all ? "1" : "0");
            arguments.addAll(requests);
            link.run(RedisScript.ALIVE, List.of(key), arguments);
        });
    }

    @Override
    public Nearest nearest(List<Bound> bounds, long tokens, long money, long now) {
        return here.nearest(bounds, tokens, money, now);
    }

    @Override
    public Future<Void> prepare(List<Bound> bounds) {
        return here.prepare(bounds);
    }

    @Override
    public void sweep() {
        here.sweep();
        underWay.sweep();
    }

    boolean isUp() {
        return link.isUp();
    }

    /** Who is under way is taken for dead some time later, should any be. */
    @Override
    public Future<Void> close() {
        vertx.cancelTimer(living);
        return link.close();
    }
}
