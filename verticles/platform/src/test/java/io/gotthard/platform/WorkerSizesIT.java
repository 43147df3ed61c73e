package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers that have much to say. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class WorkerSizesIT extends OnWorkers {

    private static final int PART = 30_000;
    /** Of each of the kinds of characters that take another number of bytes, or are escaped. */
    private static final String WORDS = "Grüezi \"\uD83D\uDE00\"\n";

    private static JsonObject events(TestWorker worker, JsonObject start, int n, String type, Object... data) {
        var event = object("run", start.getString("run"), "lease", start.getLong("lease"), "n", n)
                .put("type", type)
                .put("data", object(data));
        return object("type", "worker.events", "worker", worker.id(), "events", new JsonArray().add(event));
    }

    private static void sendInParts(TestWorker worker, String text) {
        for (int at = 0; at < text.length(); at += PART) {
            int to = Math.min(text.length(), at + PART);
            worker.send(object("type", "worker.part", "id", "p", "text", text.substring(at, to))
                    .put("last", to == text.length()));
        }
    }

    @Test
    void a_large_result_goes_in_parts_and_one_that_is_too_large_is_refused_by_its_number_and_the_run_goes_on() {
        var team = nodes.team();
        try (var worker = TestWorker.of(team.admin(), agentClass, 1)) {
            awaitThere(team.admin());
            var run = begin(team.admin());
            var start = worker.start();
            var id = start.getString("run");
            worker.said(start, 1, "tool.called", "call_id", id + "_c", "tool", "read", "arguments", object());
            var large = WORDS.repeat(170_000 / WORDS.length());
            var result = events(worker, start, 2, "tool.returned", "call_id", id + "_c", "ok", true, "content", large);
            sendInParts(worker, result.encode());
            worker.acknowledged(2);
            var message = events(
                    worker,
                    start,
                    3,
                    "message.created",
                    "message_id",
                    id + "_m",
                    "role",
                    "assistant",
                    "content",
                    "x".repeat(500_000));
            sendInParts(worker, message.encode());
            var refused = worker.next("worker.refused");
            assertThat(refused.getInteger("n")).isEqualTo(3);
            assertThat(refused.getJsonObject("error").getString("message")).contains("more than 256 KB");
            worker.finish(start, 4, "Shorter");
            assertThat(waited(team.admin(), run).getString("status")).isEqualTo("completed");
            var returned = events(team.admin(), run).stream()
                    .filter(event -> event.getString("type").equals("tool.returned"))
                    .toList();
            assertThat(returned)
                    .singleElement()
                    .satisfies(event -> assertThat(event.getJsonObject("data").getString("content"))
                            .isEqualTo(large));
        }
    }

    @Test
    void parts_that_come_to_nothing_are_refused_and_all_else_goes_on() {
        var team = nodes.team();
        try (var stranger = new TestWorker(team.admin().url(), team.admin().key());
                var worker = TestWorker.of(team.admin(), agentClass, 1)) {
            awaitThere(team.admin());
            stranger.send(object("type", "worker.part", "text", "{", "last", false));
            assertThat(error(stranger).getInteger("status")).isEqualTo(400);
            sendInParts(worker, "x".repeat(1_200_000));
            assertThat(error(worker).getString("code")).isEqualTo("frame_too_large");
            for (var text : new String[] {"no JSON", "{}", "[]", "{\"type\":\"worker.part\",\"text\":\"\"}"}) {
                sendInParts(worker, text);
                assertThat(error(worker).getInteger("status")).as(text).isEqualTo(400);
            }
            var run = begin(team.admin());
            worker.finish(worker.start(), 1, "Done");
            assertThat(waited(team.admin(), run).getString("status")).isEqualTo("completed");
        }
    }

    @Test
    void a_frame_that_is_too_large_closes_its_socket_and_the_run_goes_to_another_worker() {
        var team = nodes.team();
        try (var worker = TestWorker.of(team.admin(), agentClass, 1)) {
            awaitThere(team.admin());
            var run = begin(team.admin());
            var start = worker.start();
            worker.say(start, 1, "custom.reported", "name", "a", "value", "x".repeat(100_000));
            assertThat(worker.closed()).isEqualTo(4413);
            try (var heir = TestWorker.of(team.admin().at(nodes.second()), agentClass, 1)) {
                heir.finish(heir.start(), 1, "Done");
            }
            assertThat(waited(team.admin(), run).getString("status")).isEqualTo("completed");
        }
    }

    private static JsonObject error(TestWorker worker) {
        return worker.next("error").getJsonObject("error");
    }
}
