package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Customer.Seen;
import io.gotthard.platform.ScriptedUpstream.Visit;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that nobody wants any more, or that take too long: nobody is asked for them again, and what was not got is not paid. */
@Tag("heavy")
class FaultsEndIT {

    /** "Hello ", "you " and the last space, and the question. */
    private static final long HALF = PricedUpstream.nanos(PricedUpstream.REQUEST) + 1_000L * 8 + 2_000L * 3;

    private static final Deaf DEAF = Deaf.start();
    private static Shop shop;

    @BeforeAll
    static void start() {
        var upstream = ScriptedUpstream.start()
                .on("failing", visit -> visit.json(500, "{}"))
                .on("other-of-failing", Visit::silence)
                .on("waiting", visit -> visit.json(503, "{}"))
                .on("held", visit -> {
                    half(visit);
                    visit.silence();
                })
                .on("too-late", Visit::silence)
                .on("endless", visit -> {
                    half(visit);
                    while (!visit.isClosed()) {
                        visit.chunk(": still here\n\n");
                        visit.pause(Duration.ofMillis(50));
                    }
                })
                .on("cut", visit -> {
                    half(visit);
                    // A reset takes along what was not read yet.
                    visit.pause(Duration.ofMillis(100));
                    visit.reset();
                })
                .on("never-heard", Visit::silence);
        var failing = targets("failing", "other-of-failing");
        var late = targets("too-late", "never-heard") + ", deadlines: {request: 1s}";
        var deaf = "targets: [{upstream: deaf, model: x}%s], deadlines: {connect: 500ms}";
        var models = "models:\n"
                + model("second-sync", failing)
                + model("second-stream", failing)
                + model("waiting-sync", targets("waiting") + ", retries: {backoff: 5s}")
                + model("waiting-stream", targets("waiting") + ", retries: {backoff: 5s}")
                + model("held-stream", targets("held") + ", delivery: whole")
                + model("late-sync", late)
                + model("late-stream", late)
                + model("endless-stream", targets("endless") + ", deadlines: {request: 1s}")
                + model("attempt-stream", targets("endless") + ", deadlines: {attempt: 1s}")
                + model("cut-stream", targets("cut"))
                + model("deaf-sync", deaf.formatted(", " + target("good")))
                + model("deaf-stream", deaf.formatted(""));
        shop = Shop.open(
                upstream,
                "external: {model: cut-stream}\nupstreams:\n" + upstream.entry("one", "") + DEAF.entry() + models);
    }

    private static String target(String name) {
        return "{upstream: one, model: internal/" + name + "}";
    }

    private static String targets(String... names) {
        return Arrays.stream(names).map(FaultsEndIT::target).collect(Collectors.joining(", ", "targets: [", "]"));
    }

    private static String model(String name, String keys) {
        return "  %s: {kind: chat, strategy: priority, breaker: {failures: 0}, %s, %s}\n"
                .formatted(name, keys, PricedUpstream.PRICE);
    }

    @AfterAll
    static void stop() {
        shop.close();
        DEAF.close();
    }

    /** A server that nobody gets a connection to, and that does not refuse it either: its queue is full. */
    private record Deaf(ServerSocket server, List<Socket> queue) {

