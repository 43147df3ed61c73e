package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.ScriptedUpstream.Visit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A client who stops reading pauses the upstream, and one who comes back goes on where it was. The clients stop for a second or
 * so and not for a minute, which is the same: what holds the data back is full buffers and no clock. Once the upstream could
 * write nothing for a while, nothing on the way can take more until somebody reads, however long that is.
 */
class BackPressureIT {

    private static final String QUESTION = RawClient.chat("numbers", "\"stream\":true");
    private static final Pattern NUMBER = Pattern.compile("\"content\":\"(\\d+)-");
    private static final String PADDING = "x".repeat(32_000);
    private static final Duration A_WHILE = Duration.ofMillis(500);
    private static final long MEGABYTE = 1024 * 1024;
    /** What the system keeps for the gateway's two sockets, up to 6 MB of it at the one and 4 MB at the other, and ours. */
    private static final long BUFFERS = 16 * MEGABYTE;

    private static final int MANY = 200;
    private static final int WORDS = 150;

    private static final AtomicBoolean ENOUGH = new AtomicBoolean();
    private static Siege siege;

    @BeforeAll
    static void start() {
        var upstream = ScriptedUpstream.start().on("numbers", visit -> {
            visit.holdLittle();
            visit.open();
            for (int i = 0; !ENOUGH.get(); i++) {
                visit.word(i + "-" + PADDING);
            }
            visit.finish();
            visit.event("[DONE]");
            visit.end();
            // As upstreams do, who keep the connection for the next request.
            visit.silence();
        });
        upstream.on("leaves", visit -> {
            visit.open();
            for (int i = 0; i < WORDS; i++) {
                visit.word(i + "-" + PADDING);
            }
            visit.finish();
            visit.event("[DONE]");
            visit.end();
        });
        siege = Siege.start(upstream, "", "");
    }

    @AfterAll
    static void stop() {
        siege.close();
    }

    @AfterEach
    void nothing_is_left_behind() {
        ENOUGH.set(false);
        siege.assertUnharmed();
    }

    private static long written() {
        return siege.upstream().visits("numbers").stream()
                .mapToLong(Visit::written)
                .sum();
    }

    @Test
    void a_client_who_stops_reading_pauses_the_upstream_and_goes_on_where_it_was() {
        int before = siege.upstream().visits("numbers").size();
        try (var client = RawClient.withSmallBuffer(siege.url())) {
            client.send(QUESTION);
            assertThat(client.bodilessAnswer().status()).isEqualTo(200);
            var visit = siege.upstream().visit("numbers", before + 1);
            var events = new StringBuilder(client.chunk());
            for (int pause = 0; pause < 2; pause++) {
                int read = events.length();
                long written = Await.plateau("the upstream pauses", A_WHILE, visit::written);
                assertThat(written - read).isLessThan(BUFFERS);
                // More than was on the way: so the upstream must have gone on.
                while (events.length() < written + MEGABYTE) {
                    events.append(client.chunk());
                }
            }
            ENOUGH.set(true);
            for (var chunk = client.chunk(); !chunk.isEmpty(); chunk = client.chunk()) {
                events.append(chunk);
            }
            assertThat(events.substring(events.length() - 200)).endsWith("data: [DONE]\n\n");
            var numbers = NUMBER.matcher(events);
            int next = 0;
            while (numbers.find()) {
                assertThat(Integer.parseInt(numbers.group(1))).isEqualTo(next);
                next++;
            }
            assertThat(next).isGreaterThan(100);
        }
    }

    @RepeatedTest(5)
    void what_an_upstream_said_before_it_left_reaches_a_client_who_reads_late() {
        int before = siege.upstream().visits("leaves").size();
        try (var client = RawClient.withSmallBuffer(siege.url())) {
            client.send(RawClient.chat("leaves", "\"stream\":true"));
            assertThat(client.bodilessAnswer().status()).isEqualTo(200);
            var visit = siege.upstream().visit("leaves", before + 1);
            Await.plateau("the upstream has said all it can", A_WHILE, visit::written);
            var events = new StringBuilder();
            for (var chunk = client.chunk(); !chunk.isEmpty(); chunk = client.chunk()) {
                events.append(chunk);
            }
            assertThat(NUMBER.matcher(events).results()).hasSize(WORDS);
            assertThat(events.substring(events.length() - 200)).endsWith("data: [DONE]\n\n");
        }
    }

    @Test
    @Tag("heavy")
    void many_clients_who_do_not_read_cost_little_and_no_more_with_time() {
        List<RawClient> clients = new ArrayList<>();
        long before = heap();
        long earlier = written();
        try {
            for (int i = 0; i < MANY; i++) {
                clients.add(RawClient.withSmallBuffer(siege.url()).send(QUESTION));
            }
            long wrote;
            long paused;
            int tries = 0;
            do {
                // A busy machine, too, can keep all of them from writing for a while.
                assertThat(tries++).as("tries until nothing is written").isLessThan(20);
                wrote = Await.plateau("the upstreams pause", A_WHILE, BackPressureIT::written);
                paused = heap();
                Await.plateau("the upstreams stay paused", A_WHILE.multipliedBy(2), BackPressureIT::written);
            } while (written() != wrote);
            assertThat(wrote - earlier).isLessThan(MANY * BUFFERS);
            assertThat(paused - before).as("heap for all").isLessThan(MANY * MEGABYTE);
            assertThat(heap() - paused).as("growth of the heap").isLessThan(16 * MEGABYTE);
        } finally {
            clients.forEach(RawClient::close);
        }
        siege.upstream().visits("numbers").forEach(Visit::awaitClosed);
    }

    private static long heap() {
        // Twice, because the first round may only find out what is garbage.
        System.gc();
        System.gc();
        var runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
