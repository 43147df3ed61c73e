package io.gotthard.realtime;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a socket wants of a thread, and how far it was shown. It reads the log by itself until it is where its event loop's shared reading
 * is, and is shown what that reads from then on. Whenever it can't keep up, or its rights have to be looked at again, it goes back to
 * reading by itself: so nothing is shown twice, nothing is left out, and only its place is remembered.
 */
final class Subscription {

    private static final long RETRY_MILLIS = 250;
    private static final long LONGEST_RETRY_MILLIS = 5_000;

    /** Who waits so long for events is probably at the end of the log. */
    private static final long AT_END_MILLIS = 25;

    private final Fanout fanout;
    private final Audience audience;
    private final String id;
    private final Wanted wanted;
    private final Window window;
    private final Promise<Void> proven = Promise.promise();
    /** What was read and could not be shown yet. */
    private final Deque<Line> held = new ArrayDeque<>();

    private long place;
    private Channel channel;
    private Reading reading;
    private long retryMillis = RETRY_MILLIS;
    private boolean waiting;
    /** Whether the log has shown by an answer that the reader may read, since that was last in question. */
    private boolean isChecked;

    private boolean over;

    /** @param place behind which to begin to read */
    Subscription(Fanout fanout, Audience audience, String id, Wanted wanted, long place, Window window) {
        this.window = window;
        this.fanout = fanout;
        this.audience = audience;
        this.id = id;
        this.wanted = wanted;
        this.place = place;
    }

    /**
     * Begins; done when it is known that the reader may read, after which the first events are shown. While the log can't be asked it
     * tries again for some seconds, and fails with what the log says after those.
     */
    Future<Void> begin() {
        channel = fanout.enter(this);
        read();
        return proven.future();
    }

    String id() {
        return id;
    }

    Wanted wanted() {
        return wanted;
    }

    Audience audience() {
        return audience;
    }

    long place() {
        return place;
    }

    /** Everything up to this place was taken by the client. */
    void acknowledge(long seq) {
        window.acknowledge(seq);
        resume();
    }

    /** The reader has room again. */
    void resume() {
        if (over || isFull()) {
            return;
        }
        if (waiting) {
            waiting = false;
            if (reading == null) {
                read();
            } else {
                pump();
            }
        }
    }

    /** The reader's rights may be others: nothing is shown until they are proven again. */
    void recheck() {
        if (over) {
            return;
        }
        isChecked = false;
        channel.leave(this);
        dropReading();
        if (!waiting) {
            read();
        }
    }

    /** Wants no more. */
    void close() {
        if (!over) {
            over = true;
            dropReading();
            channel.remove(this);
            proven.tryFail(Failure.cancelled());
        }
    }

    /** It is over, and the reader is told why; null if all that is wanted was shown. */
    void end(Failure why) {
        if (!over) {
            boolean begun = proven.future().succeeded();
            if (!begun) {
                proven.tryFail(why);
            }
            close();
            if (begun) {
                audience.ended(this, why);
            }
        }
    }

    /** Shows what the shared reading read. */
    void live(List<Line> lines) {
        for (var line : lines) {
            if (over || line.seq() <= place) {
                continue;
            }
            if (isFull()) {
                channel.leave(this);
                waiting = true;
                audience.gap(this, place);
                return;
            }
            show(line);
        }
    }

    private boolean isFull() {
        return window.isFull() || audience.isFull();
    }

    private void show(Line line) {
        place = line.seq();
        if (wanted.matches(line)) {
            window.shown(place);
            audience.show(this, line);
        }
        if (wanted.endsWith(line)) {
            end(null);
        }
    }

    /** Reads by itself from its place on. */
    private void read() {
        try {
            fanout.check(audience.caller(), wanted.thread());
        } catch (Failure refused) {
            end(refused);
            return;
        }
        reading = fanout.read(audience, wanted.thread(), place);
        next();
    }

    private void next() {
        var current = reading;
        current.next()
                .onComplete(
                        lines -> {
                            if (current == reading) {
                                read(lines);
                            } else {
                                // It may have become the shared one since it was asked.
                                channel.take(current, lines);
                            }
                        },
                        cause -> {
                            if (current == reading) {
                                failed(Failure.of(cause));
                            } else {
                                channel.failed(current, Failure.of(cause));
                            }
                        });
        if (!channel.isShared()) {
            fanout.after(AT_END_MILLIS, () -> shareIfAtEnd(current));
        }
    }

    private void shareIfAtEnd(Reading current) {
        if (current != reading || !current.isAsking() || !isChecked) {
            return;
        }
        if (channel.share(current, place)) {
            reading = null;
            channel.join(this);
        } else {
            // Another one's became the shared one since, and may not read anything for long.
            joinIfThere();
        }
    }

    private void read(List<Line> lines) {
        retryMillis = RETRY_MILLIS;
        isChecked = true;
        held.addAll(lines);
        // The answer to who asked comes before the first event.
        proven.tryComplete();
        pump();
    }

    private void pump() {
        while (!over && !held.isEmpty()) {
            if (isFull()) {
                waiting = true;
                return;
            }
            var line = held.removeFirst();
            if (line.seq() > place) {
                show(line);
            }
        }
        if (over || reading == null) {
            return;
        }
        if (!reading.hasMore()) {
            // The thread is gone, or who reads it stops: asking again tells.
            dropReading();
            retry();
        } else if (!joinIfThere()) {
            next();
        }
    }

    /** Is shown what the shared reading reads, if that is where this is. */
    boolean joinIfThere() {
        boolean readsAll = !over && !waiting && reading != null && held.isEmpty();
        if (!readsAll || !isChecked || !channel.has(place)) {
            return false;
        }
        dropReading();
        channel.join(this);
        return true;
    }

    private void failed(Failure why) {
        reading = null;
        boolean begun = proven.future().succeeded();
        if (why.status() < 499 || (!begun && retryMillis >= LONGEST_RETRY_MILLIS)) {
            end(why);
        } else {
            retry();
        }
    }

    private void retry() {
        // Those who failed together, as all do who come from a node that died, do not ask again together.
        long soon = retryMillis / 2 + ThreadLocalRandom.current().nextLong(retryMillis);
        fanout.after(soon, () -> {
            if (!over && reading == null && !waiting && !channel.isLive(this)) {
                read();
            }
        });
        retryMillis = Math.min(LONGEST_RETRY_MILLIS, retryMillis * 2);
    }

    private void dropReading() {
        held.clear();
        if (reading != null) {
            var dropped = reading;
            reading = null;
            dropped.cancel();
        }
    }
}
