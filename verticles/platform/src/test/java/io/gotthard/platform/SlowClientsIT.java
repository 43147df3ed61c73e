package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients who send their requests very slowly, or not at all, are let go of; meanwhile the others do not notice them. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SlowClientsIT {

    private static final int MANY = 300;
    private static final String PROMISE = RawClient.head("POST", "/v1/chat/completions", "Content-Length: 1000");

    private static Siege siege;

    @BeforeAll
    static void start() {
        siege = Siege.start("http: {header_timeout: 1s, body_timeout: 1s}");
    }

    @AfterAll
    static void stop() {
        siege.close();
    }

    @AfterEach
    void nothing_is_left_behind() {
        siege.assertUnharmed();
    }

    private static List<RawClient> many(String beginning) {
        return IntStream.range(0, MANY)
                .mapToObj(i -> siege.connect().send(beginning))
                .toList();
    }

    private static void assertOthersAreServed() {
        for (int i = 0; i < 20; i++) {
            assertThat(siege.ask(RawClient.chat("good")).status()).isEqualTo(200);
        }
    }

    @Test
    void connections_on_which_nothing_comes_are_closed() {
        var clients = many("");
        assertOthersAreServed();
        clients.forEach(client -> assertThat(client.rest()).isEmpty());
        clients.forEach(RawClient::close);
    }

    @Test
    void connections_with_half_a_head_are_closed() {
        var clients = many("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        assertOthersAreServed();
        clients.forEach(client -> assertThat(client.rest()).isEmpty());
        clients.forEach(RawClient::close);
    }

    @Test
    void requests_with_half_a_body_are_refused_and_their_connections_closed() {
        var clients = many(PROMISE + "{\"model\":");
        assertOthersAreServed();
        for (var client : clients) {
            assertThat(client.answer().error(408).getString("code")).isEqualTo("request_timeout");
            assertThat(client.rest()).isEmpty();
            client.close();
        }
    }

    @Test
    void who_drips_is_never_idle_and_yet_let_go_of() {
        var drips = new ArrayList<CompletableFuture<Void>>();
        for (var beginning : List.of("GET /v1/models HTTP/1.1\r\nX-Slow: ", PROMISE)) {
            for (int i = 0; i < 20; i++) {
                drips.add(CompletableFuture.runAsync(() -> drip(beginning), Thread::startVirtualThread));
            }
        }
        assertOthersAreServed();
        CompletableFuture.allOf(drips.toArray(CompletableFuture[]::new))
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    /** Sends a byte every 50 ms until the connection is closed. */
    private static void drip(String beginning) {
        try (var client = siege.connect().send(beginning)) {
            while (true) {
                client.send("x");
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
        } catch (UncheckedIOException closed) {
            // As it should be.
        }
    }

    @Test
    void a_connection_between_two_requests_is_kept_as_long_as_a_head_may_take() {
        try (var client = siege.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.send(RawClient.chat("good")).answer().status())
                        .isEqualTo(200);
            }
            assertThat(client.rest()).isEmpty();
        }
    }
}
