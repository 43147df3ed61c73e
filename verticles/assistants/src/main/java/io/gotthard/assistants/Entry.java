package io.gotthard.assistants;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** An appending that waits to be written, and who waits for it. */
final class Entry {

    private final Appending appending;
    private final List<Unplaced> events = new ArrayList<>();
    // Those whose event became a part of this one's.
    private final List<Entry> joined = new ArrayList<>();
    private final Promise<List<Logged>> written;
    private final long chars;
    private final long deadline;
    private final Consumer<Entry> left;

    /**
     * The answer comes on the context that this is called on.
     *
     * @param left is told when it no longer waits
     */
    Entry(Vertx vertx, Appending appending, Duration patience, Consumer<Entry> left) {
        this.appending = appending;
        this.left = left;
        appending.drafts().forEach(draft -> events.add(new Unplaced(draft)));
        chars = events.stream().mapToLong(Unplaced::chars).sum();
        deadline = System.nanoTime() + patience.toNanos();
        written = ((ContextInternal) vertx.getOrCreateContext()).promise();
    }

    Appending appending() {
        return appending;
    }

    String run() {
        return appending.hold() == null ? null : appending.hold().run();
    }

    /** The run that its worker lets go of, or null. */
    String ends() {
        return appending.becomes() == null || appending.becomes() == RunStatus.IN_PROGRESS ? null : run();
    }

    List<Unplaced> events() {
        return events;
    }

    long chars() {
        return chars;
    }

    boolean isLate(long now) {
        return now - deadline > 0;
    }

    /** Takes the parts of the same message that come next as well. @return false if it is not only that */
    boolean add(Entry next) {
        boolean takes = events.size() == 1
                && next.events.size() == 1
                && appending.becomes() == null
                && next.appending.becomes() == null
                && appending.thread() == next.appending.thread()
                && (appending.hold() == null
                        ? next.appending.hold() == null
                        : appending.hold().equals(next.appending.hold()))
                && events.getFirst().add(next.events.getFirst());
        if (takes) {
            next.events.set(0, events.getFirst());
            joined.add(next);
        }
        return takes;
    }

    Future<List<Logged>> written() {
        return written.future();
    }

    /** Tells who waits that the events have their places. */
    void succeed() {
        left.accept(this);
        written.complete(events.stream().map(Unplaced::placed).toList());
        joined.forEach(Entry::succeed);
    }

    void fail(Throwable cause) {
        left.accept(this);
        written.fail(cause);
        joined.forEach(entry -> entry.fail(cause));
    }
}
