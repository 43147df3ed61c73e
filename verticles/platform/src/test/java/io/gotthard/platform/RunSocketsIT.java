package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sockets that follow a run of which they do not know the thread. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RunSocketsIT extends OnWorkers {

    private static JsonObject subscribe(String run, long after) {
        return object("type", "subscribe", "id", "r", "run", run, "after", after);
    }

    /** The types of the events that come, until it is said that there are no more. */
    private static List<String> types(EventClient client) {
        var types = new ArrayList<String>();
        for (var frame = client.next(); !frame.getString("type").equals("subscription.ended"); frame = client.next()) {
            types.add(frame.getJsonObject("event").getString("type"));
        }
        return types;
    }

    @Test
    void a_run_is_followed_on_both_nodes_to_its_end_and_from_any_place_also_later() {
        var team = nodes.team();
        try (var worker = TestWorker.of(team.admin(), agentClass, 1);
                var here = EventClient.of(team.admin());
                var there = EventClient.of(team.admin().at(nodes.second()))) {
            awaitThere(team.admin());
            var run = begin(team.admin());
            var id = run.getString("id");
            here.send(subscribe(id, 0));
            there.send(subscribe(id, 0));
            assertThat(here.next("subscribed").getString("thread")).isEqualTo(run.getString("thread_id"));
            there.next("subscribed");
            worker.finish(worker.start(), 1, "Done");
            var all = List.of("run.created", "run.started", "message.created", "run.stopped");
            assertThat(types(here)).isEqualTo(all);
            assertThat(types(there)).isEqualTo(all);
            var places = events(team.admin(), run).stream()
                    .filter(event -> id.equals(event.getString("run_id")))
                    .map(event -> event.getLong("seq"))
                    .toList();
            for (int seen = 0; seen < all.size(); seen++) {
                there.send(subscribe(id, places.get(seen)));
                there.next("subscribed");
                assertThat(types(there)).isEqualTo(all.subList(seen + 1, all.size()));
            }
        }
    }

    @Test
    void other_peoples_runs_answer_like_none_and_a_cancelled_one_ends() {
        var team = nodes.team();
        var stranger = nodes.team();
        try (var worker = TestWorker.of(team.admin(), agentClass, 1);
                var own = EventClient.of(team.admin());
                var other = EventClient.of(stranger.admin())) {
            awaitThere(team.admin());
            var run = begin(team.admin()).getString("id");
            worker.start();
            other.send(subscribe(run, 0));
            var theirs = other.next("error").getJsonObject("error");
            other.send(subscribe("run_" + "a".repeat(24), 0));
            assertThat(theirs.getInteger("status")).isEqualTo(404);
            assertThat(other.next("error").getJsonObject("error")).isEqualTo(theirs);
            own.send(subscribe(run, 0));
            own.next("subscribed");
            team.admin().post("/runs/" + run + "/cancel", null).ok();
            assertThat(types(own)).endsWith("run.cancelled");
        }
    }
}
