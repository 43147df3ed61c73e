package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The ends of the logs that somebody follows, or that this node wrote just now. */
final class Tails {

    /** For how long what was written waits for somebody to follow. */
    private static final Duration FRESH = Duration.ofSeconds(20);

    private static final int LOOK_AT_ONCE = 1000;

    private final LogReader reader;
    private final LogBounds bounds;
    private final Memory memory;
    private final ConcurrentMap<Long, Tail> tails = new ConcurrentHashMap<>();

    Tails(LogReader reader, LogBounds bounds) {
        this.reader = reader;
        this.bounds = bounds;
        this.memory = new Memory(bounds.memoryChars());
    }

    /** The tail of a thread, which stays until it is left. */
    Tail join(long thread) {
        return tails.compute(thread, (number, tail) -> (tail == null ? tail(number) : tail).join());
    }

    private Tail tail(long thread) {
        return new Tail(thread, reader, bounds, memory);
    }

    /** This node wrote these into a thread, in that order. */
    void written(long thread, List<Logged> events) {
        if (!events.isEmpty()) {
            tails.computeIfAbsent(thread, this::tail).written(events);
        }
    }

    /** Another node wrote into a thread up to that place. */
    void told(long thread, long place) {
        var tail = tails.get(thread);
        if (tail != null) {
            tail.told(place);
        }
    }

    /** A thread is gone. */
    void gone(long thread) {
        var tail = tails.get(thread);
        if (tail != null) {
            tail.gone();
        }
    }

    /** How many characters are remembered. */
    long chars() {
        return memory.chars();
    }

    /** Forgets what nobody asked for in a while, or at all if it gets tight. */
    void sweep() {
        long idle = memory.isTight() ? 0 : FRESH.toNanos();
        tails.keySet()
                .forEach(thread -> tails.computeIfPresent(thread, (number, tail) -> {
                    if (tail.isIdle(idle)) {
                        tail.forget();
                        return null;
                    }
                    return tail;
                }));
    }

    /** Asks the table where the followed threads are: nobody knows what was not told. */
    Future<Void> look() {
        var followed = new ArrayList<Long>();
        tails.forEach((thread, tail) -> {
            if (tail.isFollowed()) {
                followed.add(thread);
            }
        });
        Future<Void> looked = Future.succeededFuture();
        for (int i = 0; i < followed.size(); i += LOOK_AT_ONCE) {
            var some = List.copyOf(followed.subList(i, Math.min(followed.size(), i + LOOK_AT_ONCE)));
            looked = looked.compose(before -> reader.last(some)).map(last -> {
                some.forEach(thread -> {
                    if (last.containsKey(thread)) {
                        told(thread, last.get(thread));
                    } else {
                        gone(thread);
                    }
                });
                return null;
            });
        }
        return looked;
    }

    /** Fails everybody who waits. */
    void close(Failure failure) {
        tails.values().forEach(tail -> tail.close(failure));
    }
}
