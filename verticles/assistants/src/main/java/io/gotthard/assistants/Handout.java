package io.gotthard.assistants;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the runs of a class to its workers: here to the one with the least to do, and of those to the one that waited longest. Between
 * nodes, one whose workers are busy waits a little before it takes a run, so that another whose are not takes it first. To be made and used
 * on a context of virtual threads.
 */
final class Handout {

    private static final Logger LOG = LoggerFactory.getLogger(Handout.class);
    private static final long MODESTY_MILLIS = 10;
    private static final long MOST_MODEST = 200;

    private final Vertx vertx;
    private final Context context = Vertx.currentContext();
    private final Map<String, Worker> workers;
    private final WorkerClasses classes;
    private final WorkerRuns runs;
    private final Set<String> busy = new HashSet<>();
    private final Set<String> woken = new HashSet<>();
    private long turn;

    Handout(Vertx vertx, Map<String, Worker> workers, WorkerClasses classes, WorkerRuns runs) {
        this.vertx = vertx;
        this.workers = workers;
        this.classes = classes;
        this.runs = runs;
    }

    /** There may be something to take, or somebody to take it. */
    void wake() {
        workers.values().stream()
                .filter(worker -> worker.free() > 0)
                .collect(Collectors.toMap(Handout::key, Worker::agentClass, (one, other) -> one))
                .forEach(this::wake);
    }

    private static String key(Worker worker) {
        return worker.agentClass().tenant() + "/" + worker.agentClass().name();
    }

    private void wake(String key, AgentClass agentClass) {
        if (busy.add(key)) {
            context.runOnContext(now -> next(key, agentClass));
        } else {
            woken.add(key);
        }
    }

    private void next(String key, AgentClass agentClass) {
        var nearest = free(key);
        if (nearest == null) {
            rest(key);
        } else if (nearest.busy() > 0 && classes.isElsewhere(agentClass)) {
            long delay = Math.min(MOST_MODEST, nearest.busy() * MODESTY_MILLIS);
            vertx.setTimer(delay, late -> take(key, agentClass));
        } else {
            take(key, agentClass);
        }
    }

    private void take(String key, AgentClass agentClass) {
        try {
            woken.remove(key);
            var run = runs.take(agentClass);
            if (run == null) {
                if (woken.contains(key)) {
                    context.runOnContext(now -> next(key, agentClass));
                } else {
                    rest(key);
                }
                return;
            }
            var worker = free(key);
            if (worker == null) {
                runs.leave(run.row());
                rest(key);
                return;
            }
            worker.take(run, ++turn);
            context.runOnContext(now -> next(key, agentClass));
        } catch (Throwable e) {
            // What was taken is free again when its lease is over.
            LOG.warn("No run of {} can be taken: {}", agentClass.name(), e.getMessage());
            rest(key);
        }
    }

    private void rest(String key) {
        busy.remove(key);
        woken.remove(key);
    }

    /** Who is to get the next run, or null if nobody can. */
    private Worker free(String key) {
        return List.copyOf(workers.values()).stream()
                .filter(worker -> worker.free() > 0 && key(worker).equals(key))
                .min(Comparator.comparingInt(Worker::busy).thenComparingLong(Worker::served))
                .orElse(null);
    }
}
