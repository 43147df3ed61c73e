package io.gotthard.platform;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Waiting for what will be, with a bound. */
public final class Await {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Await() {}

    /** Waits until a condition holds; fails with its name if that takes longer than 20 seconds. */
    public static void until(String what, Callable<Boolean> condition) {
        until(what, PATIENCE, condition);
    }

    public static void until(String what, Duration patience, Callable<Boolean> condition) {
        long began = System.nanoTime();
        while (!holds(what, condition)) {
            if (System.nanoTime() - began > patience.toNanos()) {
                throw new AssertionError("Not within " + patience + ": " + what);
            }
            pause(5);
        }
    }

    private static boolean holds(String what, Callable<Boolean> condition) {
        try {
            return condition.call();
        } catch (Exception e) {
            throw new AssertionError("Not to be known: " + what, e);
        }
    }

    /** Waits until a count has not changed for so long, and returns it. */
    static long plateau(String what, Duration unchanged, LongSupplier count) {
        var seen = new Object() {
            long value = -1;
            long since = System.nanoTime();
        };
        until(what, Duration.ofSeconds(60), () -> {
            long value = count.getAsLong();
            if (value != seen.value) {
                seen.value = value;
                seen.since = System.nanoTime();
            }
            return System.nanoTime() - seen.since > unchanged.toNanos();
        });
        return seen.value;
    }

    private static void pause(long millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
