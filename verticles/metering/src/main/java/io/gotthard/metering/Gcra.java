package io.gotthard.metering;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A counter of what was used, by the generic cell rate algorithm. Whatever is taken is refilled evenly over the period of its limit,
 * first what was taken first. So in a window of any length never more can be used than the limit's amount and what is refilled in
 * that window, while there is always as much as has been refilled.
 *
 * <p>All of it is one moment: the one at which everything will be refilled. What is taken moves it on by as much time as its refilling
 * takes, and may do so until it is a period ahead of the clock. Times and durations are whole nanoseconds; durations are rounded up.
 * Safe to be used from any thread; nothing waits for a lock.
 *
 * <p>What was taken and not needed can be given back, though only as far as it is not refilled already: it stood in a row with the
 * others, and was refilled when it was its turn. {@link #returned} counts how far the row has moved up since, so that it is known
 * where it stands.
 */
final class Gcra {

    /** What {@link #take} answers if the counter is out of use: ask for the one that took its place. */
    static final long RETIRED = Long.MIN_VALUE + 1;

    /** For the few instructions in which two numbers change together. */
    private static final long BUSY = Long.MIN_VALUE;

    private static final VarHandle DUE;
    private static final VarHandle ASKED;

    private final long amount;
    private final long period;
    private final long one;
    private final Marks marks;
    private volatile long due;
    private volatile long returned;
    private volatile long asked;

    static {
        try {
            DUE = MethodHandles.lookup().findVarHandle(Gcra.class, "due", long.class);
            ASKED = MethodHandles.lookup().findVarHandle(Gcra.class, "asked", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * A counter.
     *
     * @param amount how many units are refilled
     * @param period in which time, in nanoseconds
     * @param due when all that was used will be refilled
     * @param returned where the count of what was given back begins
     */
    Gcra(long amount, long period, long due, long returned) {
        this.amount = amount;
        this.period = period;
        this.one = nanos(1, amount, period);
        this.marks = new Marks(period, one);
        this.due = due;
        this.returned = returned;
    }

    /** The time in which units are refilled of a limit that refills its amount in the period, in nanoseconds, rounded up. */
    static long nanos(long units, long amount, long period) {
        // More than that is not told apart: it is too much in any case.
        long counted = Math.min(units, 2 * amount);
        long high = Math.multiplyHigh(counted, period);
        long low = counted * period;
        if (high == 0 && low >= 0) {
            return Math.ceilDiv(low, amount);
        }
        // The quotient has less than 53 bits, so this is wrong by little, and the last bits of the product tell by how
        // much.
        long about = (long) ((double) counted * period / amount);
        return about + Math.ceilDiv(low - about * amount, amount);
    }

    /** How many units are refilled in a time, rounded down; none in a negative one. */
    static long units(long nanos, long amount, long period) {
        if (nanos <= 0) {
            return 0;
        }
        long high = Math.multiplyHigh(nanos, amount);
        long low = nanos * amount;
        if (high == 0 && low >= 0) {
            return low / period;
        }
        long about = (long) ((double) nanos * amount / period);
        return about + Math.floorDiv(low - about * period, period);
    }

    /** The time in which so many of its units are refilled. */
    long cost(long units) {
        return units == 1 ? one : nanos(units, amount, period);
    }

    /** Which marks it has passed. */
    Marks marks() {
        return marks;
    }

    long amount() {
        return amount;
    }

    long period() {
        return period;
    }

    /**
     * Takes what is refilled in {@code cost}.
     *
     * @param now the time, which is positive
     * @return the moment at which it is refilled; or, if there is not as much, minus the nanoseconds to wait for it; or {@link #RETIRED}
     */
    long take(long cost, long now) {
        while (true) {
            long seen = due;
            if (seen == RETIRED) {
                return RETIRED;
            }
            if (seen == BUSY) {
                Thread.onSpinWait();
                continue;
            }
            long end = Math.max(seen, now) + cost;
            long wait = end - now - period;
            if (wait > 0) {
                return -wait;
            }
            if (DUE.compareAndSet(this, seen, end)) {
                return end;
            }
        }
    }

    /**
     * Gives back what was taken and is not needed.
     *
     * @param end what {@link #take} answered
     * @param unused how much of its cost
     * @param returnedBefore what {@link #returned} was before it took
     */
    void giveBack(long end, long unused, long returnedBefore, long now) {
        long seen = occupy();
        if (seen == RETIRED) {
            return;
        }
        long moved = returned;
        long still = Math.min(unused, end - (moved - returnedBefore) - now);
        if (still > 0) {
            returned = moved + still;
            due = seen - still;
        } else {
            due = seen;
        }
    }

    /**
     * Takes what has been used already, be there as much or not; what is owed then has to be refilled first. Nobody owes more than the
     * limit's amount.
     *
     * @return whether it did: false if the counter is retired
     */
    boolean owe(long cost, long now) {
        while (true) {
            long seen = due;
            if (seen == RETIRED) {
                return false;
            }
            if (seen == BUSY) {
                Thread.onSpinWait();
                continue;
            }
            long end = Math.max(seen, Math.min(Math.max(seen, now) + cost, now + 2 * period));
            if (DUE.compareAndSet(this, seen, end)) {
                return true;
            }
        }
    }

    /** How far the row has moved up: to be read before {@link #take}. */
    long returned() {
        return returned;
    }

    /** How much time it takes until all is refilled; negative if it is. */
    long ahead(long now) {
        long seen = due;
        while (seen == BUSY) {
            Thread.onSpinWait();
            seen = due;
        }
        return seen == RETIRED ? -now : seen - now;
    }

    /** Puts it where others say that it is. */
    void set(long moment) {
        if (occupy() != RETIRED) {
            due = moment;
        }
    }

    /** Puts it out of use if all is refilled, so that a new one would be the same. */
    boolean retireIfIdle(long now) {
        long seen = due;
        return seen != BUSY && seen <= now && asked == 0 && DUE.compareAndSet(this, seen, RETIRED);
    }

    /**
     * Puts it out of use, for the one that this answers: it has the same units used, of another amount or in another time. What was taken
     * before is not given back to it.
     */
    Gcra changed(long newAmount, long newPeriod, long now) {
        long seen = occupy();
        long used = seen == RETIRED ? 0 : units(seen - now, amount, period);
        var next = new Gcra(
                newAmount,
                newPeriod,
                now + nanos(used, newAmount, newPeriod),
                returned + 4 * Math.max(period, newPeriod));
        next.ask(asked);
        due = RETIRED;
        return next;
    }

    boolean isRetired() {
        return due == RETIRED;
    }

    /** What others are being asked for at the moment. */
    long asked() {
        return asked;
    }

    void ask(long cost) {
        ASKED.getAndAdd(this, cost);
    }

    /** Holds off all others until {@link #due} is written; if it is retired, it stays so and nobody is held off. */
    private long occupy() {
        while (true) {
            long seen = due;
            if (seen == RETIRED) {
                return RETIRED;
            }
            if (seen != BUSY && DUE.compareAndSet(this, seen, BUSY)) {
                return seen;
            }
            Thread.onSpinWait();
        }
    }
}
