package io.gotthard.metering;

import io.gotthard.contracts.Admission;
import io.gotthard.contracts.Candidate;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Outcome;
import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * An admitted request, until it is charged. What becomes of it is decided once, by whoever is first: the request's own settlement, or a
 * limit that did not agree after all. The journal has the last word: a charge that it does not take, because it had to refuse the
 * reservation, moves no money.
 */
final class Ticket implements Admission, Completable<Void> {

    private static final AtomicIntegerFieldUpdater<Ticket> ENDED =
            AtomicIntegerFieldUpdater.newUpdater(Ticket.class, "ended");

    /** It is not worth hurrying for less, in nanoseconds. */
    private static final long SOON = 1_000_000;

    private final Admissions admissions;
    private final Admissions.Request request;
    private final Reservation reservation;
    private final long covered;
    private final long admittedAt;
    private final long node;
    private final Promise<Void> granted = Promise.promise();

    private volatile int ended;
    // All only on the context of who asked.
    private boolean answered;
    private boolean durable;
    private boolean agreed;

    /**
     * @param covered the part of what is reserved that was taken from the wallet
     * @param admittedAt {@link System#nanoTime}
     */
    Ticket(Admissions admissions, Admissions.Request request, Reservation reservation, long covered, long admittedAt) {
        this.admissions = admissions;
        this.request = request;
        this.reservation = reservation;
        this.covered = covered;
        this.admittedAt = admittedAt;
        this.node = admissions.journal().node();
        var counters = request.taken().agreed();
        agreed = counters.succeeded();
        if (!agreed) {
            Context context = Vertx.currentContext();
            counters.onComplete(
                    all -> on(context, () -> {
                        agreed = true;
                        grant();
                    }),
                    cause -> on(context, () -> release(cause)));
        }
    }

    private static void on(Context context, Runnable action) {
        if (context == null) {
            action.run();
        } else {
            context.runOnContext(now -> action.run());
        }
    }

    /** Whether this is its end, and not what comes after it. */
    private boolean ends() {
        return ended == 0 && ENDED.compareAndSet(this, 0, 1);
    }

    @Override
    public Future<Void> granted() {
        return granted.future();
    }

    @Override
    public void answered() {
        if (answered) {
            return;
        }
        answered = true;
        long now = System.nanoTime();
        request.promptness().answered(now - admittedAt);
        if (!durable && reservation.due() - now > SOON) {
            admissions.journal().hurry();
        }
    }

    @Override
    public Map<String, String> headers() {
        return request.taken().headers("x-gotthard-receipt", node + "-" + reservation.seq());
    }

    /** What it may cost, in nanos, before it costs more than was reserved. */
    long reserved() {
        return reservation.reserved();
    }

    /** The journal says that the reservation is durable, or that it refused it, which nothing can be charged after. */
    @Override
    public void complete(Void nothing, Throwable refusal) {
        if (refusal == null) {
            durable = true;
            grant();
            return;
        }
        if (ends()) {
            request.taken().release();
            admissions.metrics().refused(Failure.of(refusal));
        }
        if (reservation.isRefused()) {
            giveBack(0);
        }
        granted.tryFail(refusal);
    }

    private void grant() {
        if (durable && agreed) {
            granted.tryComplete();
        }
    }

    /** A limit did not agree: the request never was. */
    private void release(Throwable cause) {
        if (ends()) {
            admissions.metrics().refused(Failure.of(cause));
            if (admissions.journal().charge(Charge.released(reservation, 0, System.nanoTime() - admittedAt))) {
                giveBack(0);
            }
        }
        granted.tryFail(cause);
    }

    @Override
    public void settle(Outcome outcome) {
        if (!ends()) {
            return;
        }
        var usage = outcome.usage();
        var price = request.price(outcome.answered());
        long cost = usage == null ? 0 : price.cost(usage);
        long beyond = Math.max(0, cost - request.reserved());
        long found = beyond == 0 ? 0 : request.wallet().reserveUpTo(beyond);
        long amount = cost - beyond + found;
        long lasted = System.nanoTime() - admittedAt;
        var source = usage == null ? reservation.source() : source(answered(outcome), price);
        // Before the rest is given back: so no other request can spend what this one might still be charged.
        if (!admissions.journal().charge(Charge.of(reservation, source, outcome, lasted, amount, beyond - found))) {
            // It was refused; what was reserved comes back when the journal says so.
            request.wallet().giveBack(found);
            request.taken().release();
            return;
        }
        giveBack(amount);
        if (admissions.journal().isAway()) {
            admissions.metrics().late();
        }
        request.taken().correct(usage == null ? 0 : Admissions.tokens(usage), amount);
        if (cost == 0 && usage != null) {
            admissions.tariffs().free(request.demand(), price, usage);
        }
        admissions.metrics().settled(request.demand(), outcome, amount, beyond - found, lasted);
    }

    private static Candidate answered(Outcome outcome) {
        return outcome.answered() == null
                ? new Candidate(outcome.usage().model(), outcome.usage().upstream())
                : outcome.answered();
    }

    private Source source(Candidate answered, Price price) {
        return Standing.of(
                answered, price.id(), reservation.source(), admissions.journal().sources());
    }

    /** Of what was reserved, so much is charged. */
    private void giveBack(long charged) {
        var wallet = request.wallet();
        if (charged < covered) {
            wallet.giveBack(covered - charged);
        } else if (covered < request.reserved()) {
            // Given on grace: whatever came back meanwhile pays for it first.
            wallet.reserveUpTo(Math.min(charged, request.reserved()) - covered);
        }
        if (reservation.grace()) {
            wallet.settleGrace(request.reserved(), admissions.journal().isAway() ? charged : 0);
        }
    }
}
