package io.gotthard.assistants;

import static io.gotthard.assistants.TestLog.await;
import static io.gotthard.assistants.TestLog.places;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events of some types in a long log: what finding them costs does not depend on how long it is. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LogTypesIT {

    private static final int EVENTS = 150_000;

    private TestLog world;
    private EventLog log;
    private long thread;

    /** A log of messages and their parts, in which a run begins at 149,000 and somebody thinks at 140,000. */
    @BeforeEach
    void fill() throws Exception {
        world = new TestLog();
        log = world.open();
        thread = world.thread();
        world.execute("""
            insert into assistants.events (thread, seq, type, body)
            select %d, s, case when s = 149000 then 'run.started' when s = 140000 then 'thought.added'
                when s %% 2 = 0 then 'message.created' else 'chunk.added' end, '{}' from generate_series(1, %d) s;
            update assistants.threads set last_seq = %d where number = %d;
            """.formatted(thread, EVENTS, EVENTS, thread));
        world.execute("analyze assistants.events");
    }

    @AfterEach
    void close() throws Exception {
        world.close();
    }

    private static Filter types(String... types) {
        return new Filter(null, Set.of(types));
    }

    @Test
    void a_rare_event_is_found_at_the_first_look_and_that_there_are_no_more_is_known_then() {
        for (var filter : new Filter[] {types("run.started"), types("run.*", "tool.called")}) {
            var page = await(log.look(thread, 0, 100, filter));
            assertThat(places(page.events())).containsExactly(149_000L);
            assertThat(page.place()).isEqualTo(page.last()).isEqualTo(EVENTS);
        }
        assertThat(await(log.look(thread, 0, 100, types("input.requested"))).place())
                .isEqualTo(EVENTS);
        assertThat(await(log.look(thread, 0, 100, types("nobody.knows"))).place())
                .isEqualTo(EVENTS);
    }

    @Test
    void events_of_several_types_come_in_order_and_are_paged_without_gaps() {
        var filter = types("run.*", "message.created");
        var page = await(log.look(thread, 148_990, 4, filter));
        assertThat(places(page.events())).containsExactly(148_992L, 148_994L, 148_996L, 148_998L);
        assertThat(page.place()).isEqualTo(148_998);
        assertThat(places(await(log.look(thread, page.place(), 3, filter)).events()))
                .containsExactly(149_000L, 149_002L, 149_004L);
    }

    @Test
    void what_is_read_for_a_page_is_no_more_than_what_is_on_it() {
        world.execute("prepare typed (bigint, bigint, int, text[], bigint) as " + LogReader.TYPED);
        for (var types : new String[] {"run.started", "message.created,run.started,run.failed", "input.requested"}) {
            var plan = new JsonArray(world.text(
                            "explain (analyze, buffers, format json) execute typed(%d, 0, 100, '{%s}', 2000000)"
                                    .formatted(thread, types)))
                    .getJsonObject(0)
                    .getJsonObject("Plan");
            assertThat(plan.getLong("Shared Hit Blocks") + plan.getLong("Shared Read Blocks"))
                    .as(types + "\n" + plan.encodePrettily())
                    .isLessThan(100);
        }
    }

    @Test
    void what_is_most_of_a_log_is_looked_for_in_steps_of_one_cost() {
        var page = await(log.look(thread, 0, 100, types("thought.*")));
        assertThat(page.events()).isEmpty();
        assertThat(page.place()).isPositive().isLessThan(EVENTS);
        assertThat(places(await(log.read(thread, 0, 100, types("thought.*"))))).containsExactly(140_000L);
    }
}
