package io.gotthard.assistants;

import static io.gotthard.assistants.TestLog.all;
import static io.gotthard.assistants.TestLog.await;
import static io.gotthard.assistants.TestLog.places;
import static io.gotthard.assistants.TestLog.said;
import static io.gotthard.assistants.TestLog.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.gotthard.platform.Await;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of events while the database is away, breaks off or refuses. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class EventLogOutageIT {

    private TestLog world;
    private EventLog log;

    @BeforeEach
    void open() throws Exception {
        world = new TestLog();
        log = world.open();
    }

    @AfterEach
    void close() throws Exception {
        world.close();
    }

    @Test
    void connections_that_break_in_the_middle_lose_and_double_nothing() {
        var threads =
                IntStream.range(0, 20).mapToLong(i -> world.thread()).boxed().toList();
        var written = new ArrayList<Future<List<Logged>>>();
        var seen = world.reads(log.follow(threads.getFirst(), 0, Filter.ALL));
        for (int i = 0; i < 200; i++) {
            for (long thread : threads) {
                written.add(log.append(said(thread, "m" + i)));
            }
            if (i % 40 == 20) {
                Await.until("it is broken", () -> world.kill("assistants.append") > 0);
            }
        }
        await(Future.all(written));

        for (long thread : threads) {
            assertThat(texts(all(log, thread)))
                    .isEqualTo(IntStream.range(0, 200).mapToObj(i -> "m" + i).toList());
        }
        Await.until("the reader has it", () -> seen.size() == 200);
        assertThat(seen).isEqualTo(all(log, threads.getFirst()));
    }

    @Test
    void a_batch_whose_answer_is_lost_is_in_the_log_once_and_its_writer_is_told_where() {
        long thread = world.thread();
        await(log.append(said(thread, "first")));
        world.way(0).mute();
        var second = log.append(said(thread, "second"));
        Await.until("it is written", () -> world.number("select count(*) from assistants.events") == 2);
        assertThat(second.isComplete()).isFalse();
        world.way(0).drop();

        assertThat(places(await(second))).containsExactly(2L);
        assertThat(texts(all(log, thread))).containsExactly("first", "second");
    }

    @Test
    void while_the_database_is_away_appendings_wait_for_a_bounded_time_and_then_it_goes_on() throws Exception {
        var hasty = world.open(
                new LogBounds(
                        Duration.ofSeconds(1), 3, 1 << 20, 10, 1 << 20, Duration.ofMinutes(5), Duration.ofMinutes(5)),
                Duration.ZERO);
        long thread = world.thread();
        await(hasty.append(said(thread, "before")));
        world.way(1).cut();
        var lost = IntStream.range(0, 3)
                .mapToObj(i -> hasty.append(said(thread, "lost")))
                .toList();
        for (var each : lost) {
            assertUnavailable(each);
        }
        world.way(1).mend();

        Await.until("it is written again", () -> {
            var late = hasty.append(said(thread, "after"));
            Await.until("it is answered", late::isComplete);
            return late.succeeded();
        });
        assertThat(texts(all(log, thread))).containsExactly("before", "after");
    }

    @Test
    void too_many_that_wait_are_refused_at_once_and_nothing_is_forgotten_of_the_others() throws Exception {
        var small = world.open(
                new LogBounds(
                        Duration.ofSeconds(20), 3, 1 << 20, 10, 1 << 20, Duration.ofMinutes(5), Duration.ofMinutes(5)),
                Duration.ZERO);
        long thread = world.thread();
        await(small.append(said(thread, "before")));
        world.way(1).freeze();
        // One may be on its way, three wait.
        var handed = IntStream.range(0, 10)
                .mapToObj(i -> small.append(said(thread, "m" + i)))
                .toList();
        Await.until(
                "most are refused", () -> handed.stream().filter(Future::failed).count() >= 5);
        world.way(1).mend();

        for (var each : handed) {
            Await.until("it is answered", each::isComplete);
        }
        assertThat(all(log, thread))
                .hasSize(1 + (int) handed.stream().filter(Future::succeeded).count());
        assertUnavailable(handed.getLast());
    }

    private static void assertUnavailable(Future<?> future) {
        Await.until("it is answered", future::isComplete);
        assertThat(future.cause())
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(503));
    }

    @Test
    void an_event_that_the_database_can_not_take_fails_alone() {
        world.execute("alter table assistants.events add check (body not like '%poison%')");
        long thread = world.thread();
        var before = log.append(said(thread, "a"));
        var poison = log.append(said(thread, "poison"));
        var after = log.append(said(thread, "b"));

        await(Future.all(before, after));
        Await.until("it is answered", poison::isComplete);
        assertThat(poison.cause())
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(500));
        assertThat(texts(all(log, thread))).containsExactly("a", "b");
    }

    @Test
    void a_lock_that_somebody_holds_delays_and_loses_nothing() throws Exception {
        long thread = world.thread();
        world.execute("begin; update assistants.threads set title = 'x' where number = " + thread);
        var waits = log.append(said(thread, "m"));
        Await.until(
                "it waits",
                () -> world.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like"
                                + " '%assistants.append%' and datname = current_database()")
                        > 0);
        assertThat(waits.isComplete()).isFalse();
        world.execute("commit");
        assertThat(places(await(waits))).containsExactly(1L);
    }
}
