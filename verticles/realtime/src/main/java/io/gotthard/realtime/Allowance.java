package io.gotthard.realtime;

/** How often somebody may do something: so often a second, and four times that at once. */
final class Allowance {

    private static final int BURST_SECONDS = 4;
    private static final double NANOS = 1e9;

    private final int rate;
    private double left;
    private long refilled = System.nanoTime();

    Allowance(int rate) {
        this.rate = rate;
        this.left = (double) rate * BURST_SECONDS;
    }

    /** Whether it may be done once more. */
    boolean take() {
        long now = System.nanoTime();
        left = Math.min((double) rate * BURST_SECONDS, left + (now - refilled) / NANOS * rate);
        refilled = now;
        if (left < 1) {
            return false;
        }
        left--;
        return true;
    }
}
