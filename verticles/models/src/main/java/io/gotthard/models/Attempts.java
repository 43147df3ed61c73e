package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Rule.Level;
import io.gotthard.models.Standing.Permit;
import io.gotthard.models.provider.Tally;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the targets of a model for one request, one after the other, until one answers; then those of the models to fall back to. The
 * client gets the answer of one of them and never parts of two. Where nothing fails, the first attempt is all there is.
 */
final class Attempts {

    private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);

    /** How long one waits for a target at most before going to another model. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long NEVER = Long.MAX_VALUE;
    private static final long NO_TIMER = -1;

    private final Watch watch;
    private final Kind kind;
    private final BusStream stream;
    private final boolean streaming;
    private final Promise<Answer> first = Promise.promise();
    private final long began = System.nanoTime();
    private final long deadline;
    private final List<Route> larger;
    /** The request, until nobody may be asked any more: so a long answer does not hold on to a large request. */
    private Call call;

    private Iterator<Route> rest;
    private boolean isLarger;
    private Route route;
    private boolean[] tried;
    /** When each target may be asked again, in nanoseconds from the beginning. */
    private long[] notBefore;

    private int ofRoute;
    private int count;
    private Target asked;
    /** The attempt that is under way, or null. */
    private Attempt current;

    private Tally tally = new Tally();
    private Failure last;
    private long timer = NO_TIMER;
    private boolean over;

    /**
     * Attempts that have not begun.
     *
     * @param chain the model, and those to fall back to
     * @param larger the models for a request that is too long
     */
    Attempts(Watch watch, Kind kind, Call call, BusStream stream, List<Route> chain, List<Route> larger) {
        this.watch = watch;
        this.kind = kind;
        this.call = call;
        this.stream = stream;
        this.larger = larger;
        this.streaming = Boolean.TRUE.equals(call.body().fields().get("stream"));
        this.rest = chain.iterator();
        enter(rest.next());
        this.deadline = route.model().deadlines().request().toNanos();
    }

    /** The answer, or the one that opens the stream. */
    Future<Answer> begin() {
        watch.begin(this);
        stream.onCancel(this::cancel);
        if (!over) {
            next();
        }
        return first.future();
    }

    /** What the client got so far. */
    Tally tally() {
        return tally;
    }

    /** How often upstreams were asked. */
    int count() {
        return count;
    }

    /** The model that answered, or was asked last. */
    String model() {
        return route.name();
    }

    /** The upstream that answered, or was asked last. */
    String upstream() {
        return (asked == null ? route.targets().getFirst() : asked).upstream();
    }

    private void enter(Route entered) {
        route = entered;
        int size = route.targets().size();
        tried = new boolean[size];
        notBefore = new long[size];
        ofRoute = 0;
    }

    private void next() {
        long now = System.nanoTime();
        do {
            int index = pick(now);
            while (index >= 0) {
                tried[index] = true;
                notBefore[index] = NEVER;
                if (ask(index, now)) {
                    return;
                }
                index = pick(now);
            }
            if (waits(now)) {
                return;
            }
        } while (goOn());
        finish(refusal(now));
    }

    private int pick(long now) {
        var sticky = Stickiness.of(route.model().sticky(), call);
        return route.next(now, tried, sticky, streaming);
    }

    private boolean ask(int index, long now) {
        var target = route.targets().get(index);
        var permit = target.standing().begin(now);
        if (permit == Permit.NO) {
            return false;
        }
        asked = target;
        ofRoute++;
        count++;
        current = new Attempt(this, route, index, permit, streaming, stream);
        // It may be over before this returns.
        current.begin(route, kind, call);
        return true;
    }

    /** Whether a target is asked again after a while. */
    private boolean waits(long now) {
        if (ofRoute >= route.model().retries().attempts()) {
            return false;
        }
        int soonest = 0;
        for (int i = 1; i < notBefore.length; i++) {
            soonest = notBefore[i] < notBefore[soonest] ? i : soonest;
        }
        int index = soonest;
        if (notBefore[index] == NEVER || notBefore[index] > deadline) {
            return false;
        }
        long wait = Math.max(0, notBefore[index] - (now - began));
        if (wait
                > (rest.hasNext()
                        ? PATIENCE_NANOS
                        : route.model().retries().longest().toNanos())) {
            return false;
        }
        timer = watch.vertx().setTimer(TimeUnit.NANOSECONDS.toMillis(wait) + 1, id -> {
            timer = NO_TIMER;
            notBefore[index] = NEVER;
            if (!ask(index, System.nanoTime())) {
                next();
            }
        });
        return true;
    }

    /** Goes on to the next model that the caller may use. */
    private boolean goOn() {
        while (rest.hasNext()) {
            var candidate = rest.next();
            if (call.caller().permissions().allows(Level.USER, "model." + candidate.name())) {
                enter(candidate);
                return true;
            }
        }
        return false;
    }

    private Failure refusal(long now) {
        return last == null ? route.targets().getFirst().standing().refusal(now) : last;
    }

    /** The whole answer is there. */
    void whole(Attempt attempt, Answer answer) {
        ended(attempt);
        first.tryComplete(answer.with(attempt.target().headers(count)));
    }

    /** The client sees something of the attempt, so it is the last one. */
    void passing(Attempt attempt) {
        tally = attempt.tally();
        call = null;
        first.tryComplete(Answer.events().with(attempt.target().headers(count)));
    }

    /** The attempt completed. */
    void ended(Attempt attempt) {
        attempt.target().standing().succeeded(System.nanoTime(), attempt.permit());
        watch.metrics().completed(route, attempt.target());
        over();
    }

    /** The attempt failed. */
    void failed(Attempt attempt, Fault fault, Failure cause) {
        long now = System.nanoTime();
        note(attempt, fault, cause, now);
        if (attempt.isPassing()) {
            over();
            stream.fail(cause);
            return;
        }
        last = cause;
        if (fault == Fault.TOO_LONG && !isLarger) {
            isLarger = true;
            rest = larger.iterator();
        }
        if (fault == Fault.TOO_LONG ? !goOn() : !fault.elsewhere()) {
            finish(cause);
            return;
        }
        if (fault.again()) {
            var retries = route.model().retries();
            long backoff =
                    retries.waitNanos(ofRoute, ThreadLocalRandom.current().nextDouble());
            notBefore[attempt.index()] =
                    now - began + Math.max(backoff, TimeUnit.MILLISECONDS.toNanos(cause.retryAfterMillis()));
        }
        next();
    }

    private void note(Attempt attempt, Fault fault, Failure cause, long now) {
        current = null;
        var target = attempt.target();
        watch.metrics().failed(route, target, fault);
        // What a client makes up is not there, and that is no fault of the upstream.
        var counted = fault == Fault.MISSING && route.isWildcard() ? Fault.REQUEST : fault;
        if (target.standing()
                .failed(counted, cause, now, attempt.permit(), route.model().breaker())) {
            LOG.warn("Upstream {} is out of service for model {}: {}", target.upstream(), route.name(), cause.code());
        }
    }

    /** Ends what takes too long. */
    void check(long now) {
        if (now - began > deadline) {
            var failure = Failure.timeout("The model did not answer in time.");
            var late = current;
            if (late != null) {
                late.abandon();
                note(late, Fault.SILENT, failure, now);
            }
            if (late != null && late.isPassing()) {
                over();
                stream.fail(failure);
            } else {
                finish(failure);
            }
        } else if (current != null) {
            current.check(now);
        }
    }

    private void cancel() {
        if (over) {
            return;
        }
        if (current != null) {
            current.abandon();
            current.target().standing().left(current.permit());
            watch.metrics().failed(route, current.target(), Fault.CANCELLED);
        }
        over();
        first.tryFail(Failure.cancelled());
    }

    private void finish(Failure cause) {
        over();
        first.tryFail(cause.with(Target.headersOfFailure(count)));
    }

    private void over() {
        over = true;
        current = null;
        call = null;
        if (timer != NO_TIMER) {
            watch.vertx().cancelTimer(timer);
        }
        watch.end(this);
    }
}
