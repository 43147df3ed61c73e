package io.gotthard.assistants;

import io.gotthard.contracts.EventData;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;

/**
 * Measures what it costs to append to logs and to read them: {@code LogBench <events> <threads>}, with the
 * database's URL in {@code BENCH_DATABASE}. First one thread gets all
 * the events, and then each of the threads gets ten. Prints a table; the beginning and the end of the same work are lines of it, because
 * they are to cost the same.
 */
public final class LogBench {

    /** How many appendings are on their way at the same time, as from that many runs. */
    private static final int AT_ONCE = 512;

    private static final int EACH = 10;
    private static final int ALONE = 300;
    private static final int READS = 1000;
    private static final int PAGE = 100;
    private static final String TEXT = "The pass is open, and the train takes an hour. ".repeat(4);

    private final Database database;
    private final EventLog log;
    private final Random random = new Random(42);

    private LogBench(Database database, EventLog log) {
        this.database = database;
        this.log = log;
    }

    /** Fills, reads and prints. */
    public static void main(String[] args) throws InterruptedException {
        var vertx = Vertx.vertx();
        var database = Database.open(vertx, System.getenv("BENCH_DATABASE"));
        database.migrate("assistants").await();
        var settings = new AssistantsSettings(200, Duration.ofSeconds(10), Duration.ZERO, Duration.ofSeconds(20));
        var log = EventLog.open(vertx, database, settings).await();
        var bench = new LogBench(database, log);
        System.out.println("| appending | events/s | µs/event | alone, p50 ms | alone, p99 ms |");
        System.out.println("|---|---|---|---|---|");
        int events = Integer.parseInt(args[0]);
        int threads = Integer.parseInt(args[1]);
        long one = bench.threads(1);
        bench.oneThread(one, events);
        long first = bench.threads(threads);
        bench.manyThreads(first, threads);
        database.pool().query("vacuum analyze assistants.events").execute().await();
        System.out.printf("%n| reading %d events | p50 µs | p99 µs |%n|---|---|---|%n", PAGE);
        bench.read("one thread, its first hundredth", at -> one, at -> at(0, events / 100));
        bench.read("one thread, its last hundredth", at -> one, at -> at(events - events / 100 - PAGE, events - PAGE));
        bench.read("one thread, anywhere", at -> one, at -> at(0, events - PAGE));
        bench.read("all " + EACH + " of any of the threads", at -> first + bench.random.nextInt(threads), at -> 0);
        log.close().await();
        vertx.close().await();
        System.exit(0);
    }

    private static long at(long from, long to) {
        return Math.max(0, from) + (long) (Math.random() * Math.max(1, to - from));
    }

    /** Makes so many threads, and returns the number of the first. */
    private long threads(int howMany) {
        return database.pool()
                .preparedQuery("with made as (insert into assistants.threads (id, tenant, owner) select 'bench-' ||"
                        + " gen_random_uuid(), '', 'bench' from generate_series(1, $1) returning number)"
                        + " select min(number) from made")
                .execute(Tuple.of(howMany))
                .await()
                .iterator()
                .next()
                .getLong(0);
    }

    private void oneThread(long thread, int events) throws InterruptedException {
        int part = events / 10;
        append(Math.min(part, 20_000), i -> thread);
        for (int i = 1; i <= 10; i++) {
            long micros = append(part, at -> thread);
            if (i == 1 || i == 5 || i == 10) {
                line("one thread, events up to %,d".formatted(part * i), part, micros, at -> thread);
            }
        }
    }

    private void manyThreads(long first, int threads) throws InterruptedException {
        for (int i = 1; i <= EACH; i++) {
            long micros = append(threads, at -> first + at);
            if (i == 1 || i == EACH / 2 || i == EACH) {
                line(
                        "%,d threads, event %d of each".formatted(threads, i),
                        threads,
                        micros,
                        at -> first + random.nextInt(threads));
            }
        }
    }

    private void line(String what, int events, long micros, IntToLongFunction thread) throws InterruptedException {
        var alone = new long[ALONE];
        for (int i = 0; i < ALONE; i++) {
            long began = System.nanoTime();
            log.append(message(thread.applyAsLong(i))).await();
            alone[i] = System.nanoTime() - began;
        }
        Arrays.sort(alone);
        System.out.printf(
                "| %s | %,d | %.1f | %.2f | %.2f |%n",
                what,
                events * 1_000_000L / micros,
                micros / (double) events,
                alone[ALONE / 2] / 1e6,
                alone[ALONE * 99 / 100] / 1e6);
    }

    /** Appends so many events, and returns how many microseconds that took. */
    private long append(int events, IntToLongFunction thread) throws InterruptedException {
        var free = new Semaphore(AT_ONCE);
        List<Future<?>> failed = new ArrayList<>();
        long began = System.nanoTime();
        for (int i = 0; i < events; i++) {
            free.acquire();
            var written = log.append(message(thread.applyAsLong(i)));
            written.onComplete(done -> {
                if (done.failed()) {
                    synchronized (failed) {
                        failed.add(written);
                    }
                }
                free.release();
            });
        }
        free.acquire(AT_ONCE);
        if (!failed.isEmpty()) {
            throw new IllegalStateException(
                    failed.size() + " were not written", failed.getFirst().cause());
        }
        return (System.nanoTime() - began) / 1000;
    }

    private static Appending message(long thread) {
        var data = new EventData.MessageCreated("msg_mfwqk5xw5ydz7v2a3kq6tjce", "user", TEXT, null, null, null);
        return new Appending(thread, List.of(new Draft(data, null, null, "usr_bench")), null, null);
    }

    private void read(String what, IntToLongFunction thread, IntToLongFunction place) {
        IntFunction<Integer> ask = i -> log.read(thread.applyAsLong(i), place.applyAsLong(i), PAGE, Filter.ALL)
                .await()
                .size();
        var nanos = new long[READS];
        for (int i = -READS; i < READS; i++) {
            long began = System.nanoTime();
            if (ask.apply(i) == 0) {
                throw new IllegalStateException("nothing was read");
            }
            nanos[Math.max(0, i)] = System.nanoTime() - began;
        }
        Arrays.sort(nanos);
        System.out.printf("| %s | %.0f | %.0f |%n", what, nanos[READS / 2] / 1e3, nanos[READS * 99 / 100] / 1e3);
    }
}
