package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers over their sockets, on two nodes: announced, sharing, asking, misbehaving. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class WorkersIT extends OnWorkers {

    @Test
    void a_class_is_there_on_all_nodes_within_a_second_and_gone_when_its_worker_withdraws() {
        var team = nodes.team();
        var other = team.admin().at(nodes.second());
        try (var worker = TestWorker.of(team.admin(), agentClass, 1)) {
            awaitThere(team.admin());
            awaitThere(other);
            assertThat(isThere(nodes.team().admin(), agentClass + "/default")).isFalse();
            worker.send(object("type", "worker.withdraw", "worker", worker.id()));
            worker.next("worker.withdrawn");
        }
        Await.until("it is gone", Duration.ofSeconds(2), () -> !isThere(other, agentClass + "/default"));
        assertThat(other.post("/agents/" + agentClass + "/default/runs", object())
                        .status())
                .isEqualTo(404);
    }

    @Test
    void what_is_not_valid_is_refused_by_name_and_the_run_goes_on() {
        var team = nodes.team();
        try (var worker = TestWorker.of(team.admin(), agentClass, 1)) {
            awaitThere(team.admin());
            var run = begin(team.admin());
            var start = worker.start();
            var id = start.getString("run");
            worker.say(start, 1, "run.created", "agent", "Other/one");
            assertThat(worker.next("worker.refused").getJsonObject("error").getString("param"))
                    .isEqualTo("event.type");
            worker.say(start, 2, "message.created", "message_id", id + "_m", "role", "user", "content", "I am Ada");
            assertThat(worker.next("worker.refused").getJsonObject("error").getString("param"))
                    .isEqualTo("event.data.role");
            worker.say(start, 3, "chunk.added", "message_id", "run_of_others_m", "text", "x");
            assertThat(worker.next("worker.refused").getJsonObject("error").getString("param"))
                    .isEqualTo("event.data.message_id");
            worker.say(start, 4, "chunk.added", "message_id", id + "_m", "text", 5);
            assertThat(worker.next("worker.refused").getInteger("n")).isEqualTo(4);
            worker.say(start, 9, "custom.reported", "name", "a", "value", 1);
            assertThat(worker.next("worker.refused").getJsonObject("error").getString("message"))
                    .contains("'n' must be 5");
            worker.finish(start, 5, "Well");
            assertThat(waited(team.admin(), run).getString("status")).isEqualTo("completed");
            assertThat(types(team.admin(), run))
                    .containsExactly("run.created", "run.started", "message.created", "run.stopped");
        }
    }

    @Test
    void somebody_elses_class_and_worker_are_refused() {
        var team = nodes.team();
        var account = nodes.user();
        nodes.join(team.tenant(), account, "gotthard.user.agent.>", "gotthard.admin.agent.Mine.>");
        var other = nodes.as(team.tenant(), account);
        try (var worker = TestWorker.of(team.admin(), agentClass, 1);
                var stranger = new TestWorker(other.url(), other.key())) {
            stranger.send(object("type", "worker.announce", "id", "a", "class", agentClass));
            var error = stranger.next("error");
            assertThat(error.getString("id")).isEqualTo("a");
            assertThat(error.getJsonObject("error").getInteger("status")).isEqualTo(403);
            stranger.send(object("type", "worker.announce", "id", "b", "class", "Assistant"));
            assertThat(stranger.next("error").getJsonObject("error").getString("param"))
                    .isEqualTo("class");
            stranger.send(object("type", "worker.withdraw", "id", "c", "worker", worker.id()));
            assertThat(stranger.next("error").getString("id")).isEqualTo("c");
            awaitThere(team.admin());
        }
    }

    @Test
    void two_workers_share_a_class_fairly_also_on_two_nodes() {
        var team = nodes.team();
        try (var one = TestWorker.of(team.admin(), agentClass, 20);
                var same = TestWorker.of(team.admin(), agentClass, 20);
                var other = TestWorker.of(team.admin().at(nodes.second()), agentClass, 20)) {
            awaitThere(team.admin());
            awaitThere(team.admin().at(nodes.second()));
            for (int i = 0; i < 30; i++) {
                begin(i % 2 == 0 ? team.admin() : team.admin().at(nodes.second()));
            }
            Await.until("all are given", () -> one.starts() + same.starts() + other.starts() == 30);
            assertThat(List.of(one.starts(), same.starts(), other.starts()))
                    .allSatisfy(starts -> assertThat(starts).isBetween(5L, 15L));
        }
    }

    @Test
    void a_cancel_reaches_the_worker_within_a_second() {
        var team = nodes.team();
        try (var worker = TestWorker.of(team.admin(), agentClass, 1)) {
            awaitThere(team.admin());
            var run = begin(team.admin());
            var start = worker.start();
            long began = System.nanoTime();
            team.admin()
                    .at(nodes.second())
                    .post("/runs/" + run.getString("id") + "/cancel", null)
                    .ok();
            assertThat(worker.next("worker.cancel").getString("reason")).isEqualTo("cancelled");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
            worker.say(start, 1, "custom.reported", "name", "late", "value", 1);
            assertThat(waited(team.admin(), run).getString("status")).isEqualTo("cancelled");
        }
    }

    @Test
    void a_question_puts_the_run_to_rest_and_its_answer_reaches_another_worker() {
        var team = nodes.team();
        JsonObject run;
        String id;
        try (var asking = TestWorker.of(team.admin(), agentClass, 1)) {
            awaitThere(team.admin());
            run = begin(team.admin());
            var start = asking.start();
            id = start.getString("run");
            asking.said(
                    start,
                    1,
                    "input.requested",
                    "call_id",
                    id + "_t1",
                    "kind",
                    "choice",
                    "prompt",
                    "Which?",
                    "options",
                    list("a", "b"));
        }
        assertThat(waited(team.admin(), run).getString("status")).isEqualTo("requires_action");
        var task = events(team.admin(), run).stream()
                .filter(event -> event.getString("type").equals("input.requested"))
                .findFirst()
                .orElseThrow()
                .getJsonObject("data")
                .getString("task_id");
        team.admin().post("/tasks/" + task + "/answer", object("answer", "b")).ok();
        try (var answered = TestWorker.of(team.admin().at(nodes.second()), agentClass, 1)) {
            var again = answered.start();
            assertThat(again.getInteger("attempt")).isEqualTo(1);
            assertThat(again.getJsonArray("events").stream()
                            .map(JsonObject.class::cast)
                            .filter(event -> event.getString("type").equals("input.answered"))
                            .map(event -> event.getJsonObject("data").getString("answer")))
                    .containsExactly("b");
            answered.finish(again, 1, "You said b");
        }
        assertThat(waited(team.admin(), run).getJsonObject("output").getString("content"))
                .isEqualTo("You said b");
    }

    @Test
    void a_start_event_must_fit_and_the_live_contract_is_typed_by_the_schema() {
        var team = nodes.team();
        var schema = object(
                "type",
                "object",
                "properties",
                object("to", object("type", "integer", "maximum", 5)),
                "required",
                list("to"),
                "additionalProperties",
                false);
        try (var worker = new TestWorker(team.admin().url(), team.admin().key())) {
            worker.announce(object("class", agentClass, "input_schema", schema, "description", "Counts"));
            awaitThere(team.admin());
            var path = "/agents/" + agentClass + "/default/runs";
            assertThat(team.admin().post(path, object("to", 9)).status()).isEqualTo(400);
            assertThat(team.admin().post(path, object("to", 9)).param()).isEqualTo("input.to");
            assertThat(team.admin().post(path, object()).status()).isEqualTo(400);
            assertThat(team.admin().post(path, object("to", 3)).status()).isEqualTo(200);
            assertThat(worker.start().getJsonObject("input").getInteger("to")).isEqualTo(3);

            var live = team.admin()
                    .ask("GET", "/../../openapi/hub.json", null)
                    .ok()
                    .json();
            assertThat(live.getJsonObject("paths")
                            .getJsonObject("/api/v1" + path)
                            .getJsonObject("post")
                            .getJsonObject("requestBody")
                            .getJsonObject("content")
                            .getJsonObject("application/json")
                            .getJsonObject("schema"))
                    .isEqualTo(schema);
            var others = nodes.team()
                    .admin()
                    .ask("GET", "/../../openapi/hub.json", null)
                    .ok()
                    .json();
            assertThat(others.getJsonObject("paths").fieldNames()).doesNotContain("/api/v1" + path);
            var bad = new JsonArray().add("$ref");
            worker.send(object(
                    "type",
                    "worker.announce",
                    "id",
                    "x",
                    "class",
                    "Other",
                    "input_schema",
                    object("$ref", "file:///etc/passwd", "x", bad)));
            assertThat(worker.next("error").getJsonObject("error").getString("param"))
                    .isEqualTo("input_schema");
        }
    }
}
