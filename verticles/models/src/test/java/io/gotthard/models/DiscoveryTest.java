package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Meter;
import io.gotthard.kit.Settings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which models there are because their upstream says so, over a real bus and with a real server. */
class DiscoveryTest {

    private static final String HOSTILE = Stream.of("../admin", "a b", "", "a\\nb", "ü", "x".repeat(300), "fine")
            .collect(Collectors.joining("\",\""));

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile Handler<HttpServerRequest> play = models("one", "two");
    private ModelsInUse inUse;
    private Bus bus;
    private int port;

    @BeforeEach
    void start() {
        port = vertx.createHttpServer()
                .requestHandler(request -> {
                    if (request.path().equals("/v1/models")) {
                        asked.incrementAndGet();
                        play.handle(request);
                    } else {
                        request.body().onSuccess(body -> request.response().end(body));
                    }
                })
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
    }

    @AfterEach
    void stop() {
        vertx.close().await();
    }

    private static Handler<HttpServerRequest> models(String... names) {
        var data = Stream.of(names)
                .map(name -> "{\"id\":\"" + name + "\",\"object\":\"model\"}")
                .collect(Collectors.joining(","));
        return request -> request.response().end("{\"object\":\"list\",\"data\":[" + data + "]}");
    }

    private ModelsSettings settings(String models) {
        var read = Settings.read(RouteAsker.Sections.class, """
            upstreams:
              up: {protocol: openai, url: 'http://127.0.0.1:%d/v1', discover: true, discover_every: 1s}
              other: {protocol: openai, url: 'http://127.0.0.1:1/v1'}
            models: %s
            """.formatted(port, models), "test.yaml", name -> null);
        return new ModelsSettings(
                read.upstreams(), read.models(), new ExternalSettings(null, "swissai"), Duration.ZERO);
    }

    private void deploy(String models) {
        var idempotency = new Idempotency(IdempotencySettings.USUAL, null);
        inUse = new ModelsInUse(settings(models), new SimpleMeterRegistry());
        vertx.deployVerticle(new ModelsVerticle(inUse, Meter.OFF, idempotency)).await();
        bus = on(() -> Future.succeededFuture(new Bus(vertx)));
    }

