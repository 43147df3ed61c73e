package io.gotthard.metering;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
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
 * Makes reservations and charges durable: docs/decisions/0006-metering.md. One for a process; any thread may call it, and none waits. It
 * writes in batches, one after the other, on an event loop's context; while the database is away, an {@link Outage} does.
 */
final class Journal implements OutageListener {

    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final int WORTH_WRITING = 256;
    private static final Duration SWEEP = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Context context;
    private final Database database;
    private final Nodes nodes;
    private final Place place;
    private final MeteringSettings settings;
    private final Sources sources = new Sources();
    private final Queue queue = new Queue(WORTH_WRITING);
    private final Folding folding;
    private final Heartbeat heartbeat;
    private final Pace pace;
    private final Flushes flushes = new Flushes();
    private final AtomicLong seqs = new AtomicLong();
    private final Handler<Void> write = here -> write();
    private volatile boolean closing;
    private volatile long node;
    private volatile Outage outage;
    private volatile Batch sent;
    private LongConsumer newNode = number -> {};
    private final List<Long> timers = new ArrayList<>();
    private Writer writer;
    private long number;
    private boolean stopped;

    private Journal(Context context, Database database, Place place, MeteringSettings settings) {
        this.context = context;
        this.database = database;
        this.nodes = new Nodes(database);
        this.place = place;
        this.settings = settings;
        this.folding = new Folding(nodes, this::ended);
        this.heartbeat = new Heartbeat(nodes, new Recovery(context, database), this::ended);
        this.pace = new Pace(context, settings.pace(), write);
    }

    /**
     * Takes a place in {@code metering} of the process's data folder, clears up after whoever had it before, and begins as a new node.
     * Fails if the database can't be reached, or the folder not be used.
     */
    static Future<Journal> open(Vertx vertx, Database database, Path data, MeteringSettings settings) {
        return Patiently.begin(() -> {
            // This thread has no context yet: its new one is an event loop's.
            var context = vertx.getOrCreateContext();
            var place = new Recovery(context, database).takePlace(data);
            try {
                var journal = new Journal(context, database, place, settings);
                journal.node = Patiently.await(journal.nodes.begin(place.id()), PATIENCE);
                journal.folding.begin(journal.node);
                journal.writer = Writer.connect(context, database, PATIENCE);
                context.runOnContext(here -> journal.startTimers());
                return journal;
            } catch (IOException | RuntimeException e) {
                place.release();
                throw e;
            }
        });
    }

    private void startTimers() {
        timers.add(context.owner().setPeriodic(SWEEP.toMillis(), id -> sweep()));
        timers.add(context.owner().setPeriodic(settings.fold().toMillis(), id -> folding.fold()));
        timers.add(context.owner().setPeriodic(Nodes.BEAT.toMillis(), id -> heartbeat.beat(node)));
    }

    private Future<Void> onContext(Supplier<Future<Void>> work) {
        return Future.future(done -> context.runOnContext(here -> work.get().onComplete(done)));
    }

    /** The node that this process is at present. Another one if the others took it for dead meanwhile. */
    long node() {
        return node;
    }

    /** Calls back, on the journal's own context, with the new number when others took this node for dead: its allowances are gone. */
    void onNewNode(LongConsumer handler) {
        context.runOnContext(here -> newNode = handler);
    }

    Folding folding() {
        return folding;
    }

    Sources sources() {
        return sources;
    }

    /** No two have the same. */
    long nextSeq() {
        return seqs.incrementAndGet();
    }

    /**
     * Has a reservation written.
     *
     * @param notify the context to call back on
     * @param durable is told when it is durable; or a {@link Failure} with 503, if it can't be: then nothing is charged, and
     *     {@link #charge} no longer takes anything for it. If {@link #charge} was called before, that stands in any case
     */
    void reserve(Reservation reservation, Context notify, Completable<Void> durable) {
        if (closing) {
            reservation.refused();
            notify.runOnContext(told -> durable.fail(Failure.unavailable("The service is shutting down.")));
        } else if (queue.add(reservation, notify, durable)) {
            context.runOnContext(write);
        }
    }

    /** Says that somebody waits for a reservation that is not durable yet: it need not wait for others. */
    void hurry() {
        pace.hurry();
    }

    /**
     * Has a charge written. It comes before every reservation that is handed over after this call returned, so give money back for
     * others to use only then.
     *
     * @return false if the reservation was charged or refused before: then this one is not heard
     */
    boolean charge(Charge charge) {
        boolean first = queue.charged(charge.reservation());
        if (first && queue.add(charge)) {
            context.runOnContext(write);
        }
        return first;
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
        return outage == null && sent == null ? 0 : pace.sinceLast().toMillis();
    }

    private void write() {
        if (outage != null) {
            outage.look();
        } else if (sent == null && !stopped && !queue.isEmpty() && pace.begins(queue, !flushes.isEmpty())) {
            writeAll();
        }
    }

    private void writeAll() {
        var batch = new Batch(node, number + 1);
        batch.add(queue.takeAll(), entry -> true);
        if (batch.isEmpty()) {
            flushes.written(number + 1);
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
        if (failure == null && alive) {
            sent = null;
            Batch.tell(batch.takeWaiting(), null);
            written(batch, batch.charges());
            write();
        } else {
            LOG.warn("A batch was not written: {}", failure == null ? "the node was ended" : failure.getMessage());
            startOutage(failure == null, false);
        }
    }

    @Override
    public void written(Batch batch, List<Charge> charges) {
        folding.written(batch, charges);
        flushes.written(batch.number());
    }

    private Future<Void> flush() {
        if (isAway()) {
            return Future.failedFuture(Unanswered.unavailable());
        }
        if (outage != null) {
            return flushes.await(number).compose(over -> flush());
        }
        if (queue.isEmpty()) {
            return sent == null ? Future.succeededFuture() : flushes.await(number);
        }
        var written = flushes.await(number + 1);
        write();
        return written;
    }

    private void startOutage(boolean ended, boolean late) {
        var lost = sent;
        sent = null;
        writer.close();
        var spool = new Spool(place.folder(), settings.spool().bytes(), sources);
        outage = new Outage(context, database, place, queue, spool, settings.commitTimeout(), this);
        outage.begin(node, number, lost, ended, late);
    }

    @Override
    public void away() {
        flushes.fail(Unanswered.unavailable());
    }

    @Override
    public void moved(long successor) {
        node = successor;
        folding.begin(successor);
        newNode.accept(successor);
    }

    @Override
    public void over(Writer connected, long last) {
        outage = null;
        writer = connected;
        number = last;
        flushes.written(number);
        write();
    }

    private void sweep() {
        if (sent != null && lagMillis() > settings.commitTimeout().toMillis()) {
            startOutage(false, true);
        }
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
                    timers.forEach(context.owner()::cancelTimer);
                    writer.close();
                    return outage == null ? Future.succeededFuture() : outage.stop();
                })
                .eventually(() -> Patiently.begin(place::release));
    }
}
