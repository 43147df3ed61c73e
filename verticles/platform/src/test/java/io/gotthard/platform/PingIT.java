package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.ScriptedUpstream.Visit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** While an upstream is silent, comments keep a stream alive; what is no stream gets none. */
class PingIT {

    private static final String STREAM = "\"stream\":true";
    private static final String PING = ": ping\n\n";

    private static final Map<String, CountDownLatch> GO = new ConcurrentHashMap<>();
    private static Siege siege;

    @BeforeAll
    static void start() {
        var upstream = ScriptedUpstream.start()
                .on("late", visit -> {
                    awaitGo("late");
                    visit.open();
                    visit.word("one");
                    awaitGo("late-second");
                    visit.word("two");
                    visit.finish();
                    visit.event("[DONE]");
                    visit.end();
                })
                .on("late-fault", visit -> {
                    awaitGo("late-fault");
                    visit.json(400, "{\"error\":{\"message\":\"no\"}}");
                })
                .on("silent-once", Visit::silence)
                .on("late-whole", visit -> {
                    awaitGo("late-whole");
                    visit.json(200, "{\"id\":\"1\"}");
                });
        siege = Siege.start(upstream, "idle_timeout: 1s", "http: {ping: 100ms}");
    }

    @AfterAll
    static void stop() {
        siege.close();
    }

    @AfterEach
    void nothing_is_left_behind() {
        siege.assertUnharmed();
    }

    private static void awaitGo(String what) {
        try {
            assertThat(latch(what).await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void go(String what) {
        latch(what).countDown();
    }

    private static CountDownLatch latch(String what) {
        return GO.computeIfAbsent(what, name -> new CountDownLatch(1));
    }

    @Test
    void pings_come_before_the_upstream_s_headers_and_between_its_events() {
        try (var client = siege.connect()) {
            client.send(RawClient.chat("late", STREAM));
            assertThat(client.bodilessAnswer().headers())
                    .containsEntry("content-type", "text/event-stream; charset=utf-8");
            assertThat(client.chunk()).isEqualTo(PING);
            assertThat(client.chunk()).isEqualTo(PING);
            go("late");
            var chunk = client.chunk();
            while (chunk.equals(PING)) {
                chunk = client.chunk();
            }
            assertThat(chunk).startsWith("data: ").contains("one").endsWith("\n\n");
            assertThat(client.chunk()).isEqualTo(PING);
            go("late-second");
            var rest = new StringBuilder();
            for (chunk = client.chunk(); !chunk.isEmpty(); chunk = client.chunk()) {
                rest.append(chunk);
            }
            assertThat(rest.toString()).contains("two").endsWith("data: [DONE]\n\n");
        }
    }

    @Test
    void an_error_after_a_ping_is_an_event_and_the_stream_is_not_done() {
        try (var client = siege.connect()) {
            client.send(RawClient.chat("late-fault", STREAM));
            assertThat(client.bodilessAnswer().status()).isEqualTo(200);
            assertThat(client.chunk()).isEqualTo(PING);
            go("late-fault");
            var chunk = client.chunk();
            while (chunk.equals(PING)) {
                chunk = client.chunk();
            }
            assertThat(chunk)
                    .isEqualTo("data: {\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\","
                            + "\"param\":null,\"code\":null}}\n\n");
            assertThat(client.chunk()).isEmpty();
        }
    }

    @Test
    void a_silence_that_is_too_long_ends_in_an_event_in_spite_of_pings() {
        var answer = siege.ask(RawClient.chat("silent-once", STREAM));
        assertThat(answer.text())
                .startsWith(PING + PING)
                .contains("\"code\":\"timeout\"")
                .doesNotContain("[DONE]");
    }

    @Test
    void what_is_no_stream_is_not_pinged() {
        try (var client = siege.connect()) {
            client.send(RawClient.chat("late-whole"));
            try (var other = siege.connect()) {
                // While this one is pinged, so would be the other, which was there before.
                other.send(RawClient.chat("silent-once", STREAM));
                assertThat(other.bodilessAnswer().status()).isEqualTo(200);
                assertThat(other.chunk()).isEqualTo(PING);
                assertThat(other.chunk()).isEqualTo(PING);
            }
            go("late-whole");
            assertThat(client.answer().text()).isEqualTo("{\"id\":\"1\"}");
        }
    }
}