    private <T> T on(Supplier<Future<T>> work) {
        var promise = Promise.<T>promise();
        vertx.runOnContext(go -> work.get().onComplete(promise));
        return promise.future()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    private List<String> listed() {
        var call = new Call("c" + System.nanoTime(), "request", RouteAsker.ANYBODY, Map.of(), null);
        return on(() -> bus.ask("models.listModels", call).next()).body().toJsonObject().getJsonArray("data").stream()
                .map(model -> ((JsonObject) model).getString("id"))
                .toList();
    }

    private void awaitListed(String... names) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!listed().equals(List.of(names)) && System.nanoTime() < until) {
            LockSupport.parkNanos(5_000_000);
        }
        assertThat(listed()).containsExactly(names);
    }

    private void awaitAsked(int times) {
        int before = asked.get();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (asked.get() < before + times && System.nanoTime() < until) {
            LockSupport.parkNanos(5_000_000);
        }
        assertThat(asked.get()).isGreaterThanOrEqualTo(before + times);
    }

    @Test
    void they_are_named_after_their_upstream_and_come_and_go() {
        deploy("{}");
        awaitListed("up/one", "up/two");
        play = models("two", "three");
        awaitListed("up/two", "up/three");
    }

    @Test
    void one_that_was_found_is_asked_under_its_own_name() {
        deploy("{}");
        awaitListed("up/one", "up/two");
        var body = JsonBody.parse(RouteAsker.chat("up/two", false).toBuffer());
        var call = new Call("c1", "request", RouteAsker.ANYBODY, Map.of(), body);
        var answer = on(() -> bus.ask("models.createChatCompletion", call).next());
        // This upstream says again what it is asked, and the model is ours again.
        assertThat(answer.body().toJsonObject().getString("model")).isEqualTo("up/two");
        assertThat(answer.headers()).containsEntry("x-gotthard-target", "up");
    }

    @Test
    void a_wildcard_names_them_and_what_is_configured_stays() {
        play = models("org/one", "org/two", "else/three");
        deploy("{'lab/*': {kind: chat, targets: [{upstream: up, model: 'org/*'}]}, "
                + "lab/two: {kind: chat, targets: [{upstream: up, model: mine}]}}");
        awaitListed("lab/two", "lab/one", "up/else/three");
    }

    @Test
    void a_wildcard_of_another_upstream_does_not_get_what_is_found_here() {
        deploy("{'*': {kind: chat, targets: [{upstream: other, model: '*'}]}}");
        awaitListed("up/one", "up/two");
        var call = new Call(
                "c1",
                "request",
                RouteAsker.ANYBODY,
                Map.of(),
                JsonBody.parse(RouteAsker.chat("up/one", false).toBuffer()));
        var answer = on(() -> bus.ask("models.createChatCompletion", call).next());
        assertThat(answer.headers()).containsEntry("x-gotthard-target", "up");
    }

    @Test
    void while_an_upstream_fails_what_it_said_last_is_good() {
        deploy("{}");
        awaitListed("up/one", "up/two");
        for (Handler<HttpServerRequest> failing : List.<Handler<HttpServerRequest>>of(
                request -> request.response().setStatusCode(500).end("{\"data\":[]}"),
                request -> request.response().end("<html>"),
                request -> request.response().end("{\"data\":\"none\"}"),
                request -> request.connection().close(),
                request -> request.response().end("{\"data\":[" + " ".repeat(5_000_000) + "]}"))) {
            play = failing;
            awaitAsked(2);
            assertThat(listed()).containsExactly("up/one", "up/two");
        }
        play = models("three");
        awaitListed("up/three");
    }

    @Test
    void nobody_waits_for_an_upstream_that_does_not_answer() {
        play = request -> {};
        deploy("{own: {kind: chat, targets: [{upstream: up, model: mine}]}}");
        assertThat(listed()).containsExactly("own");
    }

    @Test
    void names_that_are_none_and_too_many_are_left_out() {
        play = request -> request.response()
                .end("{\"data\":[\"x\",7,null,{\"id\":3},{\"id\":\"" + HOSTILE.replace("\",\"", "\"},{\"id\":\"")
                        + "\"}]}");
        deploy("{}");
        awaitListed("up/fine");
        play = models(IntStream.range(0, 3_000).mapToObj(i -> "m" + i).toArray(String[]::new));
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (listed().size() < 2 && System.nanoTime() < until) {
            LockSupport.parkNanos(5_000_000);
        }
        assertThat(listed()).hasSize(1_000);
    }

    @Test
    void an_upstream_that_becomes_another_is_asked_anew_and_one_that_goes_no_more() {
        deploy("{own: {kind: chat, targets: [{upstream: up, model: mine}]}}");
        awaitListed("own", "up/one", "up/two");
        var none = new ModelsSettings(Map.of(), Map.of(), new ExternalSettings(null, "swissai"), Duration.ZERO);
        assertThat(on(() -> inUse.change(none, Future::succeededFuture))).isTrue();
        assertThat(listed())
                .containsExactly(
                        "demo-chat",
                        "demo-embedding",
                        "demo-image",
                        "demo-speech",
                        "demo-transcription",
                        "demo-moderation");
        play = models("three");
        var again = settings("{}");
        assertThat(on(() -> inUse.change(again, Future::succeededFuture))).isTrue();
        awaitListed("up/three");
    }

    @Test
    void the_swissai_dialect_may_have_a_model_that_is_yet_to_be_found() {
        var upstreams = settings("{}").upstreams();
        assertThatCode(() -> new ModelsSettings(
                        upstreams, Map.of(), new ExternalSettings("up/one", "swissai"), Duration.ZERO))
                .doesNotThrowAnyException();
        for (var unknown : List.of("demo-chat", "else/one", "up")) {
            var external = new ExternalSettings(unknown, "swissai");
            assertThatThrownBy(() -> new ModelsSettings(upstreams, Map.of(), external, Duration.ZERO))
                    .hasMessageContaining(unknown);
        }
    }

    @Test
    void a_change_that_fails_meanwhile_changes_nothing() {
        deploy("{own: {kind: chat, targets: [{upstream: up, model: mine}]}}");
        awaitListed("own", "up/one", "up/two");
        var other = settings("{other: {kind: chat, targets: [{upstream: up, model: mine}]}}");
        var failed = on(() -> inUse.change(other, () -> Future.failedFuture(new IllegalStateException("no")))
                .transform(result -> Future.succeededFuture(result.failed())));
        assertThat(failed).isTrue();
        assertThat(listed()).containsExactly("own", "up/one", "up/two");
    }
}
