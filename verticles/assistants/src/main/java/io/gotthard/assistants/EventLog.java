package io.gotthard.assistants;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.gotthard.kit.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The logs of all threads, as this node writes and reads them: docs/decisions/0015-the-log-is-the-truth.md. One for a process; any thread
 * may use it and none waits. Answers come on the context on which it was asked.
 */
final class EventLog {

    private static final Duration TIDY = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final LogReader reader;
    private final Tails tails;
    private final LogWriter writer;
    private final LogNotices notices;
    private final LogKeeper keeper;
    private final List<Long> timers = new ArrayList<>();

    private EventLog(
            Vertx vertx, LogReader reader, Tails tails, LogWriter writer, LogNotices notices, LogKeeper keeper) {
        this.vertx = vertx;
        this.reader = reader;
        this.tails = tails;
        this.writer = writer;
        this.notices = notices;
        this.keeper = keeper;
    }

    /** Connects to a database with the schema {@code assistants}; fails if it can't be reached. */
    static Future<EventLog> open(Vertx vertx, Database database, AssistantsSettings settings) {
        return open(vertx, database, settings, LogBounds.USUAL);
    }

    /** The same within other bounds. */
    static Future<EventLog> open(Vertx vertx, Database database, AssistantsSettings settings, LogBounds bounds) {
        // An event loop of its own: who opens it may be on virtual threads, on which each batch would cost more.
        var context = ((VertxInternal) vertx).createEventLoopContext();
        return Future.future(opened -> context.runOnContext(
                here -> begin(vertx, database, settings, bounds).onComplete(opened)));
    }

    private static Future<EventLog> begin(
            Vertx vertx, Database database, AssistantsSettings settings, LogBounds bounds) {
        var reader = new LogReader(database);
        var tails = new Tails(reader, bounds);
        return LogWriter.open(vertx, database, bounds, tails).compose(writer -> {
            var notices = new LogNotices(vertx, database, tails, writer.id());
            var keeper = new LogKeeper(database, settings.retention(), writer.id());
            var log = new EventLog(vertx, reader, tails, writer, notices, keeper);
            return notices.listen()
                    .map(listening -> {
                        log.startTimers(bounds);
                        return log;
                    })
                    .recover(failure -> log.close().transform(closed -> Future.failedFuture(failure)));
        });
    }

    private void startTimers(LogBounds bounds) {
        timers.add(vertx.setPeriodic(TIDY.toMillis(), id -> tails.sweep()));
        timers.add(vertx.setPeriodic(bounds.look().toMillis(), id -> tails.look()));
        timers.add(vertx.setPeriodic(bounds.sweep().toMillis(), id -> keeper.sweep()));
    }

    /**
     * Writes events, together with those that others write at the same time. What is handed over before is written before. Parts of one
     * message that are handed over one behind the other may become one event, whose place both get.
     *
     * <p>Not to be waited for in a transaction that has changed the thread or a run of it: it waits for that transaction.
     *
     * @return their places, once they are durable; fails with {@link Fenced}, with {@link Failure} 404 if the thread is gone, or 503 if
     *     the database is away for ten seconds or too many wait. Nobody can tell then whether it was written, but it won't be later
     */
    Future<List<Logged>> append(Appending events) {
        return writer.append(events);
    }

    /**
     * The events behind a place, in order, {@code limit} at most; it costs the same wherever in the log that is. An empty list says that
     * there are no more. Fails with {@link Failure} 404 if the thread is gone, or 503 if the database is away.
     */
    Future<List<Logged>> read(long thread, long after, int limit, Filter filter) {
        return read(thread, after, limit, filter, List.of());
    }

    /**
     * Looks once at what is behind a place. What that costs is bounded, so there may be more where nothing was found: up to the page's
     * {@code last} place, of which it is known up to its {@code place}. Fails as {@link #read} does.
     */
    Future<LogReader.Page> look(long thread, long after, int limit, Filter filter) {
        return reader.after(thread, after, limit, filter)
                .compose(page ->
                        page.gone() ? Future.failedFuture(Refusal.notFound("thread")) : Future.succeededFuture(page));
    }

    private Future<List<Logged>> read(long thread, long after, int limit, Filter filter, List<Logged> before) {
        return look(thread, after, limit - before.size(), filter).compose(page -> {
            var events = before.isEmpty() ? page.events() : new ArrayList<>(before);
            if (!before.isEmpty()) {
                events.addAll(page.events());
            }
            return events.size() == limit || page.place() >= page.last()
                    ? Future.succeededFuture(events)
                    : read(thread, page.place(), limit, filter, events);
        });
    }

    /**
     * The events behind a place, in order, and then those to come, as fast as the reader asks for them. A place before the first event
     * that retention has left is as if it were that one. To be closed.
     */
    Follow follow(long thread, long after, Filter filter) {
        return new Follower(vertx, tails.join(thread), after, filter);
    }

    /** All events up to the last one that there is at the first question, as fast as the reader asks for them; then empty lists. */
    Follow export(long thread) {
        return new Export(reader, thread);
    }

    /** How many characters of events are remembered. */
    long remembered() {
        return tails.chars();
    }

    /** Takes away at once what is not to stay. */
    Future<Void> sweep() {
        return keeper.sweep();
    }

    /** Writes what was handed over, for at most five seconds, and ends. Who follows is told with a {@link Failure} 503. */
    Future<Void> close() {
        timers.forEach(vertx::cancelTimer);
        keeper.close();
        return writer.close()
                .eventually(notices::close)
                .onComplete(closed ->
                        tails.close(Failure.unavailable("The service is shutting down; the log goes on elsewhere.")));
    }
}
