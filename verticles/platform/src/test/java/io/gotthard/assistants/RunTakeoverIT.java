package io.gotthard.assistants;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.assistants.RunsWorld.Seen;
import io.gotthard.platform.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker is lost, paused or stopped at every point of a run, and another one goes on. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class RunTakeoverIT {

    private final RunsWorld world = new RunsWorld();

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void a_run_says_what_its_model_says_and_ends() {
        var node = world.node();
        world.models().on("plain", asked -> {
            asked.think("hm");
            asked.say("Hel").say("lo").end();
        });
        var run = node.start(world.request(world.assistant("plain"), "Hi"));
        assertThat(run.status()).isEqualTo(RunStatus.IN_PROGRESS);
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(world.types())
                .startsWith("run.created", "message.created", "run.started", "thought.added", "chunk.added")
                .endsWith("usage.recorded", "message.created", "run.stopped");
        assertThat(world.events("run.stopped")
                        .getFirst()
                        .data()
                        .getJsonObject("usage")
                        .getInteger("total_tokens"))
                .isEqualTo(15);
        var asked = world.models().asked().getFirst();
        assertThat(asked.messages())
                .extracting(message -> message.getString("content"))
                .containsExactly("You are plain.", "Hi");
        assertThat(asked.requestId()).isEqualTo("req_1");
        assertThat(asked.key()).startsWith(run.id() + ":1:");
    }

    @Test
    void the_next_run_of_a_thread_knows_what_was_said_and_called_before() {
        var node = world.node();
        var agent = world.assistant("memory");
        world.tool("look", call -> Future.succeededFuture(new Tool.Result(true, "seen")));
        world.models().on("memory", asked -> {
            if (asked.messages().size() == 2) {
                asked.call("look", new JsonObject());
            } else {
                asked.say("message " + asked.messages().size());
            }
            asked.end();
        });
        world.awaitStatus(node.start(world.request(agent, "One")).id(), RunStatus.COMPLETED);
        world.awaitStatus(node.start(world.request(agent, "Two")).id(), RunStatus.COMPLETED);
        assertThat(world.models().asked().getLast().messages())
                .extracting(message -> message.getString("role"))
                .containsExactly("system", "user", "assistant", "tool", "assistant", "user");
    }

    @Test
    void when_a_worker_dies_in_the_middle_of_a_message_another_one_writes_it_anew_with_the_same_key() {
        var first = world.node();
        var times = new AtomicInteger();
        world.models().on("long", asked -> {
            asked.say("Once upon ");
            if (times.incrementAndGet() == 1) {
                asked.hang();
            } else {
                asked.say("a time").end();
            }
        });
        var run = first.start(world.request(world.assistant("long"), "A story"));
        Await.until("a chunk", () -> !world.events("chunk.added").isEmpty());
        var second = world.node();
        first.kill();
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        var asked = world.models().asked();
        assertThat(asked).hasSize(2);
        assertThat(asked.get(1).key()).isEqualTo(asked.get(0).key());
        assertThat(asked.get(1).body()).isEqualTo(asked.get(0).body());
        var broken = world.events("chunk.added").getFirst().data().getString("message_id");
        assertThat(world.events("message.dropped"))
                .extracting(event -> event.data().getString("message_id"))
                .containsExactly(broken);
        assertThat(world.events("run.started"))
                .extracting(event -> event.data().getInteger("attempt"))
                .containsExactly(1, 2);
        assertThat(world.events("run.stopped")).hasSize(1);
        assertThat(world.events("message.created").getLast().data().getString("message_id"))
                .isNotEqualTo(broken);
        assertThat(second.find(run.id()).usage().getInteger("steps")).isEqualTo(1);
    }

    @Test
    void what_a_lost_worker_has_written_down_is_not_asked_for_again() {
        var node = world.node();
        world.models().on("plain", asked -> asked.say("Hello").end());
        var run = node.start(world.request(world.assistant("plain"), "Hi"));
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        loseBehindLastMessage();
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(world.models().asked()).hasSize(1);
        assertThat(world.events("run.stopped")).hasSize(1);
        assertThat(world.events("message.created")).hasSize(2);
        var found = node.find(run.id());
        assertThat(found.output().getString("content")).isEqualTo("Hello");
        assertThat(found.usage().getInteger("total_tokens")).isEqualTo(15);
    }

    /** As if the worker of the one run there is had been lost before it could end it. */
    private void loseBehindLastMessage() {
        world.execute("delete from assistants.events where type = 'run.stopped'");
        world.execute("update assistants.threads set last_seq = last_seq - 1");
        world.execute("delete from assistants.run_steps");
        world.execute("update assistants.runs set status = 'in_progress', leased_until = now() - interval '1 s', lease"
                + " = lease + 1, deadline = now() + interval '1 minute', output = null, ended_at = null, steps = 0,"
                + " prompt_tokens = 0, completion_tokens = 0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop", "length", "content_filter"})
    void who_takes_a_run_behind_its_last_message_knows_why_the_model_ended(String reason) {
        var node = world.node();
        world.models().on("plain", asked -> asked.say("Hel").end(reason));
        var run = node.start(world.request(world.assistant("plain"), "Hi"));
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        loseBehindLastMessage();
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(world.events("run.stopped").getFirst().data().getString("finish_reason"))
                .isEqualTo(reason);
        assertThat(node.find(run.id()).output().getString("finish_reason")).isEqualTo(reason);
        assertThat(world.models().asked()).hasSize(1);
    }

    @Test
    void when_a_worker_dies_while_tools_work_those_that_are_done_are_not_called_again() {
        var first = world.node();
        Promise<Tool.Result> never = Promise.promise();
        var slow = new AtomicInteger();
        world.tool("quick", call -> Future.succeededFuture(new Tool.Result(true, "quick")))
                .tool(
                        "slow",
                        call -> slow.incrementAndGet() == 1
                                ? never.future()
                                : Future.succeededFuture(new Tool.Result(true, "slow")));
        world.models().on("worker", asked -> {
            if (asked.isAfterTools()) {
                asked.say("done");
            } else {
                asked.call("quick", new JsonObject().put("a", 1)).call("slow", new JsonObject());
            }
            asked.end();
        });
        var run = first.start(world.request(world.assistant("worker"), "Work"));
        Await.until("one is done", () -> world.events("tool.returned").size() == 1);
        world.node();
        first.kill();
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(world.effects()).hasSize(3);
        var ids = new HashSet<String>();
        world.effects().forEach(effect -> ids.add(effect.callId()));
        assertThat(ids).hasSize(2);
        assertThat(world.events("tool.called")).hasSize(2);
        assertThat(world.events("tool.returned")).hasSize(2);
        assertThat(world.models().asked()).hasSize(2);
        assertThat(world.models().asked().getLast().messages())
                .filteredOn(message -> message.getString("role").equals("tool"))
                .extracting(message -> message.getString("content"))
                .containsExactly("quick", "slow");
    }

    @Test
    void who_was_paused_while_another_took_its_run_writes_nothing_more() {
        var first = world.node();
        Promise<Void> pause = Promise.promise();
        var times = new AtomicInteger();
        world.models().on("paused", asked -> {
            asked.say("mine ");
            if (times.incrementAndGet() == 1) {
                pause.future().await();
            }
            asked.say("all mine").end();
        });
        var run = first.start(world.request(world.assistant("paused"), "Go"));
        Await.until("a chunk", () -> !world.events("chunk.added").isEmpty());
        // Silent for so long that others believe it dead, and does not know it yet.
        world.execute("update assistants.runs set leased_until = now() - interval '1 s', lease = lease + 1,"
                + " status = 'queued', node = null where id = '" + run.id() + "'");
        pause.complete();
        world.node();
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        Await.until("the first has let go", () -> first.engine().working() == 0);
        assertThat(world.events("run.stopped")).hasSize(1);
        assertThat(world.events("message.created")).hasSize(2);
        assertThat(world.events("usage.recorded")).hasSize(1);
        assertThat(world.text("select count(*) from assistants.run_steps")).isEqualTo("1");
    }

    @Test
    void a_node_that_stops_hands_over_at_once_and_that_is_no_attempt() {
        var first = world.node();
        var times = new AtomicInteger();
        world.models().on("handed", asked -> {
            asked.say("part ");
            if (times.incrementAndGet() == 1) {
                asked.hang();
            } else {
                asked.say("whole").end();
            }
        });
        var run = first.start(world.request(world.assistant("handed"), "Go"));
        Await.until("a chunk", () -> !world.events("chunk.added").isEmpty());
        var second = world.node();
        first.close();
        world.awaitStatus(run.id(), RunStatus.COMPLETED);
        assertThat(second.find(run.id()).attempt()).isEqualTo(1);
        assertThat(world.events("run.started")).hasSize(1);
        assertThat(world.events("message.dropped")).hasSize(1);
    }

    @Test
    void what_a_full_node_can_not_take_another_one_does() {
        var full = world.node(1);
        Promise<Void> gate = Promise.promise();
        world.models().on("busy", asked -> {
            asked.await(gate.future());
            asked.say("done").end();
        });
        var agent = world.assistant("busy");
        full.start(world.request(agent, "One"));
        var waiting = full.start(world.request(agent, "Two"));
        assertThat(waiting.status()).isEqualTo(RunStatus.QUEUED);
        world.node(1);
        Await.until("both are worked on", () -> world.models().asked().size() == 2);
        gate.complete();
        world.awaitStatus(waiting.id(), RunStatus.COMPLETED);
        assertThat(world.events("run.created")).extracting(Seen::run).hasSize(2);
    }

    @Test
    void a_run_that_loses_all_its_workers_is_given_up() {
        var limits = new RunLimits(25, 5, Duration.ofMinutes(1), 0, null, 1);
        world.models().on("poison", ScriptedModels.Asked::hang);
        var node = world.node();
        var run = node.start(world.request(world.assistant("poison", limits), "Die"));
        Await.until("asked", () -> world.models().asked().size() == 1);
        node.kill();
        node = world.node();
        Await.until("asked again", () -> world.models().asked().size() == 2);
        node.kill();
        world.node();
        world.awaitStatus(run.id(), RunStatus.FAILED);
        assertThat(world.code(run.id())).isEqualTo("attempts_limit");
    }

    @Test
    void who_may_no_longer_act_does_not_by_a_run_that_waited() {
        var first = world.node();
        world.models().on("held", ScriptedModels.Asked::hang);
        var run = first.start(world.request(world.assistant("held"), "Go"));
        Await.until("asked", () -> world.models().asked().size() == 1);
        world.revoke();
        first.kill();
        world.node();
        world.awaitStatus(run.id(), RunStatus.FAILED);
        assertThat(world.code(run.id())).isEqualTo("not_allowed");
        assertThat(world.models().asked()).hasSize(1);
    }
}
