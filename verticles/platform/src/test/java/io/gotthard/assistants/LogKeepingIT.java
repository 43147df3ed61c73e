package io.gotthard.assistants;

import static io.gotthard.assistants.TestLog.BOUNDS;
import static io.gotthard.assistants.TestLog.all;
import static io.gotthard.assistants.TestLog.await;
import static io.gotthard.assistants.TestLog.burst;
import static io.gotthard.assistants.TestLog.places;
import static io.gotthard.assistants.TestLog.said;
import static io.gotthard.assistants.TestLog.upTo;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.EventData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes, and what is taken along. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LogKeepingIT {

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
    void old_events_go_and_a_reader_behind_begins_at_the_first_that_is_left() {
        var keeper = world.open(BOUNDS, Duration.ofHours(1));
        long thread = world.thread();
        long busy = world.thread();
        var run = world.run(busy);
        await(burst(log, busy, 0, 5));
        await(log.append(new Appending(
                busy,
                List.of(new Draft(new EventData.RunCreated("Assistant/a", 1, null, null), run, run, "u")),
                null,
                null)));
        await(burst(log, thread, 0, 5000));
        world.execute("update assistants.threads set created_at = now() - interval '1 day';"
                + " update assistants.events set added_at = now() - interval '2 hours' where seq <= 4990");
        await(keeper.sweep());

        assertThat(places(all(log, thread))).first().isEqualTo(4991L);
        assertThat(places(await(log.follow(thread, 7, new Filter(null, Set.of("message.*")))
                        .next())))
                .first()
                .isEqualTo(4991L);
        assertThat(world.number("select first_seq from assistants.threads where number = ?", thread))
                .isEqualTo(4991);
        assertThat(places(all(log, busy)))
                .as("a run that goes on keeps what it has")
                .containsExactly(6L);
        assertThat(places(await(log.append(said(thread, "on"))))).containsExactly(5001L);
    }

    @Test
    void a_deleted_thread_goes_with_all_its_events() {
        long thread = world.thread();
        long stays = world.thread();
        world.run(thread);
        await(burst(log, thread, 0, 5000));
        await(log.append(said(stays, "x")));
        world.execute("update assistants.threads set deleted_at = now() where number = " + thread);
        await(log.sweep());

        assertThat(world.number("select count(*) from assistants.events")).isEqualTo(1);
        assertThat(world.number("select count(*) from assistants.threads")).isEqualTo(1);
        assertThat(world.number("select count(*) from assistants.runs")).isZero();
    }

    @Test
    void an_export_ends_where_the_log_ended_when_it_began() {
        long thread = world.thread();
        await(burst(log, thread, 0, 1200));
        var export = log.export(thread);
        var read = new ArrayList<>(await(export.next()));
        await(burst(log, thread, 1200, 2000));
        for (var page = await(export.next()); !page.isEmpty(); page = await(export.next())) {
            read.addAll(page);
        }
        assertThat(places(read)).isEqualTo(upTo(1200));
    }
}
