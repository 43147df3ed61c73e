package io.gotthard.metering;

/**
 * Which marks of a budget have been passed: half of it, four fifths, all. Each is passed once, and can be passed again when a tenth of
 * the budget has become free below it. Asking costs two comparisons while nothing is passed.
 */
final class Marks {

    private static final int[] PERCENTS = {0, 50, 80, 100};

    private final long period;
    private final long one;
    private int passed;
    private volatile long next;
    private volatile long last;

    /**
     * Marks of a counter of which nothing is used.
     *
     * @param period the time in which all is refilled
     * @param one the time in which one unit is
     */
    Marks(long period, long one) {
        this.period = period;
        this.one = one;
        put(0);
    }

    /**
     * The highest mark that is passed with this, if it was not before; otherwise 0.
     *
     * @param ahead the time in which all that is used will be refilled
     */
    int passing(long ahead) {
        return ahead >= next || ahead < last ? move(ahead) : 0;
    }

    /** The same for a budget that did not suffice, which passes the last mark. */
    int exhausted() {
        return passing(period);
    }

    private synchronized int move(long ahead) {
        int before = passed;
        int now = before;
        while (now + 1 < PERCENTS.length && ahead >= at(now + 1)) {
            now++;
        }
        while (now > 0 && ahead < at(now) - period / 10) {
            now--;
        }
        put(now);
        return now > before ? PERCENTS[now] : 0;
    }

    private void put(int index) {
        passed = index;
        next = index + 1 < PERCENTS.length ? at(index + 1) : Long.MAX_VALUE;
        last = index == 0 ? Long.MIN_VALUE : at(index) - period / 10;
    }

    /** All is used when not even one unit is left. */
    private long at(int index) {
        return PERCENTS[index] == 100 ? period - one + 1 : period / 100 * PERCENTS[index];
    }
}
