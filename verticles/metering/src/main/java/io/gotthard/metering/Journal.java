package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes reservations and charges durable: see {@code docs/decisions/0006-metering.md}. There is one for a process. Its methods may be
 * called from any thread and never wait.
 *
 * <p>What is handed over is written in batches, one after the other, by a writer that has an event loop's context. While the database
 * can't be reached an {@link Outage} is the writer.
 */
final class Journal {

    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    /** So many are written without waiting for more. */
    private static final int FULL = 32;
    /** How long charges may wait for reservations to be written with. */
    private static final Duration CHARGES_PACE = Duration.ofMillis(20);

    private static final Duration SWEEP = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Who wants to know when a batch is written. */
    private record Flush(long number, Promise<Void> written) {}

    private final Vertx vertx;
    private final Context context;
    private final Database database;
    private final Nodes nodes;
    private final Recovery recovery;
    private final Place place;
    private final MeteringSettings settings;
    private final Sources sources = new Sources();
    private final Queue queue = new Queue(FULL);
    private final Spool spool;
    private final Folding folding;
    private final AtomicLong seqs = new AtomicLong();
    private final Handler<Void> write = here -> write();
    private volatile boolean closing;
    private volatile long node;
    private volatile Outage outage;
    // When the last batch began, and whether there is one on its way.
    private volatile long began = System.nanoTime() - CHARGES_PACE.toNanos();
    private volatile Batch sent;

    // What follows is the context's own.
    private LongConsumer newNode = number -> {};
    private final List<Long> timers = new ArrayList<>();
    private final List<Flush> flushes = new ArrayList<>();
    private Writer writer;
    private long number;
    private boolean stopped;
    private boolean timed;
    private long timedFor;
    private long connectedSince = System.nanoTime();
    private long lastLooked = System.nanoTime();

    private Journal(Vertx vertx, Context context, Database database, Place place, MeteringSettings settings) {
        this.vertx = vertx;
        this.context = context;
        this.database = database;
        this.nodes = new Nodes(database);
        this.recovery = new Recovery(context, database);
        this.place = place;
        this.settings = settings;
        this.folding = new Folding(nodes, this::ended);
        this.spool = new Spool(place.folder(), settings.spool().bytes(), sources);
    }

    /**
     * Takes a place in the folder, clears up after whoever had it before, and begins as a new node.
     *
     * @param data the folder of the process's data; the journal's places are in {@code metering} within
     * @return fails if the database can't be reached, or the folder not be used
     */
    static Future<Journal> open(Vertx vertx, Database database, Path data, MeteringSettings settings) {
        Promise<Journal> opened = Promise.promise();
        Thread.startVirtualThread(() -> {
            try {
                opened.complete(begin(vertx, database, data, settings));
            } catch (IOException | RuntimeException e) {
                opened.fail(e);
            }
        });
        return opened.future();
    }

    private static Journal begin(Vertx vertx, Database database, Path data, MeteringSettings settings)
            throws IOException {
        // This thread has no context yet: the new one is an event loop's.
        var context = vertx.getOrCreateContext();
        var places = Place.takeFree(data);
        try {
            var recovery = new Recovery(context, database);
            for (var place : places) {
                recovery.clear(place);
            }
            var journal = new Journal(vertx, context, database, places.getFirst(), settings);
            journal.node = Patiently.await(journal.nodes.begin(journal.place.id()), PATIENCE);
            journal.folding.begin(journal.node);
            journal.writer = Patiently.await(Writer.connect(context, database), PATIENCE);
            Patiently.await(journal.onContext(journal::startTimers), PATIENCE);
            for (var place : places.subList(1, places.size())) {
                place.close();
            }
            return journal;
        } catch (IOException | RuntimeException e) {
            for (var place : places) {
                place.close();
            }
            throw e;
        }
    }

