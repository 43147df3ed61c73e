package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Queue;
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

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Nobody waits longer, not even in a long line. */
    private static final long PATIENCE = 5 * SECOND;

    /** A first exchange is good for so many requests like the one that needs it. */
    private static final long FIRST_REQUESTS = 16;

    private static final long MOST_WANTED = Long.MAX_VALUE / FIRST_REQUESTS;
    private static final int MOST_WAITERS = 10_000;

    private final Allowances allowances;
    private final Wallet wallet;
    private final Shortage shortage = new Shortage();
    private final Queue<Waiter> waiters = new ArrayDeque<>();
    private Exchange exchange;
    private boolean recalled;
    private boolean closing;
    private boolean timing;

    /** There may be more money than the last exchange saw. */
    private boolean moneyCame;

    private long step;
    private long steppedAt;
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
        if (shortage.covers(nanos - wallet.allowance())) {
            return Future.failedFuture(broke());
        }
        var waiter = new Waiter(nanos, System.nanoTime() + PATIENCE, Promise.promise(), Vertx.currentContext());
        waiters.add(waiter);
        waited = true;
        activate();
        time();
        if (exchange == null && !shortage.isAsking()) {
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
        exchange = Exchange.taking(allowances.nextOp(), needed, Math.max(needed, step), recall);
        allowances.send(this, exchange);
    }

    /** The database has answered. */
    synchronized void done(Exchange which, Exchange.Answer answer) {
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
            shortage.forget();
            shortage.endAsking();
        } else if (which.needed() > 0) {
            if (which.others()) {
                shortage.ask(answer.holders());
            }
            if (!moneyCame && shortage.isAnswered()) {
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
            shortage.endAsking();
        }
    }

    /** What is to be done when an exchange has ended, or when there is a new reason for one. */
    private void next() {
        if (exchange != null) {
            return;
        }
        if (recalled || (closing && wallet.allowance() > 0)) {
            allowances.send(this, giving(recalled));
        } else if (!waiters.isEmpty() && (moneyCame || !shortage.isAsking())) {
            moneyCame = false;
            take(needed(), !shortage.isAsking());
        }
    }

    /** There is less than this, wherever: refuses those who need as much. */
    private void refuse(long needed) {
        shortage.remember(needed);
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
        if (exchange == null && shortage.isOverdue()) {
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
        shortage.forget();
        moneyCame = true;
        next();
    }

    /** Another node gave back what it could. */
    synchronized void back(long node) {
        if (shortage.answered(node)) {
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
        exchange = Exchange.giving(allowances.nextOp(), wallet.empty(), toOthers);
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
