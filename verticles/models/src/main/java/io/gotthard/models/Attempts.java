package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Candidate;
import io.gotthard.contracts.Failure;
import io.gotthard.models.Standing.Permit;
import io.gotthard.models.provider.Tally;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Iterator;
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

    private static final long NO_TIMER = -1;

    private final Watch watch;
    private final Kind kind;
    private final BusStream stream;
    private final boolean streaming;
    private final Promise<Answer> first = Promise.promise();
    private final long began = System.nanoTime();
    private final long deadline;
    private final Reach reach;
    private final Use use;
    /** The request, until nobody may be asked any more: so a long answer does not hold on to a large request. */
    private Call call;

    private Iterator<Route> rest;
    private boolean isLarger;
    private Round round;
    private int count;
    private Target asked;
    private Candidate candidate;
    /** The attempt that is under way, or null. */
    private Attempt current;

    private Tally tally = new Tally();
    private Failure last;
    private long timer = NO_TIMER;
    private boolean over;

    /**
     * Attempts that have not begun.
     *
     * @param reach who may answer
     * @param use counts them
     */
    Attempts(Watch watch, Kind kind, Call call, BusStream stream, Reach reach, Use use) {
        this.use = use;
        this.watch = watch;
        this.kind = kind;
        this.call = call;
        this.stream = stream;
        this.reach = reach;
        this.streaming = Boolean.TRUE.equals(call.body().fields().get("stream"));
        this.rest = reach.chain().iterator();
        this.candidate = reach.candidates().getFirst();
        this.round = round(rest.next());
        this.deadline = round.route().model().deadlines().request().toNanos();
    }

    /** The answer, or the one that opens the stream. */
    Future<Answer> begin() {
        watch.begin(this);
        use.begin();
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

    /** Who answered, or was asked last. */
    Candidate candidate() {
        return candidate;
    }

    private Round round(Route route) {
        return new Round(route, call, reach.residency(), streaming);
    }

    private void next() {
        long now = System.nanoTime();
        do {
            for (int index = round.next(now); index != Round.NONE; index = round.next(now)) {
                if (ask(index, now)) {
                    return;
                }
            }
            if (waits(now)) {
                return;
            }
        } while (goOn());
        finish(last == null ? round.refusal(now) : last);
    }

    private boolean ask(int index, long now) {
        var target = round.target(index);
        var permit = target.standing().begin(now);
        if (permit == Permit.NO) {
            return false;
        }
        round.asked();
        asked = target;
        candidate = round.route().candidates().get(index);
        count++;
        current = new Attempt(this, round.route(), index, permit, streaming, stream);
        // It may be over before this returns.
        current.begin(round.route(), kind, call);
        return true;
    }

    /** Whether a target is asked again after a while. */
    private boolean waits(long now) {
        int index = round.again();
        if (index == Round.NONE || round.notBefore(index) > deadline) {
            return false;
        }
        long wait = Math.max(0, round.notBefore(index) - (now - began));
        if (wait > (rest.hasNext() ? PATIENCE_NANOS : retries().longest().toNanos())) {
            return false;
        }
        timer = watch.vertx().setTimer(TimeUnit.NANOSECONDS.toMillis(wait) + 1, id -> {
            timer = NO_TIMER;
            round.take(index);
            if (!ask(index, System.nanoTime())) {
                next();
            }
        });
        return true;
    }

    private Retries retries() {
        return round.route().model().retries();
    }

    /** Goes on to the next model. */
    private boolean goOn() {
        if (rest.hasNext()) {
            round = round(rest.next());
            return true;
        }
        return false;
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
        first.tryComplete(attempt.head().with(attempt.target().headers(count)));
    }

    /** The attempt completed. */
    void ended(Attempt attempt) {
        attempt.target().standing().succeeded(System.nanoTime(), attempt.permit());
        watch.metrics().completed(round.route(), attempt.target());
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
            rest = reach.larger().iterator();
        }
        round.failed(attempt.index(), fault, cause, now - began);
        if (fault == Fault.TOO_LONG ? !goOn() : !fault.elsewhere()) {
            finish(cause);
            return;
        }
        next();
    }

    private void note(Attempt attempt, Fault fault, Failure cause, long now) {
        current = null;
        var target = attempt.target();
        var route = round.route();
        watch.metrics().failed(route, target, fault);
        // What a client makes up is not there, and that is no fault of the upstream.
        var counted = fault == Fault.MISSING && route.isWildcard() ? Fault.REQUEST : fault;
        if (target.standing()
                .failed(counted, cause, now, attempt.permit(), route.model().breaker())) {
            if (fault == Fault.CREDENTIALS) {
                LOG.warn(
                        "Upstream {} refuses our credentials, and is not asked: its key is to be seen to",
                        target.upstream());
            } else {
                LOG.warn(
                        "Upstream {} is out of service for model {}: {}",
                        target.upstream(),
                        route.name(),
                        cause.code());
            }
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
            watch.metrics().failed(round.route(), current.target(), Fault.CANCELLED);
        }
        over();
        first.tryFail(Failure.cancelled());
    }

    private void finish(Failure cause) {
        over();
        first.tryFail(cause.with(asked == null ? Target.headersOfNone() : asked.headers(count)));
    }

    private void over() {
        over = true;
        current = null;
        call = null;
        if (timer != NO_TIMER) {
            watch.vertx().cancelTimer(timer);
        }
        watch.end(this);
        use.end();
    }
}
