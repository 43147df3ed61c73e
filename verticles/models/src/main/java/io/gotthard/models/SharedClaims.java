package io.gotthard.models;

import io.gotthard.kit.Database;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims in the database that several nodes share. What comes while the database is being asked is asked together next time, so a claim
 * costs little more than a row.
 */
final class SharedClaims implements Claims {

    private static final Logger LOG = LoggerFactory.getLogger(SharedClaims.class);

    private static final long BEAT_MILLIS = 1_000;
    private static final int CLEANING_BEATS = 60;

    /** How long a claim may take before the request goes on without. */
    private static final int PATIENCE_SECONDS = 2;

    private record Wanted(KeptAnswer answer, Promise<Held> held) {}

    /** What is written at once: what is released and finished comes first. */
    private static final class Batch {
        private final List<Wanted> wanted = new ArrayList<>();
        private final List<String> released = new ArrayList<>();
        private final List<String> finished = new ArrayList<>();

        boolean isEmpty() {
            return wanted.isEmpty() && released.isEmpty() && finished.isEmpty();
        }
    }

    private final Vertx vertx;
    private final Context context;
    private final Database database;
    private final ClaimRows rows;
    private final Duration keep;
    private final KeptAnswers answers;
    private volatile long node;
    private volatile boolean closed;
    private int beats;
    private boolean isAway;
    // Both only by who holds the lock.
    private Batch next = new Batch();
    private boolean writing;

    private SharedClaims(
            Vertx vertx, Database database, ClaimRows rows, Duration keep, KeptAnswers answers, long node) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.database = database;
        this.rows = rows;
        this.keep = keep;
        this.answers = answers;
        this.node = node;
        beatLater();
    }

    /** Those of a new node. */
    static Future<Claims> open(Vertx vertx, Database database, Duration keep, KeptAnswers answers) {
        var rows = new ClaimRows(database);
        return database.migrate("models")
                .compose(migrated -> rows.begin())
                .map(node -> new SharedClaims(vertx, database, rows, keep, answers, node));
    }

    @Override
    public Future<Held> claim(KeptAnswer answer) {
        var wanted = new Wanted(answer, Promise.promise());
        synchronized (this) {
            next.wanted.add(wanted);
        }
        write();
        return wanted.held.future();
    }

    @Override
    public void release(String id) {
        synchronized (this) {
            next.released.add(id);
        }
        write();
    }

    @Override
    public void finish(String id) {
        synchronized (this) {
            next.finished.add(id);
        }
        write();
    }

    private void write() {
        Batch batch;
        synchronized (this) {
            if (writing || next.isEmpty()) {
                return;
            }
            writing = true;
            batch = next;
            next = new Batch();
        }
        context.runOnContext(now -> write(batch));
    }

    private void write(Batch batch) {
        database.pool()
                .withConnection(connection -> rows.settle(connection, node, batch.released, batch.finished, keep)
                        .onSuccess(settled -> {
                            batch.released.clear();
                            batch.finished.clear();
                        })
                        .compose(settled -> claim(connection, batch.wanted)))
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .onComplete(done -> written(), cause -> failed(batch, cause));
    }

    private void written() {
        synchronized (this) {
            writing = false;
        }
        write();
    }

    /** What is over is tried again with the next beat; who waits goes on without a claim. */
    private void failed(Batch batch, Throwable cause) {
        batch.wanted.forEach(wanted -> wanted.held.tryFail(cause));
        synchronized (this) {
            writing = false;
            next.released.addAll(batch.released);
            next.finished.addAll(batch.finished);
        }
    }

    private Future<?> claim(SqlClient connection, List<Wanted> wanted) {
        return rows.claim(connection, node, wanted.stream().map(Wanted::answer).toList())
                .compose(claimed -> tell(connection, wanted, claimed));
    }

    private Future<?> tell(SqlClient connection, List<Wanted> wanted, Set<String> claimed) {
        Future<?> told = Future.succeededFuture();
        for (var one : wanted) {
            if (claimed.contains(one.answer.id())) {
                one.held.tryComplete();
            } else {
                told = told.compose(before -> rows.holder(connection, node, one.answer))
                        .onSuccess(one.held::tryComplete);
            }
        }
        return told;
    }

    private void beat() {
        rows.beat(node)
                .compose(this::look)
                .compose(done ->
                        ++beats % CLEANING_BEATS == 0 ? rows.clean().<Void>mapEmpty() : Future.succeededFuture())
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .onComplete(done -> {
                    told(done.cause());
                    beatLater();
                });
        write();
    }

    /** One after the other, however long the database takes. */
    private void beatLater() {
        if (!closed) {
            vertx.setTimer(BEAT_MILLIS, due -> beat());
        }
    }

    /** Says once that it is away, and once that it is back. */
    private void told(Throwable cause) {
        if (cause == null && isAway) {
            LOG.info("Claims can be shared with other nodes again");
        } else if (cause != null && !isAway && !closed) {
            LOG.warn("Claims can't be shared with other nodes: {}", cause.getMessage());
        }
        isAway = cause != null;
    }

    /** @param wanted what others want of this node; null if it was silent for so long that it was forgotten */
    private Future<Void> look(List<String> wanted) {
        if (wanted == null) {
            return rows.begin().onSuccess(begun -> node = begun).mapEmpty();
        }
        Future<Void> handed = Future.succeededFuture();
        for (var id : wanted) {
            handed = handed.compose(before -> hand(id).mapEmpty());
        }
        return handed;
    }

    /** Another node wants an answer. */
    private Future<?> hand(String id) {
        var kept = answers.find(id);
        if (kept == null || kept.isTooLarge()) {
            return rows.gone(id, node);
        }
        return kept.isGood() ? rows.store(id, node, kept.whole()) : Future.succeededFuture();
    }

    @Override
    public Future<Void> close() {
        closed = true;
        return rows.end(node)
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }
}
