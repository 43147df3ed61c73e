package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.ScriptedUpstream.Visit;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A client who goes away takes the upstream's request along, whatever phase it is in. Measured from the moment the client
 * closes its connection to the moment the upstream sees its own closed. Nobody is to wait longer than 100 ms; because a machine
 * that is busy with something else may hold up any single one, that is asked of the median.
 */
class CancellationIT {

    private static final int TIMES = 7;
    private static final Duration USUALLY = Duration.ofMillis(100);
    private static final Duration ALWAYS = Duration.ofSeconds(2);

    private static Siege siege;

    @BeforeAll
    static void start() {
        var upstream = ScriptedUpstream.start()
                .on("before-headers", Visit::silence)
                .on("before-first-event", visit -> {
                    visit.open();
                    visit.silence();
                })
                .on("between-events", visit -> {
                    visit.open();
                    visit.word("one");
                    visit.silence();
                })
                .on("in-the-body", visit -> {
                    visit.raw("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"id\":");
                    visit.silence();
                })
                .on("endless", visit -> {
                    visit.open();
                    while (!visit.isClosed()) {
                        visit.word("x".repeat(1000));
                    }
                });
        siege = Siege.start(upstream, "", "");
    }

    @AfterAll
    static void stop() {
        siege.close();
    }

    @AfterEach
    void nothing_is_left_behind() {
        siege.assertUnharmed();
    }

    /** How the client gets to where it leaves, once the upstream was asked. */
    private interface Phase {
        void reach(RawClient client, Visit visit);
    }

    private void assertPrompt(String model, String question, boolean abort, Phase phase) {
        var nanos = new long[TIMES];
        for (int i = 0; i < TIMES; i++) {
            try (var client = RawClient.withSmallBuffer(siege.url())) {
                int before = siege.upstream().visits(model).size();
                client.send(question);
                var visit = siege.upstream().visit(model, before + 1);
                phase.reach(client, visit);
                assertThat(visit.isClosed()).isFalse();
                long left = System.nanoTime();
                client.leave(abort);
                nanos[i] = visit.awaitClosed() - left;
            }
        }
        Arrays.sort(nanos);
        assertThat(Duration.ofNanos(nanos[TIMES / 2])).as("median").isLessThanOrEqualTo(USUALLY);
        assertThat(Duration.ofNanos(nanos[TIMES - 1])).as("worst").isLessThanOrEqualTo(ALWAYS);
    }

    @ParameterizedTest
    @CsvSource({
        "before-headers, false, false",
        "before-headers, false, true",
        "before-headers, true, false",
        "before-headers, true, true",
        "before-first-event, true, false",
        "before-first-event, true, true",
        "in-the-body, false, false",
        "in-the-body, false, true",
    })
    void who_leaves_while_nothing_came_yet_takes_the_upstream_along(String model, boolean stream, boolean abort) {
        var question = stream ? RawClient.chat(model, "\"stream\":true") : RawClient.chat(model);
        assertPrompt(model, question, abort, (client, visit) -> {});
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void who_leaves_between_two_events_takes_the_upstream_along(boolean abort) {
        assertPrompt("between-events", RawClient.chat("between-events", "\"stream\":true"), abort, (client, visit) -> {
            assertThat(client.bodilessAnswer().status()).isEqualTo(200);
            assertThat(client.chunk()).contains("one");
        });
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void who_leaves_in_the_middle_of_a_flow_takes_the_upstream_along(boolean abort) {
        assertPrompt("endless", RawClient.chat("endless", "\"stream\":true"), abort, (client, visit) -> {
            assertThat(client.bodilessAnswer().status()).isEqualTo(200);
            assertThat(client.chunk()).contains("xxx");
        });
    }

    @Test
    void who_did_not_read_and_leaves_takes_the_upstream_along() {
        assertPrompt(
                "endless",
                RawClient.chat("endless", "\"stream\":true"),
                false,
                (client, visit) -> Await.plateau("the upstream pauses", Duration.ofMillis(150), visit::written));
    }

    @Test
    void who_sent_another_request_behind_and_leaves_takes_the_upstream_along() {
        assertPrompt(
                "between-events",
                RawClient.chat("between-events", "\"stream\":true") + RawClient.chat("good"),
                false,
                (client, visit) -> {
                    assertThat(client.bodilessAnswer().status()).isEqualTo(200);
                    assertThat(client.chunk()).contains("one");
                });
    }
}
