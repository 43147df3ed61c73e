package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.gotthard.kit.Database;
import io.gotthard.platform.Detour;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A database of its own, logs of several nodes on it by ways that can be cut, and what a test wants to know of it. */
final class TestLog implements AutoCloseable {

    static final LogBounds BOUNDS = new LogBounds(
            Duration.ofSeconds(20), 20_000, 8 << 20, 1000, 8 << 20, Duration.ofMinutes(5), Duration.ofMinutes(5));

    private final Vertx vertx = Vertx.vertx();
    private final String name = "log_" + UUID.randomUUID().toString().replace("-", "");
    private final Connection connection;
    private final List<EventLog> logs = new ArrayList<>();
    private final List<Database> databases = new ArrayList<>();
    private final List<Detour> detours = new ArrayList<>();

    TestLog() throws SQLException {
        try (var shared = TestDatabase.connect(TestDatabase.url());
                var statement = shared.createStatement()) {
            statement.execute("create database " + name);
        }
        var migrating = Database.open(vertx, url(shared().getPort()));
        await(migrating.migrate("assistants"));
        await(migrating.close());
        connection = TestDatabase.connect(url(shared().getPort()));
    }

    private static URI shared() {
        return URI.create(TestDatabase.url());
    }

    private String url(int port) {
        return "postgresql://" + shared().getUserInfo() + "@" + shared().getHost() + ":" + port + "/" + name;
    }

    /** The log of another node. */
    EventLog open() {
        return open(BOUNDS, Duration.ZERO);
    }

    EventLog open(LogBounds bounds, Duration retention) {
        var detour = Detour.to(shared().getPort());
        detours.add(detour);
        var database = Database.open(vertx, url(detour.port()));
        databases.add(database);
        var log = await(EventLog.open(
                vertx,
                database,
                new AssistantsSettings(10, Duration.ofSeconds(10), retention, Duration.ofSeconds(1)),
                bounds));
        logs.add(log);
        return log;
    }

    /** The way of the node that was opened as the nth, from 0. */
    Detour way(int nth) {
        return detours.get(nth);
    }

    Vertx vertx() {
        return vertx;
    }

    /** A new thread's number. */
    long thread() {
        return number("insert into assistants.threads (id, tenant, owner) values (gen_random_uuid()::text, '', 'owner')"
                + " returning number");
    }

    /** A run that is held with lease 1. */
    String run(long thread) {
        var id = "run_" + UUID.randomUUID();
        number(
                "insert into assistants.runs (id, thread, first_seq, display, root, agent_class, agent, agent_tenant,"
                    + " agent_version, definition, status, request_id, caller, request, limits, lease, node, left_ms)"
                    + " values (?, ?, 1, ?, ?, 'Assistant', 'a', '', 1, '{}', 'in_progress', 'r', '{}', '{}', '{}', 1,"
                    + " 'n', 1000) returning 0",
                id,
                thread,
                id,
                id);
        return id;
    }

    /** Something that a user said. */
    static Appending said(long thread, String... texts) {
        return new Appending(thread, Arrays.stream(texts).map(TestLog::message).toList(), null, null);
    }

    /** Writes so many messages, each by itself, without waiting in between. */
    static Future<?> burst(EventLog log, long thread, int from, int to) {
        return Future.all(IntStream.range(from, to)
                .mapToObj(i -> log.append(said(thread, "m" + i)))
                .toList());
    }

    static Draft message(String text) {
        return new Draft(new EventData.MessageCreated(text, "user", text, null, null, null), null, null, "someone");
    }

    /** What was said, in order. */
    static List<String> texts(List<Logged> events) {
        return events.stream()
                .map(event -> event.event("t").data().getString("content"))
                .toList();
    }

    static List<Long> places(List<Logged> events) {
        return events.stream().map(Logged::seq).toList();
    }

    static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    /** All that a thread has, as the table has it. */
    static List<Logged> all(EventLog log, long thread) {
        return await(log.read(thread, 0, Integer.MAX_VALUE, Filter.ALL));
    }

    /** Reads on by itself, and keeps what it got. */
    List<Logged> reads(Follow follow) {
        var read = Collections.synchronizedList(new ArrayList<Logged>());
        readOn(follow, read);
        return read;
    }

    private void readOn(Follow follow, List<Logged> read) {
        follow.next().onSuccess(events -> {
            read.addAll(events);
            if (!events.isEmpty()) {
                readOn(follow, read);
            }
        });
    }

    /** The first column of the first row, as a number. */
    long number(String sql, Object... parameters) {
        synchronized (connection) {
            try (var statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < parameters.length; i++) {
                    statement.setObject(i + 1, parameters[i]);
                }
                try (var rows = statement.executeQuery()) {
                    return rows.next() ? rows.getLong(1) : 0;
                }
            } catch (SQLException e) {
                throw new AssertionError(sql, e);
            }
        }
    }

    String text(String sql, Object... parameters) {
        synchronized (connection) {
            try (var statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < parameters.length; i++) {
                    statement.setObject(i + 1, parameters[i]);
                }
                try (var rows = statement.executeQuery()) {
                    return rows.next() ? rows.getString(1) : null;
                }
            } catch (SQLException e) {
                throw new AssertionError(sql, e);
            }
        }
    }

    void execute(String sql) {
        synchronized (connection) {
            try (var statement = connection.createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw new AssertionError(sql, e);
            }
        }
    }

    /** Breaks the connections whose last statement has these words. Returns how many. */
    long kill(String words) {
        return number("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database()"
                + " and pid <> pg_backend_pid() and query ilike '%" + words + "%'");
    }

    static <T> T await(Future<T> future) {
        return await(future.toCompletionStage().toCompletableFuture());
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException | CompletionException e) {
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws SQLException {
        detours.forEach(Detour::mend);
        logs.forEach(log -> await(log.close()));
        databases.forEach(database -> await(database.close()));
        connection.close();
        detours.forEach(Detour::close);
        await(vertx.close());
    }
}
