package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Writes what happens in a run that this node holds. What is only shown is not waited for, up to a bound, so that a model is not slowed down
 * by each commit; what counts is. To be used on a virtual thread.
 */
final class Pen {

    private static final int MOST_OUTSTANDING = 16;

    private final EventLog log;
    private final RunRow run;
    private final Deque<Future<List<Logged>>> outstanding = new ArrayDeque<>();

    Pen(EventLog log, RunRow run) {
        this.log = log;
        this.run = run;
    }

    /**
     * Writes what is only shown; it is in order with all else.
     *
     * @throws Fenced if the run is held by somebody else by now
     */
    void show(EventData data) {
        while (outstanding.size() >= MOST_OUTSTANDING
                || (!outstanding.isEmpty() && outstanding.peek().isComplete())) {
            outstanding.poll().await();
        }
        outstanding.add(append(List.of(data)));
    }

    /**
     * Writes what counts, and waits until it is durable, and with it all before it.
     *
     * @throws Fenced if the run is held by somebody else by now
     */
    void write(List<EventData> data) {
        outstanding.add(append(data));
        flush();
    }

    /** The same of one event. */
    void write(EventData data) {
        write(List.of(data));
    }

    /** Waits until all is durable. */
    void flush() {
        while (!outstanding.isEmpty()) {
            outstanding.poll().await();
        }
    }

    private Future<List<Logged>> append(List<EventData> data) {
        return log.append(
                new Appending(run.thread(), data.stream().map(run::draft).toList(), run.hold(), null));
    }
}
