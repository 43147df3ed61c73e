package io.gotthard.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is sent and taken over a WebSocket is what the event contract says. {@link TestClient} checks what other tests are sent. */
class FrameSchemasTest {

    private static final FrameSchemas SCHEMAS = FrameSchemas.get();
    private static final String THREAD = "thr_1";

    private RealtimeServer server;

    @BeforeEach
    void start() {
        server = new RealtimeServer(RealtimeServer.settings(16 * 1024, 20_000, 20_000));
        server.log.member(THREAD, "ada");
        server.log.member(THREAD, "grace");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    static Stream<Arguments> messages() {
        return SCHEMAS.channels().stream()
                .flatMap(channel ->
                        SCHEMAS.messages(channel).keySet().stream().map(name -> Arguments.of(channel, name)));
    }

    private static List<JsonObject> examples(String channel, String message) {
        return SCHEMAS.messages(channel).get(message).getJsonArray("examples", new JsonArray()).stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("messages")
    void each_frame_has_examples_and_they_are_as_its_schema_says(String channel, String message) {
        assertThat(examples(channel, message)).isNotEmpty();
        for (var example : examples(channel, message)) {
            assertThat(SCHEMAS.check(channel, message, example).getValid())
                    .as(example.encode())
                    .isTrue();
            if (!message.equals("command")) {
                assertThat(example.getString("type")).isEqualTo(message);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("messages")
    void a_frame_is_not_as_its_schema_says_without_what_that_requires_or_with_another_type(
            String channel, String message) {
        var example = examples(channel, message).getFirst();
        for (var name : SCHEMAS.messages(channel).get(message).getJsonArray("required")) {
            var less = example.copy();
            less.remove((String) name);
            assertThat(SCHEMAS.check(channel, message, less).getValid())
                    .as(less.encode())
                    .isFalse();
        }
        assertThat(SCHEMAS.check(channel, message, example.copy().put("type", "something.else"))
                        .getValid())
                .isFalse();
    }

    @Test
    void each_frame_that_a_client_may_send_is_taken_and_each_that_it_is_sent_is_as_described() {
        var sent = new TreeSet<String>();
        var taken = new ArrayList<JsonObject>();
        server.log.append(THREAD, 3);
        var client = TestClient.open(server);
        for (var message : List.of("auth", "ping", "subscribe", "ack", "command", "unsubscribe")) {
            for (var example : examples("client", message)) {
                var frame = example.copy();
                replace(frame, "token", "ada");
                replace(frame, "thread", THREAD);
                replace(frame, "after", 0);
                replace(frame, "types", new JsonArray().add("chunk.*"));
                frame.remove("window");
                frame.remove(message.equals("subscribe") ? "run" : "none");
                taken.add(frame);
            }
        }
        for (var frame : taken) {
            client.send(frame);
            if (!frame.getString("type").equals("ack")) {
                collect(sent, client, 1);
            }
        }
        // Those that were replaced are still as described.
        assertThat(taken)
                .allMatch(frame -> SCHEMAS.messages("client").keySet().stream()
                        .anyMatch(name -> SCHEMAS.check("client", name, frame).getValid()));
        assertThat(SCHEMAS.messages("client").keySet())
                .containsExactlyInAnyOrder("auth", "ping", "subscribe", "ack", "command", "unsubscribe");
        everythingElse(sent, client);
        assertThat(sent).isEqualTo(SCHEMAS.messages("server").keySet());
    }

    private static void replace(JsonObject frame, String member, Object value) {
        if (frame.containsKey(member)) {
            frame.put(member, value);
        }
    }

    /** Takes frames until so many came that are no events. */
    private static void collect(Set<String> sent, TestClient client, int answers) {
        for (int missing = answers; missing > 0; ) {
            var frame = client.next();
            sent.add(frame.getString("type"));
            if (!frame.getString("type").equals("event")) {
                missing--;
            }
            assertThat(frame.getString("type")).isNotEqualTo("error");
        }
    }

    private void everythingElse(Set<String> sent, TestClient client) {
        client.send(new JsonObject().put("type", "nonsense").put("id", "n"));
        sent.add(client.next(frame -> frame.getString("type").equals("error")).getString("type"));
        server.log.notify("", List.of("ada"), new JsonObject().put("type", "missed"));
        sent.add(client.next("notification").getString("type"));
        client.subscribe("slow", THREAD, 0);
        client.next("subscribed");
        client.places(3);
        var other = TestClient.as(server, "grace");
        other.subscribe("s", THREAD, 0);
        other.next("subscribed");
        other.places(3);
        // Who still reads by itself is not told of gaps.
        SubscriptionsTest.until(() -> server.log.readers() == 1);
        client.socket.pause();
        var text = "y".repeat(1000);
        for (int i = 0; i < 200; i++) {
            server.log.append(THREAD, 100, "chunk.added", text);
        }
        other.places(20_000);
        client.socket.resume();
        sent.add(client.next(frame -> frame.getString("type").equals("gap")).getString("type"));
        server.log.remove(THREAD, "ada");
        sent.add(client.next(frame -> frame.getString("type").equals("subscription.ended"))
                .getString("type"));
    }

    @Test
    void each_frame_that_a_worker_may_send_is_taken_and_each_that_it_is_sent_is_as_described() {
        var sent = new TreeSet<String>();
        var client = TestClient.as(server, "ada");
        client.send(SCHEMAS.example("worker", "worker.announce"));
        var announced = client.next("worker.announced");
        sent.add("worker.announced");
        sent.add(client.next("worker.start").getString("type"));
        sent.add(client.next("worker.cancel").getString("type"));
        for (var message : SCHEMAS.messages("worker").keySet()) {
            if (message.equals("worker.announce")) {
                continue;
            }
            for (var frame : frames(message, announced.getString("worker"))) {
                assertThat(SCHEMAS.check("worker", message, frame).getValid())
                        .as(frame.encode())
                        .isTrue();
                client.send(frame);
            }
            var answer = client.next();
            assertThat(answer.getString("type")).as(answer.encode()).isNotEqualTo("error");
            sent.add(answer.getString("type"));
        }
        client.send(SCHEMAS.example("worker", "worker.event")
                .put("worker", announced.getString("worker"))
                .put("n", 2));
        sent.add(client.next("worker.refused").getString("type"));
        assertThat(sent).isEqualTo(SCHEMAS.messages("work").keySet());
    }

    /** A frame of this type, or those that are one together. */
    private static List<JsonObject> frames(String message, String worker) {
        if (!message.equals("worker.part")) {
            return List.of(SCHEMAS.example("worker", message).put("worker", worker));
        }
        var whole = SCHEMAS.example("worker", "worker.heartbeat")
                .put("worker", worker)
                .encode();
        var part = new JsonObject().put("type", message);
        return List.of(
                part.copy().put("text", whole.substring(0, 10)),
                part.copy().put("text", whole.substring(10)).put("last", true));
    }
}
