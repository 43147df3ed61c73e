package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.gotthard.platform.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Assistants that ask assistants, runs that are cancelled, and runs that go as far as they may. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class RunTreeIT {

    private final RunsWorld world = new RunsWorld();

    @AfterEach
    void close() {
        world.close();
    }

    private static JsonObject assistant(String name) {
        return new JsonObject().put("type", "assistant").put("agent", "Assistant/" + name);
    }

    private static JsonObject message(String text) {
        return new JsonObject().put("message", text);
    }

    /** A model that asks two others at once and says what they said. */
    private void boss() {
        world.models().on("boss", asked -> {
            if (asked.isAfterTools()) {
                var said = asked.messages().stream()
                        .filter(one -> one.getString("role").equals("tool"))
                        .map(one -> one.getString("content"))
                        .toList();
                asked.say(String.join(" and ", said)).end();
            } else {
                asked.call("left", message("L")).call("right", message("R")).end();
            }
        });
    }

    @Test
    void others_work_at_the_same_time_and_their_boss_holds_nothing_meanwhile() {
        var node = world.node(2);
        Promise<Void> gate = Promise.promise();
        boss();
        for (var name : new String[] {"left", "right"}) {
            world.models().on(name, asked -> {
                asked.await(gate.future());
                asked.say(name + " of " + asked.last().getString("content")).end();
            });
            world.assistant(name);
        }
        var run = node.start(world.request(world.assistant("boss", assistant("left"), assistant("right")), "Go"));
        Await.until("both are asked", () -> world.models().asked().size() == 3);
        world.awaitStatus(run.id(), RunStatus.REQUIRES_ACTION);
        gate.complete();
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        var stopped = world.events("run.stopped").getLast().data();
        assertThat(stopped.getJsonObject("output").getString("content")).isEqualTo("left of L and right of R");
        // Two of its own and one of each.
        assertThat(stopped.getJsonObject("usage").getInteger("total_tokens")).isEqualTo(4 * 15);
        assertThat(world.events("agent.called")).hasSize(2);
        assertThat(world.events("agent.returned")).hasSize(2);
        assertThat(world.text("select count(distinct display) from assistants.runs"))
                .isEqualTo("1");
        assertThat(world.models().asked()).allMatch(asked -> asked.requestId().equals("req_1"));
    }

    @Test
    void when_the_boss_dies_those_it_asked_are_not_asked_again() {
        var first = world.node();
        boss();
        var release = new AtomicInteger();
        for (var name : new String[] {"left", "right"}) {
            world.models().on(name, asked -> {
                if (release.get() == 0) {
                    asked.hang();
                } else {
                    asked.say(name).end();
                }
            });
            world.assistant(name);
        }
        var run = first.start(world.request(world.assistant("boss", assistant("left"), assistant("right")), "Go"));
        Await.until("both are asked", () -> world.models().asked().size() == 3);
        world.awaitStatus(run.id(), RunStatus.REQUIRES_ACTION);
        release.set(1);
        world.node();
        first.kill();
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(world.events("run.created")).hasSize(3);
        assertThat(world.events("run.stopped")).hasSize(3);
    }

    @Test
    void cancelling_ends_the_whole_tree_at_once_and_nothing_is_written_after_it() {
        var node = world.node();
        boss();
        for (var name : new String[] {"left", "right"}) {
            world.models().on(name, asked -> {
                asked.say("part ");
                asked.hang();
            });
            world.assistant(name);
        }
        var run = node.start(world.request(world.assistant("boss", assistant("left"), assistant("right")), "Go"));
        world.awaitStatus(run.id(), RunStatus.REQUIRES_ACTION);
        Await.until("both say something", () -> world.events("chunk.added").size() == 2);
        node.cancel(run);
        assertThat(world.events("run.cancelled")).hasSize(3);
        Await.until("nobody works any more", () -> node.engine().working() == 0);
        assertThat(world.types()).endsWith("run.cancelled", "run.cancelled", "run.cancelled");
        assertThat(node.cancel(run).status()).isEqualTo(RunStatus.CANCELLED);
        assertThat(world.events("run.cancelled")).hasSize(3);
    }

    @Test
    void a_run_can_be_cancelled_while_it_waits_in_line_or_for_people() {
        var node = world.node(1);
        world.models()
                .on("slow", ScriptedModels.Asked::hang)
                .on(
                        "asker",
                        asked -> asked.call(
                                        "ask_human",
                                        new JsonObject()
                                                .put("question", "Well?")
                                                .put("kind", "input"))
                                .end());
        var asker = world.assistant("asker", new JsonObject().put("type", "human"));
        var waiting = node.start(world.request(asker, "Ask"));
        world.awaitStatus(waiting.id(), RunStatus.REQUIRES_ACTION);
        // It says that it waits a moment before its place is free for the next one.
        Await.until("its place is free", () -> node.engine().working() == 0);
        var slow = world.assistant("slow");
        var working = node.start(world.request(slow, "One"));
        var queued = node.start(world.request(slow, "Two"));
        assertThat(queued.status()).isEqualTo(RunStatus.QUEUED);
        for (var run : new RunRow[] {waiting, queued, working}) {
            assertThat(node.cancel(run).status()).isEqualTo(RunStatus.CANCELLED);
        }
        assertThat(world.text("select count(*) from assistants.tasks where closed_at is null"))
                .isEqualTo("0");
        Await.until("nobody works any more", () -> node.engine().working() == 0);
    }

    @Test
    void a_run_that_goes_on_and_on_is_ended_by_its_steps() {
        var node = world.node();
        world.tool("again", call -> Future.succeededFuture(new Tool.Result(true, "again")))
                .models()
                .on("loop", asked -> asked.call("again", new JsonObject()).end());
        var limits = new RunLimits(3, 5, Duration.ofMinutes(1), 0, null, 5);
        var run = node.start(world.request(world.assistant("loop", limits), "Go"));
        world.awaitStatus(run.id(), RunStatus.FAILED);
        assertThat(world.code(run.id())).isEqualTo("steps_limit");
        assertThat(world.models().asked()).hasSize(3);
        assertThat(world.effects()).extracting(RunsWorld.Effect::callId).doesNotHaveDuplicates();
    }

    @Test
    void what_others_use_counts_for_who_asked_them() {
        var node = world.node();
        world.models()
                .on("chief", asked -> asked.call("helper", message("Go")).end())
                .on("helper", asked -> asked.say("ok").end());
        world.assistant("helper");
        var limits = new RunLimits(25, 5, Duration.ofMinutes(1), 60, null, 5);
        var run = node.start(world.request(world.assistant("chief", limits, assistant("helper")), "Go"));
        world.awaitStatus(run.id(), RunStatus.FAILED);
        assertThat(world.code(run.id())).isEqualTo("tokens_limit");
        assertThat(node.find(run.id()).usage().getInteger("total_tokens")).isEqualTo(60);
    }

    @Test
    void assistants_can_not_ask_each_other_without_end() {
        var node = world.node();
        world.models().on("self", asked -> {
            if (asked.isAfterTools()) {
                asked.say("enough").end();
            } else {
                asked.call("self", message("You")).end();
            }
        });
        var limits = new RunLimits(25, 2, Duration.ofMinutes(1), 0, null, 5);
        var run = node.start(world.request(world.assistant("self", limits, assistant("self")), "Go"));
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(world.text("select max(depth) from assistants.runs")).isEqualTo("2");
        assertThat(world.text("select error ->> 'code' from assistants.runs where depth = 2"))
                .isEqualTo("depth_limit");
    }

    @Test
    void a_model_that_is_silent_for_longer_than_the_run_may_take_ends_it() {
        var node = world.node();
        world.models().on("silent", ScriptedModels.Asked::hang);
        var limits = new RunLimits(25, 5, Duration.ofSeconds(1), 0, null, 5);
        var run = node.start(world.request(world.assistant("silent", limits), "Go"));
        world.awaitStatus(run.id(), RunStatus.EXPIRED);
        assertThat(world.code(run.id())).isEqualTo("time_limit");
        Await.until("nobody works any more", () -> node.engine().working() == 0);
    }

    @Test
    void a_model_that_is_away_for_a_moment_is_asked_again_and_one_that_refuses_is_not() {
        var node = world.node();
        var times = new AtomicInteger();
        world.models()
                .on("shaky", asked -> {
                    if (times.incrementAndGet() == 1) {
                        asked.say("bro");
                        asked.fail(Failure.unavailable("away"));
                    } else {
                        asked.say("whole").end();
                    }
                })
                .on("strict", asked -> asked.fail(Failure.refused(400, "context_length_exceeded", "too long")));
        var shaky = node.start(world.request(world.assistant("shaky"), "Go"));
        world.awaitStatus(shaky.id(), RunStatus.COMPLETED);
        assertThat(world.events("message.dropped")).hasSize(1);
        assertThat(world.events("error.occurred")).hasSize(1);
        assertThat(world.models().asked().get(0).key())
                .isEqualTo(world.models().asked().get(1).key());
        var strict = node.start(world.request(world.assistant("strict"), "Go"));
        world.awaitStatus(strict.id(), RunStatus.FAILED);
        assertThat(world.code(strict.id())).isEqualTo("context_length_exceeded");
        assertThat(world.models().asked()).hasSize(3);
    }

    @Test
    void what_a_model_calls_wrongly_is_told_to_it() {
        var node = world.node();
        world.tool("fails", call -> Future.failedFuture(Failure.upstream("bad", "The server said no.")))
                .models()
                .on("clumsy", asked -> {
                    if (asked.isAfterTools()) {
                        asked.say(String.join(
                                        "|",
                                        asked.messages().stream()
                                                .filter(one ->
                                                        one.getString("role").equals("tool"))
                                                .map(one -> one.getString("content"))
                                                .toList()))
                                .end();
                    } else {
                        asked.call("unknown", new JsonObject())
                                .call("fails", new JsonObject())
                                .end();
                    }
                });
        var run = node.start(world.request(world.assistant("clumsy"), "Go"));
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(node.find(run.id()).output().getString("content"))
                .isEqualTo("There is no function 'unknown'.|The server said no.");
    }
}
