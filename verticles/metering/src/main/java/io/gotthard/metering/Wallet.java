package io.gotthard.metering;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What pays for requests: the part of a wallet's money that this node may spend without asking, or, if it is a receivable, nothing at
 * all, because it is owed. At every instant the allowance is at most what the database has for this node, less the charges that are
 * not in that yet and less the open reservations. So whatever happens, what was reserved here can be paid; but for what was given on grace,
 * while nothing could be leased.
 *
 * <p>Belongs to one node: when this process has become another one, the allowance has gone back and no wallet of before has anything.
 * Safe to be used from any thread; nothing here waits.
 */
final class Wallet {

    /** What {@link #reserve} answers if there is not enough. */
    static final long SHORT = -1;

    private static final VarHandle ALLOWANCE;
    private static final VarHandle GRACE;
    private static final VarHandle SPENT;
    private static final long GONE = -1;

    static {
        try {
            var lookup = MethodHandles.lookup();
            ALLOWANCE = lookup.findVarHandle(Wallet.class, "allowance", long.class);
            SPENT = lookup.findVarHandle(Wallet.class, "spent", long.class);
            GRACE = lookup.findVarHandle(Wallet.class, "grace", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int id;
    private final boolean prepaid;
    private final Lease lease;

    /** Nanos that can be reserved, or {@link #GONE}. */
    private volatile long allowance;

    /** Nanos that are reserved with grace, and those that were charged while the database was away. */
    private volatile long grace;

    /** The second part of that. */
    private volatile long spent;

    private volatile long graceAllowance;

    /**
     * A wallet without an allowance.
     *
     * @param id the ledger account
     * @param lease gets its allowance; null for a receivable, which needs none
     */
    Wallet(int id, Lease lease) {
        this.id = id;
        this.lease = lease;
        this.prepaid = lease != null;
    }

    int id() {
        return id;
    }

    /** Whether only money that was paid before can be spent. */
    boolean isPrepaid() {
        return prepaid;
    }

    /** Gets its allowance; null for a receivable. */
    Lease lease() {
        return lease;
    }

    /** Nanos that can be reserved at the moment. */
    long allowance() {
        return Math.max(0, allowance);
    }

    /** Whether the allowance has gone back because this process has become another node: find the wallet anew. */
    boolean isGone() {
        return allowance == GONE;
    }

    /**
     * Takes nanos from the allowance.
     *
     * @return what is left of it, or {@link #SHORT} if it is less than that, and nothing is taken
     */
    long reserve(long nanos) {
        if (!prepaid) {
            return Long.MAX_VALUE;
        }
        while (true) {
            long had = allowance;
            long left = had - nanos;
            if (had < 0 || left < 0) {
                return SHORT;
            }
            if (ALLOWANCE.compareAndSet(this, had, left)) {
                return left;
            }
        }
    }

    /** Takes as much of these nanos as there is: for what has cost more than was reserved. */
    long reserveUpTo(long nanos) {
        if (!prepaid) {
            return nanos;
        }
        while (true) {
            long had = allowance;
            long taken = Math.clamp(had, 0, nanos);
            if (taken == 0 || ALLOWANCE.compareAndSet(this, had, had - taken)) {
                return taken;
            }
        }
    }

    /** Gives back what was reserved and is not needed, after the charge that does not need it was handed to the journal. */
    void giveBack(long nanos) {
        if (prepaid && nanos > 0) {
            add(nanos);
            lease.replenished();
        }
    }

    /** Adds nanos that the database has for this node. Without effect once the wallet is gone. */
    void add(long nanos) {
        while (true) {
            long had = allowance;
            if (had < 0 || ALLOWANCE.compareAndSet(this, had, Math.addExact(had, nanos))) {
                return;
            }
        }
    }

    /** Takes all that is there, to be given back to the database. */
    long empty() {
        while (true) {
            long had = allowance;
            if (had <= 0 || ALLOWANCE.compareAndSet(this, had, 0)) {
                return Math.max(0, had);
            }
        }
    }

    /** Whatever was its allowance went back to the database by other hands. */
    void gone() {
        allowance = GONE;
    }

    /** How it goes on while the database is away: at most with so many nanos, or not at all. */
    void graceAllowance(long nanos) {
        graceAllowance = nanos;
    }

    /** Whether it may go on while the database is away. */
    boolean hasGrace() {
        return graceAllowance > 0;
    }

    /**
     * Takes nanos from what may be spent while the database is away; requests that are open when it goes away count as well.
     *
     * @param away whether it is away
     * @return false if it is more than is left
     */
    boolean reserveGrace(long nanos, boolean away) {
        if (!away && spent != 0) {
            // It is back: the next time begins anew.
            addGrace(-(long) SPENT.getAndSet(this, 0L));
        }
        while (true) {
            long used = grace;
            if (nanos > graceAllowance - used) {
                return false;
            }
            if (GRACE.compareAndSet(this, used, used + nanos)) {
                return true;
            }
        }
    }

    /** Gives back what was reserved by {@link #reserveGrace} for a request that was not admitted. */
    void giveBackGrace(long nanos) {
        addGrace(-nanos);
    }

    /**
     * A request that had reserved it has ended.
     *
     * @param charged what it was charged while the database was away: that is used up until it is back
     */
    void settleGrace(long reserved, long charged) {
        if (charged != 0) {
            SPENT.getAndAdd(this, charged);
        }
        addGrace(charged - reserved);
    }

    private void addGrace(long nanos) {
        GRACE.getAndAdd(this, nanos);
    }
}