        static Deaf start() {
            try {
                var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var queue = new ArrayList<Socket>();
                for (int i = 0; i < 10; i++) {
                    var socket = new Socket();
                    queue.add(socket);
                    try {
                        socket.connect(server.getLocalSocketAddress(), 200);
                    } catch (SocketTimeoutException full) {
                        return new Deaf(server, queue);
                    }
                }
                throw new AssertionError("The queue is never full.");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String entry() {
            return "  deaf: {protocol: openai, url: \"http://127.0.0.1:%d/v1\"}\n".formatted(server.getLocalPort());
        }

        void close() {
            try {
                for (var socket : queue) {
                    socket.close();
                }
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void half(Visit visit) throws IOException {
        visit.open();
        visit.word("Hello ");
        visit.word("you ");
    }

    private static int asked(String target) {
        return shop.upstream().visits(target).size();
    }

    private static Seen leave(String model, String target) {
        int before = asked(target);
        try (var customer = shop.purse().customer()) {
            return customer.leaveAtOnce(model, () -> shop.upstream().visit(target, before + 1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"second-sync", "second-stream"})
    void who_leaves_the_second_attempt_takes_it_along(String model) {
        var seen = leave(model, "other-of-failing");
        assertThat(shop.upstream().visits("other-of-failing")).allSatisfy(Visit::awaitClosed);
        shop.assertSettled(seen, 2, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"waiting-sync", "waiting-stream"})
    void who_leaves_while_an_attempt_is_waited_for_ends_that(String model) {
        int before = asked("waiting");
        var seen = leave(model, "waiting");
        // At once, and not after the wait, which is at least 2.5 seconds.
        shop.assertSettled(seen, 1, 0);
        new CompletableFuture<Void>()
                .completeOnTimeout(null, 6, TimeUnit.SECONDS)
                .join();
        assertThat(asked("waiting")).isEqualTo(before + 1);
    }

    @Test
    void who_leaves_before_a_whole_answer_is_whole_pays_nothing() {
        var seen = leave("held-stream", "held");
        assertThat(shop.upstream().visits("held")).allSatisfy(Visit::awaitClosed);
        shop.assertSettled(seen, 1, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"late-sync", "late-stream"})
    void the_whole_request_has_a_deadline_whoever_is_left_to_ask(String model) {
        long began = System.nanoTime();
        var seen = shop.ask(model);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(4));
        assertThat(seen.status()).isEqualTo(504);
        assertThat(seen.code()).isEqualTo("timeout");
        assertThat(asked("never-heard")).isZero();
        shop.assertSettled(seen, 1, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"endless-stream", "attempt-stream"})
    void what_is_being_said_has_a_deadline_too_and_what_was_said_is_paid(String model) {
        var seen = shop.ask(model);
        assertThat(seen.status()).isEqualTo(200);
        assertThat(seen.whole()).isFalse();
        assertThat(seen.text()).contains("you ", "\"timeout\"").doesNotContain("[DONE]", "finish_reason");
        assertThat(shop.upstream().visits("endless")).allSatisfy(Visit::awaitClosed);
        shop.assertSettled(seen, 1, HALF);
    }

    @Test
    void who_can_not_be_connected_to_has_a_deadline_and_is_not_asked_again() {
        long began = System.nanoTime();
        var answered = shop.ask("deaf-sync");
        assertThat(answered.status()).isEqualTo(200);
        assertThat(answered.headers())
                .containsEntry("x-gotthard-attempts", "2")
                .containsEntry("x-gotthard-target", "one");
        var refused = shop.ask("deaf-stream");
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.code()).isEqualTo("upstream_unreachable");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(4));
        shop.assertSettled(refused, 1, 0);
    }

    @ParameterizedTest
    @CsvSource({"/v1/chat/completions, cut-stream", "/api/v1/external/chat/completions, swissai"})
    void on_each_surface_an_answer_that_breaks_off_ends_with_an_error_in_its_shape(String path, String name) {
        var question = RawClient.post(
                path,
                "{\"model\":\"cut-stream\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
        try (var client = RawClient.to(shop.platform().url())) {
            var answer = client.send(question).answer();
            assertThat(answer.status()).isEqualTo(200);
            var events = answer.text().strip().split("\n\n");
            assertThat(events[0]).contains("\"model\":\"" + name + "\"");
            var last = new JsonObject(events[events.length - 1].substring("data: ".length()));
            assertThat(last.getJsonObject("error").getString("code")).isEqualTo("upstream_cut");
            assertThat(answer.text()).doesNotContain("[DONE]", "finish_reason");
        }
    }
}
