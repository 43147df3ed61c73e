package io.gotthard.realtime;

import static io.gotthard.realtime.SubscriptionsTest.places;
import static io.gotthard.realtime.SubscriptionsTest.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostileSocketsTest {

    private static final String THREAD = "thr_1";
    private RealtimeServer server;

    @BeforeEach
    void start() {
        server = new RealtimeServer(RealtimeServer.USUAL);
        server.log.member(THREAD, "ada");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void who_does_not_say_who_they_are_is_closed() {
        assertThat(TestClient.open(server).closed()).isEqualTo(4408);
    }

    @Test
    void who_wants_something_before_saying_who_they_are_is_closed() {
        var client = TestClient.open(server);
        client.subscribe("s", THREAD, 0);
        assertThat(client.closed()).isEqualTo(4401);
        assertThat(server.log.opened).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"wrong", "", "eyJh.eyJi.x"})
    void a_wrong_key_closes(String key) {
        var client = TestClient.open(server);
        client.send(new JsonObject().put("type", "auth").put("token", key));
        assertThat(client.closed()).isEqualTo(4401);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nothing",
                "[]",
                "{",
                "{}",
                "{\"type\":\"subscribe\",\"id\":\"a\",\"thread\":\"t\",\"after\":[]}",
                "{\"type\":\"subscribe\",\"id\":\"a\",\"thread\":\"t\",\"types\":7}"
            })
    void what_is_no_frame_closes(String text) {
        var client = TestClient.as(server, "ada");
        client.send(text);
        assertThat(client.closed()).isEqualTo(4400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":7,\"id\":\"a\"}",
                "{\"type\":\"subscribe\",\"id\":\"a b\",\"thread\":\"t\"}",
                "{\"type\":\"subscribe\",\"id\":\"a\",\"thread\":{}}",
                "{\"type\":\"subscribe\",\"id\":\"a\"}",
                "{\"type\":\"subscribe\",\"id\":\"a\",\"thread\":\"t\",\"after\":-1}",
                "{\"type\":\"subscribe\",\"id\":\"a\",\"thread\":\"t\",\"types\":[\"*\"]}",
                "{\"type\":\"subscribe\",\"id\":\"a\",\"thread\":\"t\",\"window\":99999}"
            })
    void a_frame_with_a_bad_member_is_refused_and_the_socket_stays(String text) {
        var client = TestClient.as(server, "ada");
        client.send(text);
        assertThat(client.next("error").getJsonObject("error").getInteger("status"))
                .isEqualTo(400);
        client.send(new JsonObject().put("type", "ping"));
        client.next("pong");
    }

    @Test
    void bytes_that_are_no_text_close() {
        var client = TestClient.as(server, "ada");
        client.send(Buffer.buffer(new byte[] {1, 2, 3}));
        assertThat(client.closed()).isEqualTo(4400);
    }

    @ParameterizedTest
    @ValueSource(ints = {70_000, 300_000})
    void a_frame_that_is_too_large_closes(int length) {
        var client = TestClient.as(server, "ada");
        client.send("{\"type\":\"ping\",\"id\":\"" + "x".repeat(length) + "\"}");
        assertThat(client.closed()).isEqualTo(4413);
    }

    @Test
    void a_flood_of_frames_closes() {
        var client = TestClient.as(server, "ada");
        for (int i = 0; i < 200; i++) {
            client.send(new JsonObject().put("type", "ping"));
        }
        assertThat(client.closed()).isEqualTo(4429);
    }

    @Test
    void a_flood_of_pings_closes() {
        var client = TestClient.as(server, "ada");
        for (int i = 0; i < 200; i++) {
            client.socket.writePing(Buffer.buffer("x".repeat(100)));
        }
        assertThat(client.closed()).isEqualTo(4429);
    }

    @Test
    void other_peoples_threads_answer_like_none() {
        server.log.member("thr_other", "grace");
        var client = TestClient.as(server, "ada");
        client.subscribe("a", "thr_other", 0);
        client.subscribe("b", "thr_none", 0);
        var first = client.next("error");
        var second = client.next("error");
        assertThat(first.getJsonObject("error")).isEqualTo(second.getJsonObject("error"));
        assertThat(first.getJsonObject("error").getInteger("status")).isEqualTo(404);
        until(() -> server.registry.get("gotthard.followed").gauge().value() == 0);
    }

    @Test
    void who_lacks_the_permission_subscribes_to_nothing() {
        server.log.member(THREAD, "mallory");
        var client = TestClient.as(server, "mallory");
        client.subscribe("s", THREAD, 0);
        assertThat(client.next("error").getJsonObject("error").getInteger("status"))
                .isEqualTo(403);
        assertThat(server.log.opened).hasValue(0);
    }

    @Test
    void a_socket_has_so_many_subscriptions_and_no_more() {
        var client = TestClient.as(server, "ada");
        IntStream.range(0, 8).forEach(i -> client.subscribe("s" + i, THREAD, 0));
        client.subscribe("s0", THREAD, 0);
        client.subscribe("more", THREAD, 0);
        assertThat(client.next(frame -> frame.getString("type").equals("error"))
                        .getJsonObject("error")
                        .getInteger("status"))
                .isEqualTo(409);
        assertThat(client.next(frame -> frame.getString("type").equals("error"))
                        .getJsonObject("error")
                        .getInteger("status"))
                .isEqualTo(429);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://evil.example", "null", "http://127.0.0.1:1", "https://friend.example.evil.example"})
    void pages_of_other_sites_open_nothing(String origin) {
        var options = TestClient.to(server).addHeader("origin", origin).addHeader("authorization", "Bearer ada");
        assertThatThrownBy(() -> TestClient.open(server, options))
                .isInstanceOfSatisfying(
                        UpgradeRejectedException.class,
                        refused -> assertThat(refused.getStatus()).isEqualTo(403));
    }

    @Test
    void pages_of_this_site_and_of_friends_open_sockets() {
        for (var origin : new String[] {"http://127.0.0.1:" + server.port(), "https://friend.example"}) {
            var options = TestClient.to(server).addHeader("origin", origin).addHeader("authorization", "Bearer ada");
            TestClient.open(server, options).next("ready");
        }
    }

    @Test
    void a_key_in_the_address_is_refused() {
        var options = TestClient.to(server).setURI(Sockets.PATH + "?token=ada");
        assertThatThrownBy(() -> TestClient.open(server, options)).isInstanceOf(UpgradeRejectedException.class);
    }

    @Test
    void so_many_strangers_may_wait_and_no_more() {
        IntStream.range(0, 5).forEach(i -> TestClient.open(server));
        assertThatThrownBy(() -> TestClient.open(server))
                .isInstanceOfSatisfying(
                        UpgradeRejectedException.class,
                        refused -> assertThat(refused.getStatus()).isEqualTo(503));
        until(() -> server.registry.get("gotthard.sockets").gauge().value() == 0);
        // Their places are free again.
        IntStream.range(0, 10).forEach(i -> TestClient.as(server, "ada"));
    }

    @Test
    void a_token_among_the_subprotocols_says_who_it_is() {
        var token = Base64.getUrlEncoder().withoutPadding().encodeToString("ada".getBytes(StandardCharsets.UTF_8));
        var options = TestClient.to(server).addSubProtocol("gotthard.v1").addSubProtocol("bearer." + token);
        var client = TestClient.open(server, options);
        assertThat(client.socket.subProtocol()).isEqualTo("gotthard.v1");
        assertThat(client.next("ready").getString("account")).isEqualTo("ada");
    }

    @Test
    void a_revoked_key_closes_and_shows_nothing_more() {
        var client = TestClient.as(server, "ada");
        client.subscribe("s", THREAD, 0);
        client.next("subscribed");
        server.log.append(THREAD, 3);
        assertThat(client.places(3)).isEqualTo(places(1, 3));
        server.log.keyChanged("ada");
        server.log.append(THREAD, 1);
        assertThat(client.places(1)).containsExactly(4L);
        server.log.revoke("ada");
        assertThat(client.closed()).isEqualTo(4403);
    }

    @Test
    void an_expired_key_closes_unless_another_came_in_time() {
        var soon = Instant.now().plusMillis(1500);
        server.log.expires("ada", soon);
        var expiring = TestClient.as(server, "ada");
        var renewed = TestClient.as(server, "ada");
        renewed.send(new JsonObject().put("type", "auth").put("token", "ada-again"));
        renewed.next("ready");
        assertThat(expiring.closed()).isEqualTo(4401);
        renewed.send(new JsonObject().put("type", "ping").put("id", "p"));
        renewed.next("pong");
        var late = TestClient.open(server);
        late.send(new JsonObject().put("type", "auth").put("token", "ada"));
        assertThat(late.closed()).isEqualTo(4401);
    }

    @Test
    void nobody_becomes_somebody_else() {
        var client = TestClient.as(server, "ada");
        client.send(new JsonObject().put("type", "auth").put("token", "grace"));
        assertThat(client.closed()).isEqualTo(4403);
    }

    @Test
    void commands_are_done_as_by_rest_and_tell_what_came_of_them() {
        var client = TestClient.as(server, "ada");
        client.send(new JsonObject()
                .put("type", "message.create")
                .put("id", "c1")
                .put("thread", THREAD)
                .put("body", new JsonObject().put("content", "hello")));
        var result = client.next("ack").getJsonObject("result");
        assertThat(result.getString("operation")).isEqualTo("createThreadMessage");
        assertThat(result.getString("by")).isEqualTo("ada");
        client.send(new JsonObject().put("type", "run.cancel").put("id", "c2").put("run", "nothing"));
        var error = client.next("error");
        assertThat(error.getString("id")).isEqualTo("c2");
        assertThat(error.getJsonObject("error").getInteger("status")).isEqualTo(404);
        client.send(new JsonObject().put("type", "run.cancel").put("id", "c3").put("run", "../../keys"));
        assertThat(client.next("error").getJsonObject("error").getInteger("status"))
                .isEqualTo(400);
        client.send(new JsonObject().put("type", "launch.rocket").put("id", "c4"));
        assertThat(client.next("error").getJsonObject("error").getString("code"))
                .isEqualTo("unknown_type");
    }

    @Test
    void a_node_that_stops_says_so() {
        var client = TestClient.as(server, "ada");
        server.stop();
        assertThat(client.closed()).isEqualTo(1012);
    }

    @Test
    void who_falls_silent_is_asked_and_closed() {
        server.close();
        server = new RealtimeServer(RealtimeServer.settings(16 * 1024, 1500, 500));
        var answering = TestClient.as(server, "ada");
        var silent = TestClient.as(server, "ada");
        // Vert.x's client answers pings while it reads, and as long as it has room for what it does not show.
        server.log.member(THREAD, "ada");
        server.log.append(THREAD, 100);
        silent.socket.pause();
        silent.subscribe("s", THREAD, 0);
        until(() -> server.registry.get("gotthard.sockets").gauge().value() == 1);
        answering.send(new JsonObject().put("type", "ping").put("id", "p"));
        answering.next("pong");
    }
}
