package io.gotthard.assistants;

import static io.gotthard.assistants.TestLog.all;
import static io.gotthard.assistants.TestLog.await;
import static io.gotthard.assistants.TestLog.burst;
import static io.gotthard.assistants.TestLog.message;
import static io.gotthard.assistants.TestLog.places;
import static io.gotthard.assistants.TestLog.said;
import static io.gotthard.assistants.TestLog.texts;
import static io.gotthard.assistants.TestLog.upTo;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.EventData;
import io.gotthard.contracts.Failure;
import io.gotthard.platform.Await;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What those see who read a log and stay: each event once and in order, whoever wrote it and however slow they are. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FollowIT {

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
    void who_joins_in_the_middle_of_a_burst_misses_and_doubles_nothing() {
        var other = world.open();
        long thread = world.thread();
        var here = burst(log, thread, 0, 1500);
        var there = burst(other, thread, 0, 1500);
        var readers = new ArrayList<List<Logged>>();
        for (int i = 0; i < 20; i++) {
            long grown = i * 100L;
            Await.until(
                    "it has grown",
                    () -> world.number("select last_seq from assistants.threads where number = ?", thread) >= grown);
            readers.add(world.reads((i % 2 == 0 ? log : other).follow(thread, 0, Filter.ALL)));
        }
        await(Future.all(here, there));

        var stored = all(log, thread);
        assertThat(places(stored)).isEqualTo(upTo(3000));
        for (var read : readers) {
            Await.until("it has read all", () -> read.size() >= 3000);
            assertThat(read).isEqualTo(stored);
        }
    }

    @Test
    void who_is_slower_than_what_is_remembered_reads_on_in_the_table() {
        var forgetful = world.open(
                new LogBounds(
                        Duration.ofSeconds(20),
                        20_000,
                        8 << 20,
                        10,
                        1 << 20,
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(5)),
                Duration.ZERO);
        long thread = world.thread();
        var slow = forgetful.follow(thread, 0, Filter.ALL);
        var fast = world.reads(forgetful.follow(thread, 0, Filter.ALL));
        var read = new ArrayList<Logged>();
        for (int round = 0; round < 4; round++) {
            await(burst(forgetful, thread, round * 700, (round + 1) * 700));
            read.addAll(await(slow.next()));
            assertThat(forgetful.remembered()).isLessThan(30 * 400);
        }
        while (read.size() < 2800) {
            read.addAll(await(slow.next()));
        }

        assertThat(places(read)).isEqualTo(upTo(2800));
        Await.until("the fast one has all", () -> fast.size() == 2800);
        assertThat(fast).isEqualTo(read).isEqualTo(all(log, thread));
    }

    @Test
    void without_room_to_remember_anything_everybody_still_reads_everything() {
        var full = world.open(
                new LogBounds(
                        Duration.ofSeconds(20),
                        20_000,
                        8 << 20,
                        1000,
                        100,
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(5)),
                Duration.ZERO);
        long thread = world.thread();
        var read = world.reads(full.follow(thread, 0, Filter.ALL));
        await(burst(full, thread, 0, 500));
        Await.until("it is read", () -> read.size() == 500);
        assertThat(places(read)).isEqualTo(upTo(500));
        assertThat(full.remembered()).isLessThan(1000);
    }

    @Test
    void two_thousand_followers_of_one_thread_do_not_read_the_table_two_thousand_times() {
        var other = world.open();
        long thread = world.thread();
        await(burst(log, thread, 0, 100));
        world.execute("select pg_stat_reset()");
        long before = scans();
        var readers = IntStream.range(0, 2000)
                .mapToObj(i -> world.reads(other.follow(thread, 0, Filter.ALL)))
                .toList();
        await(burst(log, thread, 100, 200));
        for (var read : readers) {
            Await.until("it has read all", () -> read.size() == 200);
            assertThat(places(read)).isEqualTo(upTo(200));
        }
        Await.until("statistics are there", () -> scans() > before);
        assertThat(scans() - before).isLessThan(1000);
    }

    private long scans() {
        world.number("select 0 from pg_stat_force_next_flush()");
        return world.number("select idx_scan from pg_stat_user_tables where relname = 'events'");
    }

    @Test
    void a_lost_notification_is_made_up_for() {
        var other = world.open();
        long thread = world.thread();
        long unheard = world.thread();
        var read = world.reads(other.follow(thread, 0, Filter.ALL));
        var follow = other.follow(unheard, 0, Filter.ALL);
        await(log.append(said(thread, "a")));
        await(log.append(said(unheard, "a")));
        Await.until("it hears", () -> read.size() == 1);
        // Who has heard something knows where the log ends, so that the next question asks nobody and can't be cut off.
        assertThat(texts(await(follow.next()))).containsExactly("a");
        var gone = follow.next();

        world.way(1).cut();
        await(log.append(said(thread, "b")));
        world.execute("update assistants.threads set deleted_at = now() where number = " + unheard);
        world.way(1).mend();

        Await.until("it has looked", () -> read.size() == 2 && gone.isComplete());
        assertThat(texts(read)).containsExactly("a", "b");
        assertThat(gone.result()).isEmpty();
        await(log.append(said(thread, "c")));
        Await.until("it hears again", () -> read.size() == 3);
    }

    @Test
    void a_notification_that_never_came_is_made_up_for_as_well() {
        var looking = world.open(
                new LogBounds(
                        Duration.ofSeconds(20),
                        20,
                        1 << 20,
                        10,
                        1 << 20,
                        Duration.ofMillis(200),
                        Duration.ofMinutes(5)),
                Duration.ZERO);
        long thread = world.thread();
        var read = world.reads(looking.follow(thread, 0, Filter.ALL));
        world.execute("insert into assistants.events (thread, seq, type, body) values (" + thread
                + ", 1, 'message.created', '{}'); update assistants.threads set last_seq = 1 where number = " + thread);
        Await.until("it has looked", () -> read.size() == 1);
    }

    @Test
    void a_deleted_thread_ends_the_follow_on_every_node_at_once() {
        var other = world.open();
        long thread = world.thread();
        await(log.append(said(thread, "a")));
        var here = log.follow(thread, 1, Filter.ALL).next();
        var there = other.follow(thread, 1, Filter.ALL).next();
        world.execute("update assistants.threads set deleted_at = now() where number = " + thread);

        assertThat(await(here)).isEmpty();
        assertThat(await(there)).isEmpty();
        assertThat(await(log.follow(thread, 0, Filter.ALL).next())).isEmpty();
        assertThat(await(log.follow(4711, 0, Filter.ALL).next())).isEmpty();
    }

    @Test
    void a_filter_shows_a_run_and_what_it_began_and_some_types_whether_remembered_or_not() {
        long thread = world.thread();
        var run = world.run(thread);
        await(burst(log, thread, 0, 50));
        await(log.append(new Appending(
                thread,
                List.of(
                        new Draft(new EventData.RunCreated("Assistant/a", 1, null, null), run, run, "u"),
                        new Draft(new EventData.ChunkAdded("m", "hi"), run, "run_child", "a"),
                        message("between"),
                        new Draft(new EventData.RunStopped("stop", null, null), run, run, "a")),
                null,
                null)));
        var fresh = world.open();
        for (var on : List.of(log, fresh)) {
            assertThat(types(on, thread, new Filter(run, Set.of())))
                    .containsExactly("run.created", "chunk.added", "run.stopped");
            assertThat(types(on, thread, new Filter(run, Set.of("run.*"))))
                    .containsExactly("run.created", "run.stopped");
            assertThat(types(on, thread, new Filter("run_child", Set.of()))).containsExactly("chunk.added");
            assertThat(types(on, thread, new Filter(null, Set.of("chunk.added", "run.stopped"))))
                    .containsExactly("chunk.added", "run.stopped");
            assertThat(await(on.read(thread, 0, 10, new Filter(run, Set.of("nothing.*", "%", "run_created")))))
                    .isEmpty();
        }
        assertThat(world.number("select first_seq from assistants.runs where id = ?", run))
                .isEqualTo(51);
    }

    /** What a filter lets through: to who asks once, and to who follows. */
    private List<String> types(EventLog on, long thread, Filter filter) {
        var read = await(on.read(thread, 0, 100, filter));
        var follow = on.follow(thread, 0, filter);
        assertThat(await(follow.next())).isEqualTo(read);
        var rest = on.follow(thread, 53, filter).next();
        if (read.stream().anyMatch(event -> event.seq() == 54)) {
            assertThat(places(await(rest))).containsExactly(54L);
        }
        follow.close();
        return read.stream().map(Logged::type).toList();
    }

    @Test
    void a_rare_event_is_found_in_a_long_log_also_far_behind_the_place() {
        long thread = world.thread();
        world.execute("insert into assistants.events (thread, seq, type, body) select " + thread
                + ", s, case when s = 17000 then 'thread.created' else 'chunk.added' end, '{}' from generate_series(1,"
                + " 20000) s; update assistants.threads set last_seq = 20000 where number = " + thread);
        var rare = new Filter(null, Set.of("thread.created"));
        assertThat(places(await(log.read(thread, 0, 10, rare)))).containsExactly(17_000L);
        assertThat(places(await(log.follow(thread, 0, rare).next()))).containsExactly(17_000L);
        assertThat(await(log.read(thread, 17_000, 10, rare))).isEmpty();
    }

    @Test
    void who_closes_gets_an_empty_list_and_nothing_is_kept_for_them() {
        long thread = world.thread();
        var follow = log.follow(thread, 0, Filter.ALL);
        var next = follow.next();
        follow.close();
        follow.close();
        assertThat(await(next)).isEmpty();
        assertThat(await(follow.next())).isEmpty();
    }

    @Test
    void who_follows_is_told_that_the_node_stops() {
        var stopping = world.open();
        var next = stopping.follow(world.thread(), 0, Filter.ALL).next();
        await(stopping.close());
        Await.until("it is answered", next::isComplete);
        assertThat(next.cause())
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(503));
        var late = stopping.append(said(world.thread(), "x"));
        Await.until("it is answered", late::isComplete);
        assertThat(late.failed()).isTrue();
    }
}
