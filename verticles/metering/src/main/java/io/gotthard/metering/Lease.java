package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * How the money of one wallet comes to this node and goes back. There is one exchange with the database at a time; whoever needs money
 * that is not here waits for it in line. An exchange whose answer was lost is repeated under its number until there is one, and moves
 * nothing twice.
 *
 * <p>If there is not enough, the nodes that have some are asked for it. When they have answered, or a second is over, who still needs
 * more is refused. That a wallet is short is then remembered for a second, so that those who ask again and again cost nothing.
 *
 * <p>Safe to be used from any thread; nothing here waits.
 */
final class Lease {

    /**
     * What became of an exchange.
     *
     * @param taken nanos that came
     * @param holders the other nodes that have some, if there was not enough
     */
    record Answer(long taken, Set<Long> holders) {}

    /**
     * Money that moves, from the moment it is decided on until the database has answered.
     *
     * @param op its number; later ones have higher numbers
     * @param given nanos that go back and are in no allowance any more; -1 if money is wanted
     * @param needed nanos, less of which are of no use
     * @param wanted nanos that would be good to have
     * @param others whether other nodes are to give back what they have, or wait for what is given
     */
    record Exchange(long op, long given, long needed, long wanted, boolean others) {

        boolean gives() {
            return given >= 0;
        }
    }

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Nobody waits longer, not even in a long line. */
    private static final long PATIENCE = 5 * SECOND;

    /** A first exchange is good for so many requests like the one that needs it. */
    private static final long FIRST_REQUESTS = 16;

    private static final long MOST_WANTED = Long.MAX_VALUE / FIRST_REQUESTS;
    private static final int MOST_WAITERS = 10_000;

    private final Allowances allowances;
    private final Wallet wallet;
    private final Queue<Waiter> waiters = new ArrayDeque<>();
    private Exchange exchange;
    private boolean recalled;
    private boolean closing;
    private boolean timing;

    /** The nodes that were asked for money and have not answered yet; null if none were. */
    private Set<Long> asked;

    private long askedAt;

    /** There may be more money than the last exchange saw. */
    private boolean moneyCame;

    private long step;
    private long steppedAt;
    private long shortOf = Long.MAX_VALUE;
    private long shortUntil;
    private long lastSeen = -1;

    /** With less than this left, the next exchange is due. */
    private volatile long low;

    private volatile boolean waited;

    /** Whether it is among those that are looked after. */
    private volatile boolean active;

    Lease(Allowances allowances, int walletId) {
        this.allowances = allowances;
        this.wallet = new Wallet(walletId, this);
    }

    Wallet wallet() {
        return wallet;
    }

    static Failure broke() {
        return Failure.insufficientQuota(
                "There is not enough money for this request. Top up the wallet, or ask for less.");
    }

    private static Failure unavailable() {
        return Failure.unavailable("It can't be known at the moment whether there is money for this request.");
    }

    /** Tells what a reservation has left: gets more in time, before the next ones have to wait. */
    void left(long nanos) {
        if (nanos < low) {
            synchronized (this) {
                if (exchange == null && !closing) {
                    low = 0;
                    take(0, false);
                }
            }
        }
    }

    /**
     * Reserves nanos that may not be in the allowance yet.
     *
     * @return completes on the current context when they are reserved; fails with {@link #broke} or with 503
     */
    synchronized Future<Void> reserve(long nanos) {
        if (waiters.isEmpty() && wallet.reserve(nanos) != Wallet.SHORT) {
            return Future.succeededFuture();
        }
        if (wallet.isGone() || closing || waiters.size() >= MOST_WAITERS) {
            return Future.failedFuture(unavailable());
        }
        long now = System.nanoTime();
        if (now - shortUntil < 0 && nanos - wallet.allowance() >= shortOf) {
            return Future.failedFuture(broke());
        }
        var waiter = new Waiter(nanos, now + PATIENCE, Promise.promise(), Vertx.currentContext());
        waiters.add(waiter);
        waited = true;
        activate();
        time();
        if (exchange == null && asked == null) {
            take(needed(), true);
        }
        return waiter.promise().future();
    }

    /** Money came back into the allowance from a request. */
    void replenished() {
        if (!active) {
            activate();
        }
        if (waited) {
            synchronized (this) {
                serve();
            }
        }
    }

    private void activate() {
        active = true;
        allowances.lookAfter(this);
    }

    private long needed() {
        return waiters.isEmpty() ? 0 : Math.max(0, waiters.peek().nanos() - wallet.allowance());
    }

