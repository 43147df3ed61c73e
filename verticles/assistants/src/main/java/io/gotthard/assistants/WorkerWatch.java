package io.gotthard.assistants;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks after the workers of this node and the runs that they have. To be used on a context of virtual threads. */
final class WorkerWatch {

    /** After how long without a word a worker is gone. */
    static final long SILENCE_MILLIS = 3_000;

    private static final Logger LOG = LoggerFactory.getLogger(WorkerWatch.class);

    private final Map<String, Worker> workers;
    private final WorkerRows rows;
    private final WorkerClasses classes;
    private final WorkerRuns runs;
    private final Handout handout;
    private boolean looking;
    private boolean again;

    WorkerWatch(Map<String, Worker> workers, WorkerRows rows, WorkerClasses classes, WorkerRuns runs, Handout handout) {
        this.workers = workers;
        this.rows = rows;
        this.classes = classes;
        this.runs = runs;
        this.handout = handout;
    }

    /** Looks who is still there and which runs are still held; one look after the other, and again if something happened meanwhile. */
    void look() {
        if (looking) {
            again = true;
            return;
        }
        looking = true;
        try {
            do {
                again = false;
                lookOnce();
            } while (again);
        } catch (Throwable e) {
            LOG.warn("Workers can't be looked after: {}", e.getMessage());
        } finally {
            looking = false;
        }
    }

    private void lookOnce() {
        long silence = TimeUnit.MILLISECONDS.toNanos(SILENCE_MILLIS);
        for (var worker : List.copyOf(workers.values())) {
            if (worker.isSilentFor(silence)) {
                gone(worker, true);
            }
        }
        if (!workers.isEmpty()) {
            rows.renew().await();
        }
        for (var worker : List.copyOf(workers.values())) {
            var held = worker.runs();
            if (!held.isEmpty()) {
                var lost = runs.renew(held);
                held.forEach(run -> judge(worker, run, lost.get(run.row().id())));
            }
        }
        if (classes.isAny()) {
            classes.look().await();
        }
        handout.wake();
    }

    /** @param status what became of it if it is not held any more, else null */
    private void judge(Worker worker, HeldRun run, String status) {
        if (run.isReporting()) {
            // What became of it may be what its worker says just now.
            return;
        }
        if (status == null) {
            if (Instant.now().isAfter(run.row().deadline())) {
                worker.cancel(run, "expired");
                late(run);
            }
        } else if (status.equals("cancelled") || status.equals("expired")) {
            worker.cancel(run, status);
        } else {
            worker.cancel(run, "lost");
        }
    }

    private void late(HeldRun run) {
        try {
            runs.fail(run.row(), RunStatus.EXPIRED, "time_limit", "The run took longer than it may.");
        } catch (Fenced e) {
            LOG.debug("Run {} ended by itself", run.row().id());
        }
    }

    /**
     * It is as if it had never been there, and others do its work.
     *
     * @param lost whether that counts as an attempt of its runs
     */
    void gone(Worker worker, boolean lost) {
        if (workers.remove(worker.id(), worker)) {
            worker.end();
            try {
                rows.remove(worker.id()).await();
                for (var run : worker.runs()) {
                    worker.drop(run);
                    if (lost) {
                        runs.leave(run.row());
                    } else {
                        runs.release(run.row());
                    }
                }
            } catch (Throwable e) {
                // Neither is renewed any more, so both end by themselves.
                LOG.warn("Worker {} can't be cleared away: {}", worker.id(), e.getMessage());
            }
        }
    }
}