    private Future<Void> startTimers() {
        timers.add(vertx.setPeriodic(SWEEP.toMillis(), id -> sweep()));
        timers.add(vertx.setPeriodic(settings.fold().toMillis(), id -> folding.fold()));
        timers.add(vertx.setPeriodic(Nodes.BEAT.toMillis(), id -> beat()));
        return Future.succeededFuture();
    }

    private Future<Void> onContext(Supplier<Future<Void>> work) {
        return Future.future(done -> context.runOnContext(here -> work.get().onComplete(done)));
    }

    /** The node that this process is at present. Another one if the others took it for dead meanwhile. */
    long node() {
        return node;
    }

    /**
     * Calls back with the node's new number when the others took this process for dead, while the database could not be reached. Its
     * allowances went back to their wallets: who has some in memory has nothing now. Called on the journal's own context.
     */
    void onNewNode(LongConsumer handler) {
        context.runOnContext(here -> newNode = handler);
    }

    /** The sources of charges. */
    Sources sources() {
        return sources;
    }

    /** A number for the next reservation: no two have the same. */
    long nextSeq() {
        return seqs.incrementAndGet();
    }

    /**
     * Has a reservation written.
     *
     * @param notify the context to call back on
     * @param durable is told when it is durable; or a {@link Failure} with 503, if it can't be: then the reservation has ended, nothing is
     *     charged and {@link #charge} no longer takes anything for it. If {@link #charge} was called before, that stands in any case
     */
    void reserve(Reservation reservation, Context notify, Completable<Void> durable) {
        if (closing) {
            reservation.refused();
            notify.runOnContext(told -> durable.fail(Failure.unavailable("The service is shutting down.")));
        } else if (queue.add(reservation, notify, durable)) {
            context.runOnContext(write);
        }
    }

    /**
     * Has a charge written. It comes before every reservation that is handed over after this call returned, so give money back for
     * others to use only then.
     *
     * @return false if the reservation has ended before, by a charge or because it was refused: then this one is not heard
     */
    boolean charge(Charge charge) {
        if (!queue.charged(charge.reservation())) {
            return false;
        }
        if (queue.add(charge)) {
            context.runOnContext(write);
        }
        return true;
    }

    /** Brings balances and usage up to date with everything that was handed over before; fails while the database is away. */
    Future<Void> fold() {
        return onContext(() -> flush().compose(written -> folding.fold()));
    }

    /** Whether the database can't be reached, so that only reservations with grace can become durable. */
    boolean isAway() {
        var present = outage;
        return present != null && present.isAway();
    }

    /** How many reservations were handed over and have not ended. */
    int openReservations() {
        return queue.open();
    }

    /** How long what is not in the database yet has been waiting for that, in milliseconds; 0 if all is. */
    long lagMillis() {
        return outage == null && sent == null ? 0 : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }

    private void write() {
        if (outage != null) {
            outage.look();
        } else if (sent == null && !stopped && !queue.isEmpty()) {
            long now = System.nanoTime();
            long due = due();
            if (flushes.isEmpty() && due - now > 0) {
                writeAt(due, now);
            } else {
                began = now;
                writeAll();
            }
        }
    }

    private long due() {
        if (queue.isFull()) {
            return began;
        }
        return began + (queue.hasReservations() ? settings.pace() : CHARGES_PACE).toNanos();
    }

    private void writeAt(long due, long now) {
        if (timed && timedFor - due <= 0) {
            return;
        }
        timed = true;
        timedFor = due;
        vertx.setTimer(Math.max(1, TimeUnit.NANOSECONDS.toMillis(due - now)), id -> {
            if (timedFor == due) {
                timed = false;
            }
            write();
        });
    }

    private void writeAll() {
        var batch = new Batch(node, number + 1);
        batch.add(queue.takeAll(), entry -> true);
        if (batch.isEmpty()) {
            tellFlushes(number + 1);
            return;
        }
        number++;
        sent = batch;
        writer.post(batch).onComplete((written, failure) -> answered(batch, written, failure));
    }

