package io.gotthard.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SubscriptionsTest {

    private static final String THREAD = "thr_1";
    private RealtimeServer server;

    @BeforeEach
    void start() {
        server = new RealtimeServer(RealtimeServer.USUAL);
        server.log.member(THREAD, "ada");
        server.log.member(THREAD, "grace");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    static List<Long> places(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not become true");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Test
    void events_come_from_a_place_on_each_once_and_in_order() {
        server.log.append(THREAD, 1000);
        var client = TestClient.as(server, "ada");
        client.subscribe("s", THREAD, 990);
        assertThat(client.next("subscribed").getLong("after")).isEqualTo(990);
        assertThat(client.places(10)).isEqualTo(places(991, 1000));
        server.log.append(THREAD, 500);
        assertThat(client.places(500)).isEqualTo(places(1001, 1500));
    }

    @Test
    void what_is_said_behind_a_token_waits_until_that_is_known() {
        server.log.append(THREAD, 3);
        var known = Promise.<Void>promise();
        server.log.known = known.future();
        var client = TestClient.open(server);
        client.send(new JsonObject().put("type", "auth").put("token", "ada"));
        client.subscribe("s", THREAD, 0);
        until(() -> server.log.asked.get() == 1);
        known.complete();
        client.next("ready");
        client.next("subscribed");
        assertThat(client.places(3)).isEqualTo(places(1, 3));
    }

    @Test
    void who_can_t_be_answered_at_once_is_answered_a_little_later() {
        server.log.append(THREAD, 3);
        var client = TestClient.as(server, "ada");
        server.log.busy.set(2);
        client.subscribe("s", THREAD, 0);
        client.next("subscribed");
        assertThat(client.places(3)).isEqualTo(places(1, 3));
        assertThat(server.log.opened.get()).isEqualTo(3);
    }

    @Test
    void who_can_t_be_answered_for_long_is_told_so() {
        var client = TestClient.as(server, "ada");
        server.log.busy.set(1000);
        client.subscribe("s", THREAD, 0);
        assertThat(client.next("error").getJsonObject("error").getInteger("status"))
                .isEqualTo(503);
    }

    @Test
    void many_sockets_share_one_reading_wherever_they_began() {
        server.log.append(THREAD, 300);
        var clients = IntStream.range(0, 40)
                .mapToObj(i -> {
                    var client = TestClient.as(server, i % 2 == 0 ? "ada" : "grace");
                    client.subscribe("s" + i % 3, THREAD, i * 7L);
                    client.next("subscribed");
                    return client;
                })
                .toList();
        for (int i = 0; i < 40; i++) {
            assertThat(clients.get(i).places(300 - i * 7)).isEqualTo(places(i * 7L + 1, 300));
        }
        server.log.append(THREAD, 1);
        clients.forEach(client -> assertThat(client.places(1)).containsExactly(301L));
        until(() -> server.log.readers() == 1);
        for (int i = 0; i < 200; i++) {
            server.log.append(THREAD, 3);
        }
        clients.forEach(client -> assertThat(client.places(600)).isEqualTo(places(302, 901)));
        assertThat(server.log.readers()).isEqualTo(1);
    }

    @Test
    void a_client_that_stops_reading_is_told_of_a_gap_and_catches_up_completely() {
        var reading = TestClient.as(server, "ada");
        reading.subscribe("s", THREAD, 0);
        reading.next("subscribed");
        var slow = TestClient.as(server, "grace");
        slow.subscribe("s", THREAD, 0);
        slow.next("subscribed");
        server.log.append(THREAD, 1);
        assertThat(reading.places(1)).containsExactly(1L);
        assertThat(slow.places(1)).containsExactly(1L);
        // Who still reads by itself misses nothing that others are shown, so it would not be told of a gap.
        until(() -> server.log.readers() == 1);
        slow.socket.pause();
        var text = "y".repeat(1000);
        for (int i = 0; i < 200; i++) {
            server.log.append(THREAD, 100, "chunk.added", text);
        }
        assertThat(reading.places(20_000)).isEqualTo(places(2, 20_001));
        slow.socket.resume();
        var frames = new java.util.ArrayList<Long>();
        boolean gap = false;
        while (frames.size() < 20_000) {
            var frame = slow.next();
            gap |= frame.getString("type").equals("gap");
            if (frame.getString("type").equals("event")) {
                frames.add(frame.getJsonObject("event").getLong("seq"));
            }
        }
        assertThat(frames).isEqualTo(places(2, 20_001));
        assertThat(gap).isTrue();
        server.log.append(THREAD, 1);
        assertThat(slow.places(1)).containsExactly(20_002L);
        until(() -> server.log.readers() == 1);
    }

    @Test
    void a_removed_member_is_shown_nothing_more_and_the_others_everything() {
        // Who is removed is the one for whom it is read.
        var removed = TestClient.as(server, "ada");
        removed.subscribe("s", THREAD, 0);
        removed.next("subscribed");
        server.log.append(THREAD, 1);
        assertThat(removed.places(1)).containsExactly(1L);
        until(() -> server.log.readers() == 1);
        var other = TestClient.as(server, "grace");
        other.subscribe("s", THREAD, 0);
        other.next("subscribed");
        assertThat(other.places(1)).containsExactly(1L);
        server.log.remove(THREAD, "ada");
        var ended = removed.next("subscription.ended");
        assertThat(ended.getString("id")).isEqualTo("s");
        assertThat(ended.getJsonObject("error").getInteger("status")).isEqualTo(404);
        server.log.append(THREAD, 50);
        assertThat(other.places(50)).isEqualTo(places(2, 51));
        removed.send(new JsonObject().put("type", "ping").put("id", "p"));
        assertThat(removed.next("pong").getString("id")).isEqualTo("p");
    }

    @Test
    void whatever_breaks_a_reading_nothing_is_lost_or_doubled() {
        var clients = IntStream.range(0, 5)
                .mapToObj(i -> {
                    var client = TestClient.as(server, "ada");
                    client.subscribe("s", THREAD, 0);
                    client.next("subscribed");
                    return client;
                })
                .toList();
        for (int i = 0; i < 10; i++) {
            server.log.append(THREAD, 20);
            server.log.interrupt();
        }
        clients.forEach(client -> assertThat(client.places(200)).isEqualTo(places(1, 200)));
    }

    @Test
    void only_wanted_types_and_runs_are_shown() {
        server.log.append(THREAD, 5, "message.created", "m");
        server.log.append(THREAD, 5, "run.started", "r");
        server.log.append(THREAD, 5, "chunk.added", "c");
        var client = TestClient.as(server, "ada");
        client.send(new JsonObject()
                .put("type", "subscribe")
                .put("id", "s")
                .put("thread", THREAD)
                .put("types", new JsonArray().add("message.created").add("run.*")));
        client.next("subscribed");
        assertThat(client.places(10)).isEqualTo(places(1, 10));
        server.log.append(THREAD, 1, "chunk.added", "c");
        server.log.append(THREAD, 1, "run.stopped", "c");
        assertThat(client.places(1)).containsExactly(17L);
    }

    @Test
    void a_client_with_a_window_is_shown_no_more_than_it_acknowledges() {
        var client = TestClient.as(server, "ada");
        client.send(new JsonObject()
                .put("type", "subscribe")
                .put("id", "s")
                .put("thread", THREAD)
                .put("window", 10));
        client.next("subscribed");
        server.log.append(THREAD, 35);
        assertThat(client.places(10)).isEqualTo(places(1, 10));
        client.send(new JsonObject().put("type", "ping").put("id", "p"));
        assertThat(client.next(frame -> !frame.getString("type").equals("gap")).getString("type"))
                .isEqualTo("pong");
        client.send(new JsonObject().put("type", "ack").put("id", "s").put("seq", 7));
        assertThat(client.places(7)).isEqualTo(places(11, 17));
        client.send(new JsonObject().put("type", "ack").put("id", "s").put("seq", 17));
        assertThat(client.places(10)).isEqualTo(places(18, 27));
        client.send(new JsonObject().put("type", "ack").put("id", "s").put("seq", 27));
        assertThat(client.places(8)).isEqualTo(places(28, 35));
    }

    @Test
    void nothing_is_read_for_who_has_gone() {
        var client = TestClient.as(server, "ada");
        client.subscribe("s", THREAD, 0);
        client.next("subscribed");
        until(() -> server.log.readers() == 1);
        client.send(new JsonObject().put("type", "unsubscribe").put("id", "s"));
        client.next("unsubscribed");
        until(() -> server.log.readers() == 0);
        client.subscribe("s", THREAD, 0);
        client.next("subscribed");
        until(() -> server.log.readers() == 1);
        client.socket.close();
        until(() -> server.log.readers() == 0);
        until(() -> server.registry.get("gotthard.sockets").gauge().value() == 0);
        assertThat(server.registry.get("gotthard.followed").gauge().value()).isZero();
    }
}
