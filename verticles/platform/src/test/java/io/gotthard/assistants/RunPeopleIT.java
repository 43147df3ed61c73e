package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.assistants.ScriptedModels.Asked;
import io.gotthard.contracts.Failure;
import io.gotthard.platform.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs that ask people and their callers' functions, wait without holding anything, and go on at whichever node is there then. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class RunPeopleIT {

    private static final JsonObject HUMAN = new JsonObject().put("type", "human");

    private final RunsWorld world = new RunsWorld();

    @AfterEach
    void close() {
        world.close();
    }

    private static JsonObject asks(String kind, String... options) {
        return new JsonObject()
                .put("question", "Well?")
                .put("kind", kind)
                .put("options", new JsonArray(List.of(options)));
    }

    /** Calls once, and then repeats what came back. */
    private static void callsOnce(Asked asked, String name, JsonObject arguments) {
        if (asked.isAfterTools()) {
            asked.say(asked.last().getString("content"));
        } else {
            asked.call(name, arguments);
        }
        asked.end();
    }

    private String task() {
        return world.text("select id from assistants.tasks where closed_at is null");
    }

    private String content() {
        return world.events("run.stopped")
                .getFirst()
                .data()
                .getJsonObject("output")
                .getString("content");
    }

    @Test
    void a_question_outlives_all_nodes_and_its_answer_is_what_the_model_is_told() {
        var first = world.node();
        world.models().on("asker", asked -> callsOnce(asked, "ask_human", asks("input")));
        var run = first.start(world.request(world.assistant("asker", HUMAN), "Ask"));
        world.awaitStatus(run.id(), RunStatus.REQUIRES_ACTION);
        Await.until("nothing is held", () -> first.engine().working() == 0);
        assertThat(world.text("select node from assistants.runs")).isNull();
        assertThat(world.text("select deadline from assistants.runs")).isNull();
        first.close();
        var second = world.node();
        second.answer(task(), "Blue");
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(content()).isEqualTo("Blue");
        assertThat(world.models().asked()).hasSize(2);
        assertThat(world.types())
                .containsSubsequence(
                        "input.requested",
                        "run.waiting",
                        "input.answered",
                        "tool.returned",
                        "message.created",
                        "run.stopped");
    }

    @Test
    void of_two_answers_one_counts_and_what_is_no_answer_is_refused() {
        var node = world.node();
        world.models().on("asker", asked -> callsOnce(asked, "ask_human", asks("choice", "red", "blue")));
        var run = node.start(world.request(world.assistant("asker", HUMAN), "Ask"));
        world.awaitStatus(run.id(), RunStatus.REQUIRES_ACTION);
        var task = task();
        assertThatThrownBy(() -> node.answer(task, "green"))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(400));
        node.answer(task, "red");
        assertThatThrownBy(() -> node.answer(task, "blue"))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(409));
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(content()).isEqualTo("red");
    }

    @Test
    void a_dangerous_tool_is_called_when_a_person_agrees_and_not_before() {
        var node = world.node();
        world.dangerous("wipe").models().on("careful", asked -> callsOnce(asked, "wipe", new JsonObject()));
        var agent = world.assistant("careful");
        var run = node.start(world.request(agent, "Wipe"));
        world.awaitStatus(run.id(), RunStatus.REQUIRES_ACTION);
        assertThat(world.effects()).isEmpty();
        node.answer(task(), true);
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(world.effects()).hasSize(1);
        var refused = node.start(world.request(agent, "Wipe again"));
        world.awaitStatus(refused.id(), RunStatus.REQUIRES_ACTION);
        node.answer(task(), false);
        world.awaitStatus(refused.id(), RunStatus.COMPLETED);
        assertThat(world.effects()).hasSize(1);
    }

    @Test
    void the_next_chat_message_of_a_thread_is_the_answer() {
        var node = world.node();
        world.models().on("asker", asked -> callsOnce(asked, "ask_human", asks("confirmation")));
        var run = node.start(world.request(world.assistant("asker", HUMAN), "Ask"));
        world.awaitStatus(run.id(), RunStatus.REQUIRES_ACTION);
        assertThat(node.<RunRow>on(() -> node.runs()
                        .answerByMessage(world.number(), RunNode.ADA, "What?")
                        .await()))
                .isNull();
        assertThat(node.<RunRow>on(() -> node.runs()
                                .answerByMessage(world.number(), RunNode.ADA, " Yes ")
                                .await())
                        .id())
                .isEqualTo(run.id());
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(content()).isEqualTo("true");
    }

    @Test
    void the_callers_functions_are_waited_for_and_their_outputs_count_once() {
        var node = world.node();
        world.models().on("plain", asked -> {
            if (asked.isAfterTools()) {
                asked.say("It is " + asked.last().getString("content")).end();
            } else {
                asked.call("weather", new JsonObject().put("place", "Rome"))
                        .call("weather", new JsonObject().put("place", "Oslo"))
                        .end();
            }
        });
        var weather = new JsonObject().put("type", "function").put("function", new JsonObject().put("name", "weather"));
        var run = node.start(world.request(world.assistant("plain"), "Weather?")
                .with(List.of(weather), new JsonObject().put("temperature", 0)));
        world.awaitStatus(run.id(), RunStatus.REQUIRES_ACTION);
        var action = node.<JsonObject>on(() -> node.runs().requiredAction(run).await());
        var calls = action.getJsonObject("submit_tool_outputs").getJsonArray("tool_calls");
        assertThat(calls).hasSize(2);
        assertThat(world.models().asked().getFirst().body().getInteger("temperature"))
                .isZero();
        submit(node, run, calls.getJsonObject(0).getString("id"), "warm");
        assertThat(world.status(run.id())).isEqualTo("requires_action");
        assertThatThrownBy(() -> submit(node, run, calls.getJsonObject(0).getString("id"), "hot"))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(409));
        assertThatThrownBy(() -> submit(node, run, "call_of_another", "hot"))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(400));
        submit(node, run, calls.getJsonObject(1).getString("id"), "cold");
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(content()).isEqualTo("It is cold");
    }

    private static void submit(RunNode node, RunRow run, String call, String output) {
        var outputs =
                new JsonArray().add(new JsonObject().put("tool_call_id", call).put("output", output));
        node.<RunRow>on(() -> node.runs().submit(run, "usr_ada", outputs).await());
    }

    @Test
    void a_question_that_nobody_answers_in_time_is_told_to_the_model() {
        var node = world.node();
        world.models().on("asker", asked -> callsOnce(asked, "ask_human", asks("input")));
        var run = node.start(world.request(world.assistant("asker", HUMAN.copy().put("expires_seconds", 1)), "Ask"));
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(content()).isEqualTo("Nobody answered in time.");
    }

    @Test
    void the_time_of_a_run_stands_still_while_it_waits_for_people() {
        var node = world.node();
        var limits = new RunLimits(25, 5, Duration.ofSeconds(2), 0, null, 5);
        world.models().on("asker", asked -> callsOnce(asked, "ask_human", asks("input")));
        var run = node.start(world.request(world.assistant("asker", limits, HUMAN), "Ask"));
        world.awaitStatus(run.id(), RunStatus.REQUIRES_ACTION);
        // It began long ago.
        world.execute(
                "update assistants.runs set created_at = now() - interval '3 weeks', started_at = now() - interval '3"
                        + " weeks'");
        assertThat(Long.parseLong(world.text("select left_ms from assistants.runs")))
                .isBetween(1L, 2_000L);
        node.answer(task(), "Blue");
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
    }
}
