package io.gotthard.models;

import io.gotthard.contracts.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;

/**
 * The answers to requests with an {@code Idempotency-Key} that this process has, within a bound of memory. Where that is reached, the
 * oldest complete ones go, first those of the account that wants more than its share; what then still does not fit is not kept. Safe
 * to be used from any event loop.
 */
final class KeptAnswers {

    /** An account may have one part of all memory in so many. */
    private static final int SHARES = 4;

    private static final long RETRY_MILLIS = 1_000;

    private static final class Share {
        private long bytes;
        private final SequencedSet<KeptAnswer> complete = new LinkedHashSet<>();
    }

    private final long keepNanos;
    private final long graceNanos;
    private final long most;
    private final Map<String, KeptAnswer> known = new HashMap<>();
    private final Set<KeptAnswer> running = new LinkedHashSet<>();
    /** When each was completed, the oldest first. */
    private final SequencedMap<KeptAnswer, Long> complete = new LinkedHashMap<>();

    private final Map<String, Share> shares = new HashMap<>();
    private long bytes;

    KeptAnswers(IdempotencySettings settings) {
        this.keepNanos = settings.keep().toNanos();
        this.graceNanos = settings.grace().toNanos();
        this.most = settings.memory().bytes();
    }

    /**
     * Remembers an answer that is going to be asked for.
     *
     * @return the one that is known already, or null
     * @throws Failure 503 if so many are under way that there is no room for another one
     */
    synchronized KeptAnswer putIfAbsent(KeptAnswer fresh) {
        var present = known.get(fresh.id());
        if (present != null) {
            return present;
        }
        if (!take(fresh, KeptAnswer.OVERHEAD)) {
            throw new Failure(
                    503,
                    "server_error",
                    "overloaded",
                    null,
                    "There is no room for another request with an Idempotency-Key now.",
                    RETRY_MILLIS);
        }
        known.put(fresh.id(), fresh);
        running.add(fresh);
        return null;
    }

    /** The answer with this id, or null. */
    synchronized KeptAnswer find(String id) {
        return known.get(id);
    }

    /** More of it is there. @return false if there is no room to keep it; then none of it is counted any more */
    synchronized boolean grow(KeptAnswer kept, long more) {
        boolean fits = known.get(kept.id()) == kept && take(kept, more);
        if (!fits) {
            giveBack(kept, Math.max(0, kept.bytes - KeptAnswer.OVERHEAD));
        }
        return fits;
    }

    private boolean take(KeptAnswer kept, long more) {
        var share = shares.computeIfAbsent(kept.owner(), owner -> new Share());
        share.bytes += more;
        bytes += more;
        kept.bytes += more;
        while (share.bytes > most / SHARES && !share.complete.isEmpty()) {
            remove(share.complete.getFirst());
        }
        while (bytes > most && !complete.isEmpty()) {
            remove(complete.firstEntry().getKey());
        }
        if (share.bytes <= most / SHARES && bytes <= most) {
            return true;
        }
        giveBack(kept, more);
        return false;
    }

    private void giveBack(KeptAnswer kept, long less) {
        if (less == 0) {
            return;
        }
        var share = shares.get(kept.owner());
        share.bytes -= less;
        bytes -= less;
        kept.bytes -= less;
        if (share.bytes == 0) {
            shares.remove(kept.owner());
        }
    }

    /** All of it is there. */
    synchronized void complete(KeptAnswer kept, long now) {
        if (running.remove(kept)) {
            complete.put(kept, now);
            shares.get(kept.owner()).complete.add(kept);
        }
    }

    /** It is forgotten, but for who is reading it. */
    synchronized void remove(KeptAnswer kept) {
        if (known.remove(kept.id(), kept)) {
            running.remove(kept);
            complete.remove(kept);
            shares.get(kept.owner()).complete.remove(kept);
            giveBack(kept, kept.bytes);
        }
    }

    /** Forgets what is too old, and gives up what nobody waits for any more. */
    void sweep(long now) {
        List<KeptAnswer> abandoned = new ArrayList<>();
        synchronized (this) {
            while (!complete.isEmpty() && now - complete.firstEntry().getValue() > keepNanos) {
                remove(complete.firstEntry().getKey());
            }
            for (var kept : running) {
                long unread = kept.unread(now);
                if (unread > graceNanos || (unread > 0 && kept.isTooLarge())) {
                    abandoned.add(kept);
                }
            }
        }
        abandoned.forEach(KeptAnswer::abandon);
    }

    /** Bytes that are counted now. */
    synchronized long bytes() {
        return bytes;
    }
}
