package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers that are killed, fall silent, or lose their connection. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class WorkersLostIT extends OnWorkers {

    @Test
    void who_was_killed_is_gone_within_five_seconds_and_another_finishes_its_run_without_doubling_anything() {
        var team = nodes.team();
        var first = TestWorker.of(team.admin(), agentClass, 1);
        awaitThere(team.admin());
        var run = begin(team.admin());
        var start = first.start();
        var id = start.getString("run");
        first.say(start, 1, "tool.called", "call_id", id + "_c1", "tool", "look", "arguments", object());
        first.say(start, 2, "tool.returned", "call_id", id + "_c1", "ok", true, "content", "seen");
        first.said(start, 3, "chunk.added", "message_id", id + "_m1", "text", "Hel");
        first.kill();
        Await.until("it is gone", Duration.ofSeconds(5), () -> !isThere(team.admin(), agentClass + "/default"));

        try (var second = TestWorker.of(team.admin().at(nodes.second()), agentClass, 1)) {
            var again = second.start();
            assertThat(again.getString("run")).isEqualTo(id);
            assertThat(again.getInteger("attempt")).isEqualTo(2);
            assertThat(again.getLong("lease")).isGreaterThan(start.getLong("lease"));
            assertThat(again.getJsonArray("events"))
                    .extracting(event -> ((JsonObject) event).getString("type"))
                    .contains("tool.called", "tool.returned");
            second.say(again, 1, "tool.called", "call_id", id + "_c1", "tool", "look", "arguments", object());
            second.say(again, 2, "tool.returned", "call_id", id + "_c1", "ok", true, "content", "seen");
            second.finish(again, 3, "Hello");
        }
        assertThat(waited(team.admin(), run).getString("status")).isEqualTo("completed");
        assertThat(types(team.admin(), run))
                .containsExactly(
                        "run.created",
                        "run.started",
                        "tool.called",
                        "tool.returned",
                        "chunk.added",
                        "message.dropped",
                        "run.started",
                        "message.created",
                        "run.stopped");
    }

    @Test
    void who_falls_silent_loses_its_runs_and_what_it_says_of_them_later_does_not_count() {
        var team = nodes.team();
        try (var silent = TestWorker.of(team.admin(), agentClass, 1)) {
            awaitThere(team.admin());
            var run = begin(team.admin());
            var start = silent.start();
            try (var other = TestWorker.of(team.admin().at(nodes.second()), agentClass, 1)) {
                silent.fallSilent();
                other.finish(other.start(), 1, "Done");
            }
            assertThat(waited(team.admin(), run).getString("status")).isEqualTo("completed");
            silent.say(start, 1, "custom.reported", "name", "late", "value", 1);
            assertThat(types(team.admin(), run)).doesNotContain("custom.reported");
        }
    }

    @Test
    void a_lost_connection_that_comes_back_goes_on_and_what_is_sent_again_is_taken_once() {
        var team = nodes.team();
        var before = TestWorker.of(team.admin(), agentClass, 1);
        awaitThere(team.admin());
        var run = begin(team.admin());
        var start = before.start();
        before.said(start, 1, "custom.reported", "name", "a", "value", 1);
        before.kill();
        try (var after = new TestWorker(team.admin().url(), team.admin().key())) {
            var announced = after.announce(object(
                    "class",
                    agentClass,
                    "resume",
                    before.id(),
                    "runs",
                    list(object("run", start.getString("run"), "lease", start.getLong("lease")))));
            assertThat(announced.getBoolean("resumed")).isTrue();
            after.say(start, 1, "custom.reported", "name", "a", "value", 1);
            after.say(start, 2, "custom.reported", "name", "b", "value", 2);
            after.said(start, 3, "run.stopped", "finish_reason", "stop");
        }
        assertThat(waited(team.admin(), run).getInteger("attempt")).isEqualTo(1);
        assertThat(types(team.admin(), run))
                .containsExactly("run.created", "run.started", "custom.reported", "custom.reported", "run.stopped");
    }
}
