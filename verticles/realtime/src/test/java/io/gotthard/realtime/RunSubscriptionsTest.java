package io.gotthard.realtime;

import static io.gotthard.realtime.SubscriptionsTest.places;
import static io.gotthard.realtime.SubscriptionsTest.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Subscriptions that name a run, and no thread. */
class RunSubscriptionsTest {

    private static final String THREAD = "thr_1";
    private RealtimeServer server;

    @BeforeEach
    void start() {
        server = new RealtimeServer(RealtimeServer.USUAL);
        server.log.member(THREAD, "ada");
        server.log.append(THREAD, 10, "run_before", "chunk.added", "x");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void append(int count, String run, String type) {
        server.log.append(THREAD, count, run, type, "x");
    }

    private static JsonObject subscribe(String id, String run) {
        return new JsonObject().put("type", "subscribe").put("id", id).put("run", run);
    }

    private static void assertEnded(TestClient client, long after) {
        var ended = client.next("subscription.ended");
        assertThat(ended.getString("id")).isEqualTo("r");
        assertThat(ended.getLong("after")).isEqualTo(after);
        assertThat(ended.getMap()).containsEntry("error", null);
    }

    @Test
    void a_run_is_followed_from_its_first_event_to_its_last_wherever_it_is() {
        append(5, "run_a", "chunk.added");
        append(3, "run_b", "chunk.added");
        var client = TestClient.as(server, "ada");
        client.send(subscribe("r", "run_a"));
        assertThat(client.next("subscribed").getString("thread")).isEqualTo(THREAD);
        assertThat(client.places(5)).isEqualTo(places(11, 15));
        append(2, "run_a", "chunk.added");
        append(1, "run_b", "run.stopped");
        append(1, "run_a", "run.failed");
        append(1, "run_a", "chunk.added");
        assertThat(client.places(3)).containsExactly(19L, 20L, 22L);
        assertEnded(client, 22);
        until(() -> server.log.readers() == 0);
        // The name is free again.
        client.send(subscribe("r", "run_before").put("after", 8));
        client.next("subscribed");
        assertThat(client.places(2)).isEqualTo(places(9, 10));
    }

    @Test
    void who_comes_back_is_shown_the_rest_and_that_it_is_over_also_if_nothing_is_left() {
        append(5, "run_a", "chunk.added");
        append(1, "run_a", "run.stopped");
        append(300, "run_b", "chunk.added");
        var client = TestClient.as(server, "ada");
        for (int after : new int[] {0, 3, 11, 14, 16, 500}) {
            client.send(subscribe("r", "run_a").put("after", after));
            assertThat(client.next("subscribed").getLong("after")).isEqualTo(after);
            int first = Math.max(after + 1, 11);
            int left = Math.max(0, 17 - first);
            assertThat(client.places(left)).isEqualTo(places(first, 16));
            assertEnded(client, 16);
        }
    }

    @Test
    void it_is_over_with_the_run_also_for_who_wants_other_types_only() {
        append(2, "run_a", "message.created");
        var client = TestClient.as(server, "ada");
        client.send(subscribe("r", "run_a").put("types", new JsonArray().add("message.created")));
        client.next("subscribed");
        assertThat(client.places(2)).isEqualTo(places(11, 12));
        append(1, "run_a", "run.stopped");
        assertEnded(client, 13);
    }

    @Test
    void a_run_in_a_thread_is_a_choice_of_the_threads_events_and_does_not_end_with_it() {
        append(1, "run_a", "run.stopped");
        var client = TestClient.as(server, "ada");
        client.send(subscribe("r", "run_a").put("thread", THREAD));
        client.next("subscribed");
        assertThat(client.places(1)).containsExactly(11L);
        append(1, "run_a", "usage.recorded");
        assertThat(client.places(1)).containsExactly(12L);
    }

    @Test
    void other_peoples_runs_answer_like_none() {
        server.log.member("thr_other", "grace");
        server.log.append("thr_other", 1, "run_other", "run.started", "x");
        var client = TestClient.as(server, "ada");
        client.send(subscribe("a", "run_other"));
        client.send(subscribe("b", "run_none"));
        var other = client.next("error");
        var none = client.next("error");
        assertThat(other.getString("id")).isEqualTo("a");
        assertThat(none.getString("id")).isEqualTo("b");
        assertThat(other.getJsonObject("error")).isEqualTo(none.getJsonObject("error"));
        assertThat(other.getJsonObject("error").getInteger("status")).isEqualTo(404);
        assertThat(server.log.opened).hasValue(0);
    }

    @Test
    void a_removed_member_is_shown_nothing_more() {
        append(1, "run_a", "chunk.added");
        var client = TestClient.as(server, "ada");
        client.send(subscribe("r", "run_a"));
        client.next("subscribed");
        assertThat(client.places(1)).containsExactly(11L);
        server.log.remove(THREAD, "ada");
        append(1, "run_a", "run.stopped");
        var ended = client.next("subscription.ended");
        assertThat(ended.getJsonObject("error").getInteger("status")).isEqualTo(404);
        client.send(subscribe("r", "run_a"));
        assertThat(client.next("error").getJsonObject("error").getInteger("status"))
                .isEqualTo(404);
    }

    @Test
    void those_that_are_being_looked_for_count_and_can_be_given_up() {
        append(1, "run_a", "chunk.added");
        append(1, "run_b", "chunk.added");
        var client = TestClient.as(server, "ada");
        client.send(subscribe("r", "run_a"));
        client.send(new JsonObject().put("type", "unsubscribe").put("id", "r"));
        client.send(subscribe("r", "run_b"));
        client.next(frame -> frame.getString("type").equals("unsubscribed"));
        client.next("subscribed");
        assertThat(client.places(1)).containsExactly(12L);
        IntStream.range(0, 8).forEach(i -> client.send(subscribe("s" + i, "run_a")));
        assertThat(client.next(frame -> frame.getString("type").equals("error"))
                        .getJsonObject("error")
                        .getInteger("status"))
                .isEqualTo(429);
        client.socket.close();
        until(() -> server.log.readers() == 0);
    }
}
