package io.gotthard.metering;

import io.gotthard.kit.Database;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does the journal's work from when a batch could not be written until everything is in the database again: keeps batches on disk,
 * refuses what may not go on without the database, and writes the batches when it is back. It has a virtual thread, and until it hands
 * back it is the journal's writer.
 */
final class Outage implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);
    private static final Duration PROBE = Duration.ofMillis(250);
    private static final Duration CONNECTING = Duration.ofSeconds(6);

    private final Context context;
    private final Database database;
    private final Nodes nodes;
    private final Place place;
    private final Queue queue;
    private final Backlog backlog;
    private final Duration patience;
    private final OutageListener listener;

    private long node;
    private long number;
    private Unanswered sent;
    private boolean ended;
    private boolean late;
    private Writer writer;
    private FutureTask<Runnable> task;
    private long nextProbe = System.nanoTime();
    private long successor;
    private final Promise<Void> done = Promise.promise();
    private volatile Thread thread;
    private volatile boolean away;
    private volatile boolean stopped;

    Outage(
            Context context,
            Database database,
            Place place,
            Queue queue,
            Spool spool,
            Duration patience,
            OutageListener listener) {
        this.context = context;
        this.database = database;
        this.nodes = new Nodes(database);
        this.place = place;
        this.queue = queue;
        this.backlog = new Backlog(place.folder(), spool);
        this.patience = patience;
        this.listener = listener;
    }

    /**
     * Begins.
     *
     * @param lastNumber the number of the last batch of the node
     * @param lastSent a batch of which nobody knows whether it was written, or null
     * @param nodeEnded whether the node is known to be ended
     * @param tooLate whether those who wait for the last batch have waited long enough
     */
    void begin(long ofNode, long lastNumber, Batch lastSent, boolean nodeEnded, boolean tooLate) {
        node = ofNode;
        number = lastNumber;
        sent = lastSent == null ? null : new Unanswered(lastSent, queue);
        ended = nodeEnded;
        late = tooLate;
        thread = Thread.ofVirtual().name("metering outage").start(this);
    }

    /** Whether reservations without grace are refused. */
    boolean isAway() {
        return away;
    }

    /** There is something in the queue. */
    void look() {
        LockSupport.unpark(thread);
    }

    /** Leaves everything as it is, for whoever has the place next. */
    Future<Void> stop() {
        stopped = true;
        look();
        return done.future();
    }

    @Override
    public void run() {
        try {
            watch();
        } catch (RuntimeException e) {
            LOG.error("The ledger is no longer written: restart the process", e);
        } finally {
            done.complete();
        }
    }

    private void watch() {
        if (sent == null || ended || late || !sentAgain()) {
            away = true;
            context.runOnContext(here -> listener.away());
            LOG.warn("The ledger can't be written: what may go on is kept in {}", place.folder());
            if (sent != null) {
                sent.keep(backlog);
            }
            while (!stopped && !isOver()) {
                work();
            }
        }
        if (stopped) {
            disconnect();
            backlog.close();
        } else {
            handBack();
        }
    }

    /** Often it is only the connection that broke. */
    private boolean sentAgain() {
        try {
            writer = Writer.connect(context, database, patience);
            if (sent.post(new Replay(writer, patience))) {
                tellWritten(sent.batch(), sent.batch().charges());
                return true;
            }
            ended = true;
        } catch (IOException e) {
            LOG.warn("The ledger does not take a batch: {}", e.getMessage());
            disconnect();
        }
        return false;
    }

    private boolean isOver() {
        return task == null && writer != null && !ended && backlog.isEmpty();
    }

    private void work() {
        try {
            drain();
            if (task == null && System.nanoTime() - nextProbe >= 0) {
                begin();
            }
            if (task != null && task.isDone()) {
                var done = task;
                task = null;
                done.get().run();
            } else if (queue.isEmpty()) {
                LockSupport.parkNanos(PROBE.toNanos());
            }
        } catch (Exception e) {
            LOG.debug("The ledger is still away", e);
            disconnect();
            nextProbe = System.nanoTime() + PROBE.toNanos();
        }
    }

    /** Keeps what may go on, and refuses what may not. */
    private void drain() {
        var first = queue.takeAll();
        if (first == null) {
            return;
        }
        var refused = new ArrayList<Queue.Entry>();
        var batch = new Batch(node, number + 1);
        batch.add(first, entry -> {
            if (entry.reservation.grace() || !queue.refused(entry.reservation)) {
                return true;
            }
            refused.add(entry);
            return false;
        });
        if (!batch.isEmpty()) {
            number++;
            var waiting = batch.takeWaiting();
            if (backlog.add(batch)) {
                Batch.tell(waiting, null);
            } else {
                batch.reservations().forEach(queue::refused);
                batch.forgetReservations();
                refused.addAll(waiting);
            }
        }
        Batch.tell(refused, Unanswered.unavailable());
    }

    /** The next thing that takes its time. It says what is to be done when it succeeded, on this thread. */
    private void begin() throws IOException {
        if (writer == null) {
            start(this::connect);
        } else if (ended) {
            move();
        } else if (!backlog.isEmpty()) {
            writeNext();
        }
    }

    private void start(Callable<Runnable> work) {
        task = new FutureTask<>(work);
        var waiting = thread;
        Thread.startVirtualThread(() -> {
            task.run();
            LockSupport.unpark(waiting);
        });
    }

    private Runnable connect() throws IOException {
        var connected = Writer.connect(context, database, CONNECTING);
        try {
            boolean lives = Boolean.TRUE.equals(Patiently.await(nodes.lives(node, place.id()), patience));
            return () -> {
                writer = connected;
                ended = !lives;
            };
        } catch (IOException e) {
            connected.close();
            throw e;
        }
    }

    private void writeNext() {
        var next = backlog.first();
        Batch batch;
        try {
            batch = backlog.readFirst();
        } catch (IOException | RuntimeException e) {
            LOG.error("Batch {} of node {} can't be read any more", next.number(), node, e);
            backlog.removeFirst();
            return;
        }
        var replay = new Replay(writer, patience);
        start(() -> {
            boolean written = replay.post(batch);
            return () -> {
                ended = !written;
                if (written) {
                    backlog.removeFirst();
                    tellWritten(next, batch.charges());
                }
            };
        });
    }

    /** The others took the node for dead: what they do not know of is another's from now on. */
    private void move() throws IOException {
        if (successor == 0) {
            successor = Patiently.await(nodes.begin(place.id()), patience);
        }
        number = backlog.move(new Replay(writer, patience), successor);
        LOG.warn("Node {} was taken for dead; going on as node {}", node, successor);
        node = successor;
        successor = 0;
        ended = false;
        long now = node;
        context.runOnContext(here -> listener.moved(now));
    }

    private void tellWritten(Batch batch, List<Charge> charges) {
        context.runOnContext(here -> listener.written(batch, charges));
    }

    private void handBack() {
        backlog.clear();
        if (away) {
            LOG.info("The ledger is written again");
        }
        away = false;
        var connected = writer;
        context.runOnContext(here -> listener.over(connected, number));
    }

    private void disconnect() {
        if (writer != null) {
            writer.close();
            writer = null;
        }
    }
}
