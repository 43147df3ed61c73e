package io.gotthard.assistants;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets this node work on runs: takes those that are ready, as many as it may, and keeps telling that it lives. To be made and used on a
 * context of virtual threads.
 */
final class Runner {

    private static final Logger LOG = LoggerFactory.getLogger(Runner.class);

    private static final long TICK_MILLIS = 1_000;

    /** When a run is taken again that could not be worked on because something else is away. */
    private static final long AGAIN_MILLIS = 2_000;

    /** How long work that was told to stop may take to notice. */
    private static final long STOP_MILLIS = 5_000;

    /** A run that this node holds, until {@code done}. */
    private record Held(Hold hold, Halt halt, Promise<Void> done) {}

    private final Workplace place;
    private final Vertx vertx;
    private final Context context = Vertx.currentContext();
    private final Leases leases;
    private final int capacity;
    private final Map<String, Held> held = new HashMap<>();
    private final long tick;
    private final long beat;
    private long renewedAt = System.nanoTime();
    private int reserved;
    private boolean renewing;
    private boolean taking;
    private boolean takeAgain;
    private boolean closing;

    Runner(Workplace place, Leases leases) {
        this.place = place;
        this.vertx = place.vertx();
        this.leases = leases;
        this.capacity = place.settings().runs();
        this.tick = vertx.setPeriodic(TICK_MILLIS, due -> take());
        this.beat = vertx.setPeriodic(Math.max(1, leases.millis() / 3), due -> renew());
        take();
    }

    private boolean hasRoom() {
        return !closing && held.size() + reserved < capacity;
    }

    /** Keeps room for a run that is about to begin, if there is some; to be given {@link #back}. */
    boolean reserve() {
        if (hasRoom()) {
            reserved++;
            return true;
        }
        return false;
    }

    /** Gives reserved room back: the run is worked on by now, or did not begin. */
    void back() {
        reserved--;
    }

    /** How many runs it works on. */
    int working() {
        return held.size();
    }

    /** Takes what is ready, if there is room. */
    void take() {
        if (!hasRoom()) {
            return;
        }
        if (taking) {
            takeAgain = true;
            return;
        }
        taking = true;
        takeAgain = false;
        int room = capacity - held.size() - reserved;
        leases.take(Agent.DECLARED, room)
                .timeout(leases.millis(), TimeUnit.MILLISECONDS)
                .onComplete(taken -> {
                    taking = false;
                    if (taken.succeeded()) {
                        taken.result().forEach(run -> work(run, null));
                        if (takeAgain || taken.result().size() == room) {
                            take();
                        }
                    } else {
                        LOG.warn("Runs can't be taken: {}", taken.cause().getMessage());
                    }
                });
    }

    /**
     * Works on a run that this node holds.
     *
     * @param caller for whom, if that was just verified, or null
     */
    void work(RunRow run, Caller caller) {
        var one = new Held(run.hold(), new Halt(vertx), Promise.promise());
        held.put(run.id(), one);
        if (closing) {
            one.halt.stop(new Handover());
        } else if (!run.agent().agentClass().equals(Agent.DECLARED)) {
            // Of others it takes only those whose time is over while nobody works on them.
            one.halt.stop(late());
        }
        long left = Math.max(1, Duration.between(Instant.now(), run.deadline()).toMillis());
        long timer = vertx.setTimer(left, due -> one.halt.stop(late()));
        context.runOnContext(now -> {
            try {
                work(run, caller, one.halt);
            } finally {
                vertx.cancelTimer(timer);
                held.remove(run.id(), one);
                one.done.complete();
                take();
            }
        });
    }

    private static Broken late() {
        return new Broken(RunStatus.EXPIRED, "time_limit", "The run took longer than it may.");
    }

