package io.gotthard.realtime;

import io.gotthard.contracts.Failure;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The subscriptions of one event loop to one thread, and the reading that those who are at the log's end share. */
final class Channel {

    /** What was read last, for those who come a little later. */
    private static final int RECENT_LINES = 256;

    private static final int RECENT_LENGTH = 128 * 1024;
    private static final long RETRY_MILLIS = 500;
    private static final long AGAIN_MILLIS = 20;

    private final Fanout fanout;
    private final String thread;
    private final Set<Subscription> all = new LinkedHashSet<>();
    private final Set<Subscription> live = new LinkedHashSet<>();
    /** The same as {@link #live}, to go through while that changes; null when it has to be made anew. */
    private List<Subscription> shown;

    private final Deque<Line> recent = new ArrayDeque<>();
    private int recentLength;
    private Reading shared;
    /** The place of the last event that the shared reading read. */
    private long place;

    private boolean begun;

    Channel(Fanout fanout, String thread) {
        this.fanout = fanout;
        this.thread = thread;
    }

    String thread() {
        return thread;
    }

    void add(Subscription subscription) {
        all.add(subscription);
    }

    void remove(Subscription subscription) {
        all.remove(subscription);
        leave(subscription);
        if (all.isEmpty()) {
            if (shared != null) {
                var dropped = shared;
                shared = null;
                dropped.cancel();
            }
            fanout.forget(thread, this);
        }
    }

    List<Subscription> subscriptions() {
        return List.copyOf(all);
    }

    boolean isLive(Subscription subscription) {
        return live.contains(subscription);
    }

    /** Whether there is a shared reading, or one that is about to be begun anew. */
    boolean isShared() {
        return begun;
    }

    /** Makes a reading the shared one, if there is none yet; what it reads next is behind the given place. */
    boolean share(Reading reading, long after) {
        if (begun) {
            return false;
        }
        begun = true;
        place = after;
        shared = reading;
        return true;
    }

    /** The reading that became the shared one has asked already: its answers are brought here. */
    void take(Reading reading, List<Line> lines) {
        if (reading == shared) {
            read(lines);
        }
    }

    /** Whether who was shown everything up to a place can be shown the rest by the shared reading. */
    boolean has(long seen) {
        return begun
                && seen <= place
                && seen >= (recent.isEmpty() ? place : recent.peekFirst().seq() - 1);
    }

    /** Shows what the shared reading reads from now on, and what it read behind the subscription's place. */
    void join(Subscription subscription) {
        live.add(subscription);
        shown = null;
        if (subscription.place() < place) {
            subscription.live(List.copyOf(recent));
        }
    }

    void leave(Subscription subscription) {
        if (live.remove(subscription)) {
            shown = null;
        }
    }

    private void next() {
        var current = shared;
        current.next().onComplete(lines -> take(current, lines), cause -> failed(current, Failure.of(cause)));
    }

    private void read(List<Line> lines) {
        var fresh = lines.stream().filter(line -> line.seq() > place).toList();
        if (!fresh.isEmpty()) {
            place = fresh.getLast().seq();
            fresh.forEach(this::remember);
            if (shown == null) {
                shown = List.copyOf(live);
            }
            shown.forEach(subscription -> subscription.live(fresh));
            fresh.forEach(Line::sent);
            if (live.size() < all.size()) {
                subscriptions().forEach(Subscription::joinIfThere);
            }
        }
        if (shared != null && shared.hasMore()) {
            next();
        } else if (shared != null) {
            // It ends with the rights of who it was read for, with the thread, and with a node that stops.
            shared = null;
            fanout.after(AGAIN_MILLIS, this::readAgain);
        }
    }

    private void remember(Line line) {
        recent.addLast(line);
        recentLength += line.length();
        while (recent.size() > RECENT_LINES || recentLength > RECENT_LENGTH) {
            recentLength -= recent.removeFirst().length();
        }
    }

    /** The shared reading came to nothing; any other is of no concern here. */
    void failed(Reading reading, Failure why) {
        if (reading != shared) {
            return;
        }
        shared = null;
        if (why.status() < 499) {
            // Who it was read for may not any more. The others may, and one of theirs is shared next.
            stopSharing();
            List.copyOf(live).forEach(Subscription::recheck);
        } else {
            fanout.after(RETRY_MILLIS, this::readAgain);
        }
    }

    private void readAgain() {
        if (shared == null && begun && !live.isEmpty()) {
            shared = fanout.read(live.iterator().next().audience(), thread, place);
            next();
        } else if (shared == null) {
            stopSharing();
        }
    }

    private void stopSharing() {
        begun = false;
        recent.clear();
        recentLength = 0;
    }
}
