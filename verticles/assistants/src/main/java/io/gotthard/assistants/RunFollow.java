package io.gotthard.assistants;

import io.vertx.core.Future;
import java.util.List;
import java.util.Set;

/** Somebody who reads what happens in a run, and in those that it began, until it has ended. */
final class RunFollow implements Follow {

    private static final int ROWS = 200;
    private static final Set<String> LAST = Set.of("run.stopped", "run.failed", "run.cancelled");

    private final EventLog log;
    private final RunRow run;
    private final Filter filter;
    private final Follow live;
    private long place;
    private boolean over;

    /** @param after the place behind which it begins */
    RunFollow(EventLog log, RunRow run, long after) {
        this.log = log;
        this.run = run;
        this.filter = new Filter(run.id(), Set.of());
        this.place = Math.max(after, run.firstSeq() - 1);
        // Of a run that is over nothing more comes.
        this.live = run.status().isFinal() ? null : log.follow(run.thread(), place, filter);
    }

    @Override
    public Future<List<Logged>> next() {
        if (over) {
            return Future.succeededFuture(List.of());
        }
        return live == null
                ? log.read(run.thread(), place, ROWS, filter).map(this::seen)
                : live.next().map(this::seen);
    }

    private List<Logged> seen(List<Logged> events) {
        for (int i = 0; i < events.size(); i++) {
            place = events.get(i).seq();
            if (LAST.contains(events.get(i).type())
                    && run.id().equals(events.get(i).run())) {
                over = true;
                return events.subList(0, i + 1);
            }
        }
        over = events.isEmpty();
        return events;
    }

    @Override
    public void close() {
        if (live != null) {
            live.close();
        }
    }
}