    /** Who comes back within a second gets twice as much, so that busy wallets need few exchanges and idle ones tie up little. */
    private void take(long needed, boolean recall) {
        long now = System.nanoTime();
        long usual = waiters.isEmpty() ? 0 : Math.min(waiters.peek().nanos(), MOST_WANTED) * FIRST_REQUESTS;
        boolean busy = step > 0 && now - steppedAt < SECOND;
        step = Math.max(usual, busy ? Math.min(step, MOST_WANTED) * 2 : step);
        steppedAt = now;
        exchange = new Exchange(allowances.nextOp(), -1, needed, Math.max(needed, step), recall);
        allowances.send(this, exchange);
    }

    /** The database has answered. */
    synchronized void done(Exchange which, Answer answer) {
        if (which != exchange) {
            return;
        }
        exchange = null;
        if (which.gives()) {
            recalled &= !which.others();
        } else if (answer.taken() > 0) {
            wallet.add(answer.taken());
            step = answer.taken();
            low = step / 4;
            shortOf = Long.MAX_VALUE;
            asked = null;
        } else if (which.needed() > 0) {
            if (which.others()) {
                asked = new HashSet<>(answer.holders());
                askedAt = System.nanoTime();
            }
            if (!moneyCame && (asked == null || asked.isEmpty())) {
                refuse(which.needed());
            }
        }
        serve();
        next();
    }

    private void serve() {
        while (!waiters.isEmpty() && wallet.reserve(waiters.peek().nanos()) != Wallet.SHORT) {
            waiters.poll().succeed();
        }
        if (waiters.isEmpty()) {
            waited = false;
            asked = null;
        }
    }

    /** What is to be done when an exchange has ended, or when there is a new reason for one. */
    private void next() {
        if (exchange != null) {
            return;
        }
        if (recalled || (closing && wallet.allowance() > 0)) {
            allowances.send(this, giving(recalled));
        } else if (!waiters.isEmpty() && (asked == null || moneyCame)) {
            moneyCame = false;
            take(needed(), asked == null);
        }
    }

    /** There is less than this, wherever: refuses those who need as much. */
    private void refuse(long needed) {
        asked = null;
        shortOf = needed;
        shortUntil = System.nanoTime() + SECOND;
        long unaffordable = wallet.allowance() + needed;
        waiters.removeIf(waiter -> waiter.nanos() >= unaffordable && waiter.fail(broke()));
        allowances.refused(wallet);
    }

    /** The database could not be asked, or its answer was lost: nobody knows whether it did what it was asked to. */
    synchronized void unanswered(Exchange which) {
        if (which == exchange) {
            allowances.later(() -> repeat(which));
        }
    }

    private synchronized void repeat(Exchange which) {
        if (which == exchange) {
            allowances.send(this, which);
        }
    }

    private void time() {
        if (!timing) {
            timing = true;
            allowances.later(this::impatient);
        }
    }

    private synchronized void impatient() {
        timing = false;
        long now = System.nanoTime();
        if (asked != null && exchange == null && now - askedAt >= SECOND) {
            refuse(needed());
        }
        waiters.removeIf(waiter -> now - waiter.deadline() >= 0 && waiter.fail(unavailable()));
        serve();
        next();
        if (!waiters.isEmpty()) {
            time();
        }
    }

    /** There is more money in the wallet than before. */
    synchronized void money() {
        shortOf = Long.MAX_VALUE;
        moneyCame = true;
        next();
    }

    /** Another node gave back what it could. */
    synchronized void back(long node) {
        if (asked != null && asked.remove(node)) {
            money();
        }
    }

    /** Another node needs what this one has. */
    synchronized void recall() {
        recalled = true;
        next();
    }

    /** Takes out of the allowance what was not used since it was asked the last time, to be given back; null if there is nothing. */
    synchronized Exchange idle() {
        long has = wallet.allowance();
        boolean unused = has == lastSeen && waiters.isEmpty() && exchange == null;
        lastSeen = has;
        active = !unused || has > 0;
        return unused && has > 0 ? giving(false) : null;
    }

    /** Takes all out of the allowance, to be given back, and takes in nothing any more. Null if there is nothing. */
    synchronized Exchange close() {
        closing = true;
        dismiss();
        return exchange == null && wallet.allowance() > 0 ? giving(false) : null;
    }

    private Exchange giving(boolean toOthers) {
        step = 0;
        low = 0;
        exchange = new Exchange(allowances.nextOp(), wallet.empty(), 0, 0, toOthers);
        return exchange;
    }

    private void dismiss() {
        while (!waiters.isEmpty()) {
            waiters.poll().fail(unavailable());
        }
        waited = false;
    }

    /** Whether it need not be looked after: nothing is under way, and nothing is here to be given back. */
    synchronized boolean isAtRest() {
        return exchange == null && waiters.isEmpty() && wallet.allowance() == 0;
    }

    /** This process is another node now: what was here has gone back by other hands. */
    synchronized void gone() {
        wallet.gone();
        exchange = null;
        dismiss();
    }
}
