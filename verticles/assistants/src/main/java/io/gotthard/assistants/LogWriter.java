package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.gotthard.kit.Ids;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.PreparedStatement;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what is handed over, on one connection and in one call at a time: what comes while a call is on its way is in the next one.
 * A batch whose answer is lost is handed in again under its number, which does nothing if it was written; and it is given up when those
 * in it have waited too long, after which the database takes it no more. Any thread may append.
 */
final class LogWriter {

    private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);
    private static final String APPEND =
            "select assistants.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    private static final long RETRY_MILLIS = 100;
    private static final long SWEEP_MILLIS = 200;
    private static final long CLOSE_SECONDS = 5;

    private final Vertx vertx;
    private final Context context;
    private final Database database;
    private final LogBounds bounds;
    private final Tails tails;
    private final String id = Ids.next("log");
    private final Queue<Entry> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong waitingChars = new AtomicLong();
    private final AtomicBoolean told = new AtomicBoolean();
    private volatile boolean closing;

    // What follows is used on the context only.
    private final Deque<Entry> again = new ArrayDeque<>();
    private PgConnection connection;
    private PreparedStatement append;
    private boolean connecting;
    private Batch batch;
    private boolean sent;
    private long number;
    private long timer;
    private boolean stopped;

    private LogWriter(Vertx vertx, Database database, LogBounds bounds, Tails tails) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.database = database;
        this.bounds = bounds;
        this.tails = tails;
    }

    /** Connects; fails if the database can't be reached. To be called on an event loop's context, on which it then works. */
    static Future<LogWriter> open(Vertx vertx, Database database, LogBounds bounds, Tails tails) {
        var writer = new LogWriter(vertx, database, bounds, tails);
        return writer.begin().map(connected -> {
            writer.timer = vertx.setPeriodic(SWEEP_MILLIS, late -> writer.sweep());
            return writer;
        });
    }

    /** What this node's notifications begin with. */
    String id() {
        return id;
    }

    Future<List<Logged>> append(Appending appending) {
        var entry = new Entry(vertx, appending, bounds.patience(), this::left);
        int entries = waiting.incrementAndGet();
        long chars = waitingChars.addAndGet(entry.chars());
        if (closing || entries > bounds.waiting() || chars > bounds.waitingChars()) {
            entry.fail(unavailable());
            return entry.written();
        }
        queue.add(entry);
        if (told.compareAndSet(false, true)) {
            context.runOnContext(here -> write());
        }
        return entry.written();
    }

    private static Failure unavailable() {
        return Failure.unavailable("Events can't be written at the moment.");
    }

    private void left(Entry entry) {
        waiting.decrementAndGet();
        waitingChars.addAndGet(-entry.chars());
    }

    private Future<Void> begin() {
        connecting = true;
        return database.connect().compose(this::prepare).onComplete(done -> connecting = false);
    }

    private Future<Void> prepare(PgConnection made) {
        return made.query("set lock_timeout = 2000; set statement_timeout = 10000; set enable_seqscan = off")
                .execute()
                .compose(limited -> made.preparedQuery(
                                "insert into assistants.writers (id) values ($1) on conflict do nothing")
                        .execute(Tuple.of(id)))
                .compose(known -> made.prepare(APPEND))
                .onFailure(failed -> made.close())
                .map(prepared -> {
                    connection = made;
                    append = prepared;
                    made.closeHandler(closed -> lost(made));
                    return null;
                });
    }

    private void connect() {
        if (connection == null && !connecting && !stopped) {
            begin().onSuccess(connected -> write())
                    .onFailure(failure -> vertx.setTimer(RETRY_MILLIS, later -> connect()));
        }
    }

    private void lost(PgConnection which) {
        if (connection == which) {
            connection = null;
            sent = false;
            if (!stopped) {
                LOG.warn("The connection on which events are written is lost");
                connect();
            }
        }
    }

    private void write() {
        told.set(false);
        if (stopped) {
            failAll();
        } else if (connection != null && !sent) {
            batch = batch == null ? next() : batch;
            if (batch != null) {
                send(batch);
            }
        }
    }

    /** What is written next, or null if nothing is to be. */
    private Batch next() {
        var next = new Batch(number + 1);
        if (!again.isEmpty()) {
            next.add(again.poll());
        } else {
            for (var entry = queue.peek(); entry != null && next.add(entry); entry = queue.peek()) {
                queue.poll();
            }
        }
        if (next.isEmpty()) {
            return null;
        }
        number++;
        return next;
    }

    private void send(Batch what) {
        sent = true;
        var on = connection;
        append.query().execute(what.parameters(id)).onComplete((rows, failure) -> {
            // Otherwise it was given up, or the connection was lost meanwhile.
            if (batch == what && connection == on) {
                sent = false;
                if (failure == null) {
                    batch = null;
                    what.tell(rows.iterator().next().getArrayOfLongs(0), tails::written, tails::gone);
                    write();
                } else {
                    failed(what, failure);
                }
            }
        });
    }

    private void failed(Batch what, Throwable failure) {
        var trouble = WriteFailure.of(failure);
        if (trouble == WriteFailure.IN_WHAT_WAS_SAID) {
            batch = null;
            if (what.entries().size() == 1) {
                LOG.error("An event can't be written", failure);
                what.entries().getFirst().fail(Failure.internal());
            } else {
                // One of them is at fault, and must not keep the others from being written.
                again.addAll(what.entries());
            }
            write();
        } else {
            LOG.warn("Events were not written, and will be tried again: {}", failure.getMessage());
            if (trouble == WriteFailure.PASSING) {
                vertx.setTimer(RETRY_MILLIS, later -> write());
            } else {
                abandon();
            }
        }
    }

    /** Breaks the connection: nobody knows what it is good for. */
    private void abandon() {
        var abandoned = connection;
        connection = null;
        sent = false;
        if (abandoned != null) {
            abandoned.close();
        }
        vertx.setTimer(RETRY_MILLIS, later -> connect());
    }

    /** Tells those who have waited too long. */
    private void sweep() {
        long now = System.nanoTime();
        if (batch != null && batch.isLate(now)) {
            // It may have been written, and may be yet by what is still under way; it won't be once the next number was
            // seen.
            var late = batch;
            batch = null;
            abandon();
            late.entries().forEach(entry -> entry.fail(unavailable()));
        }
        while (!again.isEmpty() && again.peek().isLate(now)) {
            again.poll().fail(unavailable());
        }
        for (var entry = queue.peek(); entry != null && entry.isLate(now); entry = queue.peek()) {
            queue.poll();
            entry.fail(unavailable());
        }
    }

    /** Writes what was handed over, if that takes no longer than five seconds. */
    Future<Void> close() {
        closing = true;
        return Future.future(done -> context.runOnContext(here -> {
            var entries = new ArrayList<Future<?>>();
            queue.forEach(entry -> entries.add(entry.written()));
            again.forEach(entry -> entries.add(entry.written()));
            if (batch != null) {
                batch.entries().forEach(entry -> entries.add(entry.written()));
            }
            write();
            Future.join(entries)
                    .timeout(CLOSE_SECONDS, TimeUnit.SECONDS)
                    .onComplete(settled -> context.runOnContext(back -> stop().onComplete(done)));
        }));
    }

    private Future<Void> stop() {
        stopped = true;
        vertx.cancelTimer(timer);
        failAll();
        if (connection == null) {
            return Future.succeededFuture();
        }
        var last = connection;
        connection = null;
        return last.preparedQuery("delete from assistants.writers where id = $1")
                .execute(Tuple.of(id))
                .timeout(1, TimeUnit.SECONDS)
                .transform(removed -> last.close())
                .otherwiseEmpty();
    }

    private void failAll() {
        if (batch != null) {
            again.addAll(batch.entries());
            batch = null;
        }
        again.forEach(entry -> entry.fail(unavailable()));
        again.clear();
        for (var entry = queue.poll(); entry != null; entry = queue.poll()) {
            entry.fail(unavailable());
        }
    }
}