    private void work(RunRow run, Caller caller, Halt halt) {
        try {
            new RunWork(place, run, halt).go(caller);
        } catch (Fenced fenced) {
            LOG.debug("Run {} is no longer ours", run.id());
        } catch (Handover handover) {
            release(run, 0);
        } catch (Failure failure) {
            LOG.warn("Run {} can't go on at the moment: {}", run.id(), failure.getMessage());
            release(run, AGAIN_MILLIS);
        } catch (Throwable e) {
            // Waiting for a future throws what made it fail, be it checked or not.
            unexpected(run, e);
        }
    }

    /** If the database is away, it is for whoever takes the run when it is back; otherwise it would only go wrong again. */
    private void unexpected(RunRow run, Throwable cause) {
        if (closing && cause instanceof InterruptedException) {
            return;
        }
        try {
            place.database().ping().await();
        } catch (Throwable away) {
            LOG.warn("Run {} can't go on while the database is away: {}", run.id(), cause.getMessage());
            return;
        }
        if (cause instanceof VertxException || cause instanceof IOException || cause instanceof TimeoutException) {
            LOG.warn("Run {} can't go on at the moment: {}", run.id(), cause.getMessage());
            release(run, AGAIN_MILLIS);
        } else {
            LOG.error("Run {} failed", run.id(), cause);
            fail(run);
        }
    }

    private void release(RunRow run, long delayMillis) {
        leases.release(run.hold(), delayMillis)
                .recover(cause -> {
                    LOG.debug("Run {} could not be released; its lease will end", run.id(), cause);
                    return Future.succeededFuture();
                })
                .await();
    }

    private void fail(RunRow run) {
        try {
            RunChange.in(place.database(), run.thread(), change -> {
                new RunEnd(change).fail(run, RunStatus.FAILED, "internal_error", "The run failed.");
                return null;
            });
        } catch (Throwable e) {
            LOG.debug("Run {} could not be ended; its lease will end", run.id(), e);
        }
    }

    /** Says that this node lives, and stops what it no longer holds. */
    private void renew() {
        if (System.nanoTime() - renewedAt > TimeUnit.MILLISECONDS.toNanos(leases.millis())) {
            // Others have taken them by now, or will.
            held.values().forEach(one -> one.halt.stop(new Fenced(one.hold.run())));
        }
        if (renewing) {
            return;
        }
        renewing = true;
        long began = System.nanoTime();
        check(List.copyOf(held.values())).onComplete(done -> {
            renewing = false;
            if (done.succeeded()) {
                renewedAt = began;
            } else {
                LOG.warn("Runs can't be kept: {}", done.cause().getMessage());
            }
        });
    }

    /** Looks whether a run that changed is still held by this node. */
    void look(String run) {
        var one = held.get(run);
        if (one != null) {
            check(List.of(one)).onFailure(cause -> LOG.debug("Run {} can't be looked at", run, cause));
        }
    }

    private Future<Void> check(List<Held> ours) {
        if (ours.isEmpty()) {
            return Future.succeededFuture();
        }
        return leases.renew(ours.stream().map(Held::hold).toList())
                .timeout(leases.millis(), TimeUnit.MILLISECONDS)
                .onSuccess(kept -> ours.stream()
                        .filter(one -> !kept.contains(one.hold.run()))
                        .forEach(one -> one.halt.stop(new Fenced(one.hold.run()))))
                .mapEmpty();
    }

    /**
     * Takes no more, lets work finish for so long, and then hands over what is not done. Never fails.
     *
     * @return when this node holds nothing any more
     */
    Future<Void> close(Duration drain) {
        closing = true;
        return done(Math.max(1, drain.toMillis()))
                .recover(late -> {
                    held.values().forEach(one -> one.halt.stop(new Handover()));
                    return done(STOP_MILLIS);
                })
                .onComplete(done -> {
                    vertx.cancelTimer(tick);
                    vertx.cancelTimer(beat);
                })
                .otherwiseEmpty();
    }

    private Future<Void> done(long millis) {
        var all = held.values().stream().map(one -> one.done.future()).toList();
        return Future.join(all).timeout(millis, TimeUnit.MILLISECONDS).mapEmpty();
    }
}
