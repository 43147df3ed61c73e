package io.gotthard.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NotificationsTest {

    private static final JsonObject ENDED = new JsonObject()
            .put("type", "run.ended")
            .put("thread_id", "thr_1")
            .put("run_id", "run_1")
            .put("status", "completed");

    private RealtimeServer server;

    @BeforeEach
    void start() {
        server = new RealtimeServer(RealtimeServer.USUAL);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static JsonObject wanted(String id) {
        return new JsonObject().put("type", "subscribe").put("id", id).put("notifications", true);
    }

    private TestClient told(String key) {
        var client = TestClient.as(server, key);
        client.send(wanted("me"));
        client.next("subscribed");
        return client;
    }

    /** All that was sent before this is there by now, and was nothing. */
    private static void heardNothing(TestClient client) {
        client.send(new JsonObject().put("type", "ping").put("id", "p"));
        client.next("pong");
    }

    @Test
    void every_socket_of_the_account_is_told_and_nobody_else() {
        var one = told("ada");
        var two = told("ada-again");
        var other = told("grace");
        server.log.notify("", List.of("ada", "nobody"), ENDED);
        for (var client : List.of(one, two)) {
            var frame = client.next("notification");
            assertThat(frame.getString("id")).isEqualTo("me");
            assertThat(frame.getJsonObject("notification")).isEqualTo(ENDED);
        }
        heardNothing(other);
    }

    @Test
    void what_happens_in_another_tenant_is_not_told() {
        var client = told("ada");
        server.log.notify("ten_other", List.of("ada"), ENDED);
        server.log.notify("", List.of("ada"), ENDED.copy().put("run_id", "run_2"));
        assertThat(client.next("notification").getJsonObject("notification").getString("run_id"))
                .isEqualTo("run_2");
    }

    @Test
    void who_wants_no_more_is_told_no_more() {
        var client = told("ada");
        client.send(new JsonObject().put("type", "unsubscribe").put("id", "me"));
        client.next("unsubscribed");
        server.log.notify("", List.of("ada"), ENDED);
        heardNothing(client);
    }

    @Test
    void all_are_told_that_something_may_have_been_missed() {
        var one = told("ada");
        var other = told("grace");
        server.log.notify("", List.of(), new JsonObject().put("type", "missed"));
        assertThat(one.next("notification").getJsonObject("notification").getString("type"))
                .isEqualTo("missed");
        other.next("notification");
    }

    @Test
    void subscriptions_to_notifications_count_as_others_do() {
        var client = told("ada");
        for (int i = 1; i < 8; i++) {
            client.send(wanted("more" + i));
            client.next("subscribed");
        }
        client.send(wanted("one-too-many"));
        assertThat(client.next("error").getJsonObject("error").getInteger("status"))
                .isEqualTo(429);
        client.send(wanted("me"));
        assertThat(client.next("error").getJsonObject("error").getInteger("status"))
                .isEqualTo(409);
    }

    @Test
    void who_may_not_look_is_not_told() {
        var client = TestClient.as(server, "mallory");
        client.send(wanted("me"));
        assertThat(client.next("error").getJsonObject("error").getInteger("status"))
                .isEqualTo(403);
        server.log.notify("", List.of("mallory"), ENDED);
        heardNothing(client);
    }

    @Test
    void who_may_look_no_more_is_told_so_and_nothing_else() {
        var client = told("ada");
        server.log.demote("ada");
        var ended = client.next("subscription.ended");
        assertThat(ended.getString("id")).isEqualTo("me");
        assertThat(ended.getJsonObject("error").getInteger("status")).isEqualTo(403);
        server.log.notify("", List.of("ada"), ENDED);
        heardNothing(client);
    }

    @Test
    void while_a_credential_is_looked_at_nothing_is_told_but_afterwards_that_something_was() {
        var client = told("ada");
        var held = Promise.<Void>promise();
        server.log.known = held.future();
        server.log.keyChanged("ada");
        server.log.notify("", List.of("ada"), ENDED);
        heardNothing(client);
        held.complete();
        assertThat(client.next("notification").getJsonObject("notification"))
                .isEqualTo(new JsonObject().put("type", "missed"));
        server.log.notify("", List.of("ada"), ENDED);
        assertThat(client.next("notification").getJsonObject("notification")).isEqualTo(ENDED);
    }

    @Test
    void whose_key_is_revoked_is_told_nothing_more() {
        var client = told("ada");
        var held = Promise.<Void>promise();
        server.log.known = held.future();
        server.log.revoke("ada");
        server.log.notify("", List.of("ada"), ENDED);
        heardNothing(client);
        held.complete();
        assertThat(client.closed()).isEqualTo(4403);
        assertThat(client.received()).isEmpty();
    }

    @Test
    void who_does_not_read_costs_nothing_and_is_told_that_something_was_missed() {
        var client = told("ada");
        var other = told("grace");
        client.socket.pause();
        // Far more than the system's buffers and ours take.
        var large = ENDED.copy().put("run_id", "r".repeat(20_000));
        for (int i = 0; i < 2_000; i++) {
            server.log.notify("", List.of("ada"), large);
        }
        // By then all of them have been told, or not.
        server.log.notify("", List.of("grace"), ENDED);
        other.next("notification");
        client.socket.resume();
        assertThat(client.next(frame -> isMissed(frame)).getString("id")).isEqualTo("me");
        // As long as it still catches up, more may be missed.
        JsonObject heard;
        do {
            server.log.notify("", List.of("ada"), ENDED);
            heard = client.next(frame ->
                    isMissed(frame) || frame.getJsonObject("notification").equals(ENDED));
        } while (isMissed(heard));
    }

    private static boolean isMissed(JsonObject frame) {
        return frame.getJsonObject("notification").getString("type").equals("missed");
    }
}