    private void answered(Batch batch, Boolean alive, Throwable failure) {
        if (sent != batch || stopped) {
            return;
        }
        if (failure != null) {
            LOG.warn("A batch was not written: {}", failure.getMessage());
            startOutage(false, false);
        } else if (alive) {
            sent = null;
            Batch.tell(batch.takeWaiting(), null);
            written(batch, batch.charges());
            write();
        } else {
            startOutage(true, false);
        }
    }

    private void written(Batch batch, List<Charge> charges) {
        folding.written(batch, charges);
        tellFlushes(batch.number());
    }

    private void tellFlushes(long upTo) {
        flushes.removeIf(flush -> flush.number <= upTo && flush.written.tryComplete());
    }

    private Future<Void> flush() {
        if (outage != null) {
            return Future.failedFuture(Failure.unavailable("The ledger can't be written at the moment."));
        }
        if (queue.isEmpty() && sent == null) {
            return Future.succeededFuture();
        }
        var flush = new Flush(queue.isEmpty() ? number : number + 1, Promise.promise());
        flushes.add(flush);
        write();
        return flush.written.future();
    }

    private void startOutage(boolean ended, boolean late) {
        var lost = sent;
        sent = null;
        writer.close();
        flushes.forEach(
                flush -> flush.written.tryFail(Failure.unavailable("The ledger can't be written at the moment.")));
        flushes.clear();
        var begun = new Outage(context, database, place, queue, spool, settings.commitTimeout(), new Outage.Listener() {

            @Override
            public void written(Batch batch, List<Charge> charges) {
                Journal.this.written(batch, charges);
            }

            @Override
            public void moved(long successor) {
                Journal.this.moved(successor);
            }

            @Override
            public void over(Writer connected, long last) {
                outage = null;
                writer = connected;
                number = last;
                write();
            }
        });
        outage = begun;
        begun.begin(node, number, lost, ended, late);
    }

    private void moved(long successor) {
        node = successor;
        folding.begin(successor);
        newNode.accept(successor);
    }

    private void sweep() {
        long now = System.nanoTime();
        if (sent != null && now - began > settings.commitTimeout().toNanos()) {
            LOG.warn("A batch was not written within {}", settings.commitTimeout());
            startOutage(false, true);
        }
        if (now - connectedSince > Nodes.SILENCE.toNanos() && now - lastLooked > Nodes.BEAT.toNanos()) {
            lastLooked = now;
            recovery.endSilent().onFailure(failure -> LOG.warn("Dead nodes are not cleared up after", failure));
        }
    }

    private void beat() {
        long beating = node;
        nodes.beat(beating)
                .timeout(Nodes.BEAT.toMillis(), TimeUnit.MILLISECONDS)
                .onComplete((alive, failure) -> {
                    if (failure != null) {
                        connectedSince = System.nanoTime();
                    } else if (!alive) {
                        ended(beating);
                    }
                });
    }

    /** The others took the node for dead. If a batch is on its way, or an outage goes on, that will hear of it. */
    private void ended(long which) {
        if (which == node && outage == null && sent == null && !stopped) {
            startOutage(true, false);
        }
    }

    /** Writes what there is, gives everything back and ends the node. What is still open is charged as unknown. */
    Future<Void> close() {
        closing = true;
        return onContext(() -> flush().compose(written -> nodes.recover(node))
                        .timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                        .mapEmpty())
                .onFailure(failure -> LOG.warn("What is open is cleared up by the next: {}", failure.getMessage()))
                .transform(settled -> stop());
    }

    /** Leaves everything as it is, as a crash would. */
    Future<Void> stop() {
        closing = true;
        return onContext(() -> {
                    stopped = true;
                    timers.forEach(vertx::cancelTimer);
                    if (outage == null) {
                        writer.close();
                        return Future.succeededFuture();
                    }
                    return outage.stop();
                })
                .eventually(() -> vertx.executeBlocking(() -> {
                    place.close();
                    return null;
                }));
    }
}
