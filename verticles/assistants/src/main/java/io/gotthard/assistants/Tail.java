package io.gotthard.assistants;

import io.gotthard.assistants.LogReader.Page;
import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The end of a thread's log as this node knows it: the last events without gaps, and who waits for more of them. What it does not have is
 * read from the table once, however many want it. Any thread may use it; callbacks are called without its lock.
 */
final class Tail {

    /** How many events a reader gets at once. */
    static final int PAGE = 500;

    private static final long OVERHEAD_CHARS = 150;

    /** What a reader at some place is told. */
    sealed interface Found {}

    /** The next events there are, wanted or not. */
    record Here(List<Logged> events) implements Found {}

    /** They are no longer remembered: they are in the table. */
    record InTable() implements Found {}

    /** There are none yet; who waits is called back when there may be. */
    record Later() implements Found {}

    /** The thread is gone. */
    record Gone() implements Found {}

    private record Question(long place, Filter filter) {}

    private static final long UNKNOWN = -1;

    private final long thread;
    private final LogReader reader;
    private final LogBounds bounds;
    private final Memory memory;
    private final List<Logged> events = new ArrayList<>();
    private final Map<Question, Future<Page>> asked = new HashMap<>();
    private Set<Consumer<Failure>> waiting = new LinkedHashSet<>();
    private long chars;
    private long last = UNKNOWN;
    private long told;
    private int followers;
    private boolean looking;
    private boolean gone;
    private long used = System.nanoTime();

    Tail(long thread, LogReader reader, LogBounds bounds, Memory memory) {
        this.thread = thread;
        this.reader = reader;
        this.bounds = bounds;
        this.memory = memory;
    }

    synchronized Tail join() {
        followers++;
        return this;
    }

    synchronized void leave(Consumer<Failure> waiter) {
        followers--;
        used = System.nanoTime();
        waiting.remove(waiter);
    }

    synchronized boolean isFollowed() {
        return followers > 0;
    }

    /** Whether nobody has been interested in it for so many nanoseconds. */
    synchronized boolean isIdle(long nanos) {
        return followers == 0 && System.nanoTime() - used > nanos;
    }

    /**
     * What there is behind a place.
     *
     * @param waiter is called back if it is {@link Later}, once: with null, or with why nobody knows
     */
    Found after(long place, Consumer<Failure> waiter) {
        synchronized (this) {
            used = System.nanoTime();
            if (gone) {
                return new Gone();
            }
            if (last != UNKNOWN && place < last) {
                int from = events.isEmpty()
                        ? -1
                        : (int) Math.max(-1, place + 1 - events.getFirst().seq());
                return from < 0
                        ? new InTable()
                        : new Here(List.copyOf(events.subList(from, Math.min(events.size(), from + PAGE))));
            }
            waiting.add(waiter);
        }
        look();
        return new Later();
    }

    /** What the table has behind a place: asked once for all who want it at the same time. */
    Future<Page> read(long place, Filter filter) {
        var question = new Question(place, filter);
        Future<Page> answer;
        synchronized (this) {
            answer = asked.get(question);
            if (answer != null) {
                return answer;
            }
            answer = reader.after(thread, place, PAGE, filter);
            asked.put(question, answer);
        }
        return answer.onComplete(done -> answered(question));
    }

    private synchronized void answered(Question question) {
        asked.remove(question);
    }

    /** This node wrote these, which are in order but may not be next to each other. */
    void written(List<Logged> written) {
        Set<Consumer<Failure>> woken;
        synchronized (this) {
            told = Math.max(told, written.getLast().seq());
            if (last == UNKNOWN && !looking) {
                last = written.getFirst().seq() - 1;
            }
            add(written);
            woken = woken();
        }
        wake(woken, null);
        look();
    }

    /** Somebody said that the log goes up to this place. */
    void told(long place) {
        synchronized (this) {
            told = Math.max(told, place);
        }
        look();
    }

    /** The thread was deleted. */
    void gone() {
        Set<Consumer<Failure>> woken;
        synchronized (this) {
            gone = true;
            forget();
            woken = woken();
        }
        wake(woken, null);
    }

    /** Fails everybody who waits. */
    void close(Failure failure) {
        Set<Consumer<Failure>> woken;
        synchronized (this) {
            woken = woken();
            forget();
        }
        wake(woken, failure);
    }

    /** Forgets what it remembers of the past. */
    synchronized void forget() {
        events.clear();
        memory.add(-chars);
        chars = 0;
    }

    /** Reads what there must be and is not known, if somebody waits for it. */
    private void look() {
        long after;
        long known;
        synchronized (this) {
            if (looking || gone || waiting.isEmpty() || (last != UNKNOWN && told <= last)) {
                return;
            }
            looking = true;
            known = told;
            after = last != UNKNOWN && told - last <= PAGE ? last : UNKNOWN;
        }
        var found = after == UNKNOWN
                ? reader.recent(thread, Math.min(PAGE, bounds.threadEvents()))
                : reader.after(thread, after, PAGE, Filter.ALL);
        found.onComplete((page, failure) -> seen(page, failure, after, known));
    }

    private void seen(Page page, Throwable failure, long after, long known) {
        Set<Consumer<Failure>> woken;
        synchronized (this) {
            looking = false;
            woken = woken();
            if (failure == null) {
                gone |= page.gone();
                if (after == UNKNOWN) {
                    restart(page);
                }
                add(page.events());
                if (told == known) {
                    // Nothing was told meanwhile, so the table is right, whatever was told before.
                    told = Math.max(last, page.last());
                }
            }
        }
        wake(woken, failure == null ? null : Failure.of(failure));
        if (failure == null) {
            look();
        }
    }

    /** Goes on with what was read, unless this node has written further meanwhile. */
    private void restart(Page page) {
        if (page.last() > last) {
            forget();
            last = page.events().isEmpty()
                    ? page.last()
                    : page.events().getFirst().seq() - 1;
            told = Math.max(told, page.last());
        }
    }

    /** Remembers those that come next. */
    private void add(List<Logged> more) {
        for (var event : more) {
            if (event.seq() == last + 1) {
                events.add(event);
                last++;
                long weight = weight(event);
                chars += weight;
                memory.add(weight);
            }
        }
        if (memory.isFull()) {
            forget();
        } else if (events.size() > 2 * bounds.threadEvents()) {
            var old = events.subList(0, events.size() - bounds.threadEvents());
            long less = old.stream().mapToLong(Tail::weight).sum();
            old.clear();
            chars -= less;
            memory.add(-less);
        }
    }

    private static long weight(Logged event) {
        return OVERHEAD_CHARS + event.body().length();
    }

    private Set<Consumer<Failure>> woken() {
        var woken = waiting;
        waiting = new LinkedHashSet<>();
        return woken;
    }

    private static void wake(Set<Consumer<Failure>> woken, Failure failure) {
        woken.forEach(waiter -> waiter.accept(failure));
    }
}
