package io.gotthard.assistants;

import static io.gotthard.assistants.TestLog.all;
import static io.gotthard.assistants.TestLog.await;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of events that are written: by several at once, without a database, or by somebody who no longer may. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class EventLogIT {

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
    void two_nodes_write_fifty_threads_at_once_without_gaps_or_doubles() throws Exception {
        var other = world.open();
        var threads =
                IntStream.range(0, 50).mapToLong(i -> world.thread()).boxed().toList();
        Map<Long, List<Logged>> here = new HashMap<>();
        Map<Long, List<Logged>> there = new HashMap<>();
        for (long thread : threads) {
            here.put(thread, world.reads(log.follow(thread, 0, Filter.ALL)));
            there.put(thread, world.reads(other.follow(thread, 0, Filter.ALL)));
        }

        var written = new ArrayList<Future<List<Logged>>>();
        try (var writers = Executors.newFixedThreadPool(4)) {
            var work = IntStream.range(0, 4)
                    .<Callable<List<Future<List<Logged>>>>>mapToObj(
                            w -> () -> write(w, w % 2 == 0 ? log : other, threads))
                    .toList();
            for (var done : writers.invokeAll(work)) {
                written.addAll(done.get());
            }
        }
        await(Future.all(written));

        for (long thread : threads) {
            var stored = all(log, thread);
            assertThat(places(stored)).isEqualTo(upTo(120));
            assertThat(texts(stored)).doesNotHaveDuplicates();
            for (int w = 0; w < 4; w++) {
                var by = w + "-";
                assertThat(texts(stored).stream().filter(text -> text.startsWith(by)))
                        .as("what one wrote is in the order in which it was")
                        .containsExactlyElementsOf(
                                IntStream.range(0, 30).mapToObj(i -> by + i).toList());
            }
            Await.until(
                    "both saw all",
                    () -> here.get(thread).size() == 120 && there.get(thread).size() == 120);
            assertThat(here.get(thread)).isEqualTo(stored);
            assertThat(there.get(thread)).isEqualTo(stored);
        }
        for (var answer : written) {
            var first = answer.result().getFirst();
            assertThat(first.json("t")).contains("\"seq\":" + first.seq());
        }
    }

    /** One, two and no event at once. */
    private static List<Future<List<Logged>>> write(int writer, EventLog log, List<Long> threads) {
        var written = new ArrayList<Future<List<Logged>>>();
        for (int i = 0; i < 30; i += 3) {
            for (long thread : threads) {
                written.add(log.append(said(thread, writer + "-" + i)));
                written.add(log.append(said(thread, writer + "-" + (i + 1), writer + "-" + (i + 2))));
            }
        }
        return written;
    }

    @Test
    void what_is_written_comes_back_as_it_was_said() {
        long thread = world.thread();
        var run = world.run(thread);
        var data =
                new EventData.ToolCalled("call_1", "wëather\"", new io.vertx.core.json.JsonObject().put("a", "\0 😀"));
        var placed = await(log.append(
                new Appending(thread, List.of(new Draft(data, run, run, "Assistant/\"a\"")), new Hold(run, 1), null)));

        assertThat(all(log, thread)).isEqualTo(placed);
        var event = placed.getFirst().event("thr_1");
        assertThat(event.id()).matches("evt_[0-9a-f]{24}");
        assertThat(event.seq()).isEqualTo(1);
        assertThat(event.type()).isEqualTo("tool.called");
        assertThat(event.threadId()).isEqualTo("thr_1");
        assertThat(event.displayId()).isEqualTo(run);
        assertThat(event.runId()).isEqualTo(run);
        assertThat(event.author()).isEqualTo("Assistant/\"a\"");
        assertThat(EventData.of(event.type(), event.data())).isEqualTo(data);
        assertThat(placed.getFirst().json("thr_1")).startsWith("{\"seq\":1,\"thread_id\":\"thr_1\",\"id\":\"evt_");
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
    void who_lost_the_run_writes_nothing_and_does_not_keep_others_from_writing() {
        long thread = world.thread();
        var run = world.run(thread);
        var late = log.append(new Appending(thread, List.of(message("late")), new Hold(run, 0), null));
        var early = log.append(new Appending(thread, List.of(message("early")), new Hold(run, 2), null));
        var right = log.append(new Appending(thread, List.of(message("right")), new Hold(run, 1), null));
        var elsewhere = log.append(new Appending(world.thread(), List.of(message("x")), new Hold(run, 1), null));
        var nobody = log.append(said(thread, "somebody"));

        assertThat(places(await(right))).containsExactly(1L);
        assertThat(places(await(nobody))).containsExactly(2L);
        for (var fenced : List.of(late, early, elsewhere)) {
            Await.until("it is answered", fenced::isComplete);
            assertThat(fenced.cause()).isInstanceOf(Fenced.class);
        }
        assertThat(texts(all(log, thread))).containsExactly("right", "somebody");
    }

    @Test
    void a_run_ends_together_with_what_is_written_and_nothing_comes_behind_it() {
        long thread = world.thread();
        var run = world.run(thread);
        var hold = new Hold(run, 1);
        var first = log.append(new Appending(thread, List.of(message("1")), hold, null));
        var last = log.append(new Appending(thread, List.of(message("2")), hold, RunStatus.COMPLETED));
        var behind = log.append(new Appending(thread, List.of(message("3")), hold, null));

        assertThat(places(await(Future.all(first, last)
                        .map(both -> List.of(
                                both.<List<Logged>>resultAt(0).getFirst(),
                                both.<List<Logged>>resultAt(1).getFirst())))))
                .containsExactly(1L, 2L);
        Await.until("it is answered", behind::isComplete);
        assertThat(behind.cause()).isInstanceOf(Fenced.class);
        assertThat(world.text(
                        "select concat_ws(' ', status, ended_at is null, node, leased_until, ready_at) from"
                                + " assistants.runs where id = ?",
                        run))
                .isEqualTo("completed f");
    }

    @Test
    void a_run_that_is_given_back_can_be_taken_and_is_no_longer_held() {
        long thread = world.thread();
        var run = world.run(thread);
        await(log.append(new Appending(thread, List.of(), new Hold(run, 1), RunStatus.QUEUED)));

        assertThat(world.text(
                        "select status || ' ' || (ready_at <= now())::text from assistants.runs where id = ?", run))
                .isEqualTo("queued true");
        var late = log.append(new Appending(thread, List.of(message("late")), new Hold(run, 1), null));
        Await.until("it is answered", late::isComplete);
        assertThat(late.cause()).isInstanceOf(Fenced.class);
        assertThat(all(log, thread)).isEmpty();
    }

    @Test
    void a_thread_that_is_gone_takes_nothing_and_the_others_are_written() {
        long gone = world.thread();
        long thread = world.thread();
        world.execute("update assistants.threads set deleted_at = now() where number = " + gone);
        var refused = log.append(said(gone, "x"));
        var unknown = log.append(said(987_654, "x"));
        assertThat(places(await(log.append(said(thread, "y"))))).containsExactly(1L);
        for (var each : List.of(refused, unknown)) {
            Await.until("it is answered", each::isComplete);
            assertThat(each.cause())
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure -> assertThat(failure.status()).isEqualTo(404));
        }
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
    void parts_of_a_message_that_come_at_once_are_one_event_and_its_text_is_whole() {
        long thread = world.thread();
        var written = new ArrayList<Future<List<Logged>>>();
        for (int i = 0; i < 300; i++) {
            var id = i < 150 ? "msg_1" : "msg_2";
            written.add(log.append(new Appending(
                    thread, List.of(new Draft(new EventData.ChunkAdded(id, i + " "), null, null, "a")), null, null)));
        }
        await(Future.all(written));

        var stored = all(log, thread);
        assertThat(stored).hasSizeLessThan(300);
        assertThat(text(stored, "msg_1") + text(stored, "msg_2"))
                .isEqualTo(String.join(
                        "", IntStream.range(0, 300).mapToObj(i -> i + " ").toList()));
        assertThat(Set.copyOf(stored))
                .containsAll(written.get(0).result())
                .containsAll(written.get(299).result());
    }

    private static String text(List<Logged> events, String message) {
        return String.join(
                "",
                events.stream()
                        .map(event -> event.event("t").data())
                        .filter(data -> data.getString("message_id").equals(message))
                        .map(data -> data.getString("text"))
                        .toList());
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
