package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a run knows of a long thread. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class HistoryIT {

    private final RunsWorld world = new RunsWorld();

    @AfterEach
    void close() {
        world.close();
    }

    /** A conversation in which each message was shown in nine parts, and has so many letters. */
    private void converse(int events, int letters) {
        world.execute("""
            with events as (
                select s as seq, case when s %% 10 = 0 then 'message.created' else 'chunk.added' end as type,
                    json_build_object('message_id', 'msg_' || s, 'role', case when s %% 20 = 10 then 'user' else 'assistant' end,
                        'content', 'm' || s / 10 || repeat('x', %d), 'text', 'part') as data
                from generate_series(1, %d) s)
            insert into assistants.events (thread, seq, type, body) select %d, seq, type, json_build_object('data', data) from events
            """.formatted(letters, events, world.number()));
        world.execute(
                "update assistants.threads set last_seq = %d where number = %d".formatted(events, world.number()));
    }

    private List<JsonObject> told() {
        world.models().on("guide", asked -> asked.say("Yes.").end());
        var run = world.node().start(world.request(world.assistant("guide"), "And now?"));
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        return world.models().asked().getLast().messages();
    }

    @Test
    void a_conversation_of_thousands_of_messages_and_of_ten_times_as_many_events_is_known_from_its_beginning() {
        world.node();
        converse(50_000, 100);

        var told = told();

        // The instructions in front, and the question behind.
        assertThat(told).hasSize(5_002);
        assertThat(told.get(1).getString("content")).startsWith("m1x");
        assertThat(told.get(5_000).getString("content")).startsWith("m5000x");
        assertThat(told.getLast().getString("content")).isEqualTo("And now?");
        assertThat(world.events("error.occurred")).isEmpty();
    }

    @Test
    void of_a_conversation_that_no_model_could_read_the_end_is_known_and_the_log_says_so() {
        world.node();
        converse(1_000, 100_000);

        var told = told();

        assertThat(told.getFirst().getString("role")).isEqualTo("system");
        assertThat(told.get(1).getString("role")).isEqualTo("user");
        assertThat(told).hasSizeBetween(40, 43);
        assertThat(told.get(told.size() - 2).getString("content")).startsWith("m100x");
        assertThat(world.events("error.occurred"))
                .singleElement()
                .satisfies(event -> assertThat(event.data().getString("code")).isEqualTo("history_cut"));
    }
}
