package io.gotthard.realtime;

import static io.gotthard.realtime.RealtimeServer.await;
import static io.gotthard.realtime.SubscriptionsTest.places;
import static io.gotthard.realtime.SubscriptionsTest.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The bridge, spoken to as its clients do below SockJS's own frames; with the real clients it is in BridgeClientsIT. */
class BridgeTest {

    private static final String THREAD = "thr_1";
    private static final String ADDRESS = "events.thread." + THREAD;
    private RealtimeServer server;

    @BeforeEach
    void start() {
        server = new RealtimeServer(RealtimeServer.settings(16 * 1024, 20_000, 3_000));
        server.log.member(THREAD, "ada");
        server.log.member(THREAD, "grace");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private TestClient raw() {
        return TestClient.open(server, TestClient.to(server).setURI("/eventbus/websocket"));
    }

    private static JsonObject register(String address, String key, long after) {
        var headers = new JsonObject().put("after", Long.toString(after));
        if (key != null) {
            headers.put("authorization", "Bearer " + key);
        }
        return new JsonObject().put("type", "register").put("address", address).put("headers", headers);
    }

    private static List<Long> bodies(TestClient client, int count) {
        var places = new ArrayList<Long>();
        while (places.size() < count) {
            var frame = client.next("rec");
            assertThat(frame.getString("address")).isEqualTo(ADDRESS);
            if (frame.getJsonObject("body").containsKey("seq")) {
                places.add(frame.getJsonObject("body").getLong("seq"));
            }
        }
        return places;
    }

    @Test
    void who_registers_is_shown_the_log_from_a_place_on() {
        server.log.append(THREAD, 300);
        var client = raw();
        client.send(register(ADDRESS, "ada", 290));
        assertThat(bodies(client, 10)).isEqualTo(places(291, 300));
        server.log.append(THREAD, 100);
        assertThat(bodies(client, 100)).isEqualTo(places(301, 400));
        client.send(new JsonObject().put("type", "unregister").put("address", ADDRESS));
        until(() -> server.log.readers() == 0);
    }

    @Test
    void what_may_not_be_heard_is_refused() {
        var client = raw();
        client.send(register(ADDRESS, null, 0));
        assertThat(client.next("err").getInteger("failureCode")).isEqualTo(401);
        client.next("err");
        client.send(register(ADDRESS, "wrong", 0));
        assertThat(client.next("err").getInteger("failureCode")).isEqualTo(401);
        client.next("err");
        client.send(register("events.thread.thr_other", "ada", 0));
        assertThat(client.next("err").getInteger("failureCode")).isEqualTo(404);
        client.next("err");
        for (var address : List.of("accounts.key.changed", "assistants.streamEvents", "events.thread.", "")) {
            client.send(register(address, "ada", 0));
            assertThat(client.next("err").getInteger("failureCode")).isEqualTo(404);
            client.next("err");
        }
        client.send(register(ADDRESS, "grace", 0));
        // The first registration that was tried with a good key was ada's.
        server.log.append(THREAD, 1);
        assertThat(client.next("err").getInteger("failureCode")).isEqualTo(403);
    }

    @Test
    void nothing_gets_from_a_client_to_the_bus_or_from_the_bus_to_a_client() {
        var heard = new ArrayList<Object>();
        server.vertx.eventBus().consumer("accounts.key.changed", message -> heard.add(message.body()));
        server.vertx.eventBus().consumer(ADDRESS, message -> heard.add(message.body()));
        var client = raw();
        client.send(register(ADDRESS, "ada", 0));
        server.log.append(THREAD, 1);
        assertThat(bodies(client, 1)).containsExactly(1L);
        for (var type : List.of("send", "publish")) {
            for (var address : List.of("accounts.key.changed", ADDRESS, "accounts.verifyCredential")) {
                client.send(new JsonObject()
                        .put("type", type)
                        .put("address", address)
                        .put("replyAddress", "r")
                        .put("body", new JsonObject()));
                assertThat(client.next("err").getString("body")).isEqualTo("rejected");
            }
        }
        server.vertx.eventBus().publish(ADDRESS, new JsonObject().put("forged", true));
        server.log.append(THREAD, 1);
        assertThat(bodies(client, 1)).containsExactly(2L);
        assertThat(heard).hasSize(1);
    }

    @Test
    void a_slow_reader_is_told_of_a_gap_and_catches_up_completely() {
        var client = raw();
        client.send(register(ADDRESS, "ada", 0));
        server.log.append(THREAD, 1);
        assertThat(bodies(client, 1)).containsExactly(1L);
        client.socket.pause();
        var text = "z".repeat(1000);
        for (int i = 0; i < 100; i++) {
            server.log.append(THREAD, 100, "chunk.added", text);
        }
        var fast = TestClient.as(server, "grace");
        fast.subscribe("s", THREAD, 0);
        fast.next("subscribed");
        assertThat(fast.places(10_001)).isEqualTo(places(1, 10_001));
        client.socket.resume();
        assertThat(bodies(client, 10_000)).isEqualTo(places(2, 10_001));
    }

    @Test
    void a_removed_member_and_a_revoked_key_are_shown_nothing_more() {
        var removed = raw();
        removed.send(register(ADDRESS, "ada", 0));
        var revoked = raw();
        revoked.send(register(ADDRESS, "grace", 0));
        server.log.append(THREAD, 1);
        assertThat(bodies(removed, 1)).containsExactly(1L);
        assertThat(bodies(revoked, 1)).containsExactly(1L);
        server.log.remove(THREAD, "ada");
        var ended = removed.next("rec").getJsonObject("body");
        assertThat(ended.getString("type")).isEqualTo("subscription.ended");
        assertThat(ended.getJsonObject("error").getInteger("status")).isEqualTo(404);
        server.log.append(THREAD, 1);
        assertThat(bodies(revoked, 1)).containsExactly(2L);
        server.log.revoke("grace");
        assertThat(revoked.next("err").getInteger("failureCode")).isEqualTo(4403);
        revoked.closed();
        until(() -> server.log.readers() == 0);
    }

    @Test
    void strangers_and_floods_are_closed() {
        var stranger = raw();
        assertThat(stranger.next("err").getInteger("failureCode")).isEqualTo(4408);
        stranger.closed();
        var flood = raw();
        IntStream.range(0, 200).forEach(i -> flood.send(register(ADDRESS + i, "ada", 0)));
        flood.next(frame -> Integer.valueOf(4429).equals(frame.getInteger("failureCode")));
        flood.closed();
    }

    private String post(String path, String body, int status) {
        var client = server.vertx.createHttpClient();
        var answer = await(client.request(HttpMethod.POST, server.port(), "127.0.0.1", path)
                .compose(request -> request.send(body))
                .compose(response -> {
                    assertThat(response.statusCode()).isEqualTo(status);
                    return response.body();
                })
                .map(Object::toString));
        // Else it stays until the garbage collector finds it, and is closed half a minute later.
        await(client.close());
        return answer;
    }

    @Test
    void who_polls_is_shown_every_event_once() {
        var session = "/eventbus/000/session1";
        assertThat(post(session + "/xhr", "", 200)).isEqualTo("o\n");
        post(
                session + "/xhr_send",
                new JsonArray().add(register(ADDRESS, "ada", 0).encode()).encode(),
                204);
        server.log.append(THREAD, 500);
        var seen = new ArrayList<Long>();
        while (seen.size() < 500) {
            var polled = post(session + "/xhr", "", 200);
            if (polled.startsWith("a")) {
                new JsonArray(polled.substring(1)).forEach(text -> {
                    var body = new JsonObject((String) text).getJsonObject("body");
                    if (body.containsKey("seq")) {
                        seen.add(body.getLong("seq"));
                    }
                });
            }
        }
        assertThat(seen).isEqualTo(places(1, 500));
    }
}
