package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Hub.Reply;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The configuration changes while the platform is used. */
class ConfigReloadIT {

    private static final String SECTIONS = "metering: {unpriced: free}\n";
    private static final String STREAM = "\"stream\":true";
    private static final int STREAMS = 40;

    private final CountDownLatch goOn = new CountDownLatch(1);
    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final CapturedLog log = CapturedLog.start();
    private RunningPlatform platform;
    private Hub admin;

    @BeforeEach
    void start() {
        upstream.on("slow", visit -> {
            visit.open();
            visit.word("one");
            await();
            visit.word("two");
            visit.finish();
            visit.event("[DONE]");
            visit.end();
        });
        upstream.on("late", visit -> {
            await();
            visit.json(500, "{}");
        });
        upstream.on("down", visit -> visit.json(500, "{}"));
        platform = RunningPlatform.start(yaml("", "old"), TestDatabase.url());
        admin = new Hub(platform.url(), RunningPlatform.KEY);
    }

    @AfterEach
    void stop() {
        goOn.countDown();
        platform.close();
        upstream.close();
        log.close();
    }

    private void await() {
        try {
            assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Two upstreams at the same place, and models with these names, each the scripted one "good" or that of its name. */
    private String yaml(String sections, String... models) {
        var yaml = new StringBuilder(SECTIONS + sections + "\nupstreams:\n");
        for (var name : List.of("one", "two")) {
            yaml.append("  %s: {protocol: openai, url: \"%s\", key: %s}%n"
                    .formatted(name, upstream.url(), ScriptedUpstream.KEY));
        }
        yaml.append("models:\n");
        for (var model : models) {
            yaml.append(model("one", model));
        }
        return yaml.toString();
    }

    private static String model(String at, String name) {
        var asked = List.of("slow", "late", "down").contains(name) ? name : "good";
        return "  %s: {kind: chat, targets: [{upstream: %s, model: %s%s}]}%n"
                .formatted(name, at, ScriptedUpstream.PREFIX, asked);
    }

    private void replace(String yaml) throws IOException {
        var next = Files.writeString(platform.file().resolveSibling("next"), yaml);
        Files.move(next, platform.file(), StandardCopyOption.ATOMIC_MOVE);
    }

    private Reply reload() {
        return admin.ask("POST", "/config/reload", null);
    }

    private int ask(String model) {
        return raw(RawClient.chat(model)).status();
    }

    private RawAnswer raw(String request) {
        try (var client = RawClient.to(platform.url())) {
            return client.send(request).answer();
        }
    }

    /** On a thread of its own, so that many wait at the same time. */
    private static CompletableFuture<RawAnswer> later(Supplier<RawAnswer> asking) {
        return CompletableFuture.supplyAsync(asking, task -> Thread.ofVirtual().start(task));
    }

    private void awaitModel(String model) {
        Await.until("there is a model " + model, () -> ask(model) == 200);
    }

    @Test
    void what_a_file_says_that_took_the_place_of_another_takes_effect() throws Exception {
        assertThat(ask("new")).isEqualTo(404);
        replace(yaml("", "new"));
        awaitModel("new");
        assertThat(ask("old")).isEqualTo(404);
        Files.writeString(platform.file(), yaml("", "old", "newer"));
        awaitModel("newer");
        assertThat(log.alarms()).isEmpty();
    }

    @Test
    void a_link_is_followed_when_it_is_set_elsewhere_as_kubernetes_does() throws Exception {
        var folder = platform.file().getParent();
        mount(folder, "..first", yaml("", "first"));
        Files.createSymbolicLink(folder.resolve("link"), Path.of("..data", "gotthard.yaml"));
        Files.move(folder.resolve("link"), platform.file(), StandardCopyOption.ATOMIC_MOVE);
        awaitModel("first");
        mount(folder, "..second", yaml("", "second"));
        awaitModel("second");
        assertThat(ask("first")).isEqualTo(404);
    }

    private static void mount(Path folder, String version, String yaml) throws IOException {
        Files.createDirectories(folder.resolve(version));
        Files.writeString(folder.resolve(version).resolve("gotthard.yaml"), yaml);
        Files.deleteIfExists(folder.resolve("..data_tmp"));
        Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of(version));
        Files.move(folder.resolve("..data_tmp"), folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void an_invalid_file_is_refused_whole_with_all_findings_and_the_old_one_stays() throws Exception {
        replace(yaml("", "new")
                + "  broken: {kind: chat, targets: [{upstream: one, modle: x}]}\n  worse: {kind: fish}\n");
        var refused = reload();
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.code()).isEqualTo("invalid_configuration");
        int line = (int) Files.readString(platform.file()).lines().count() - 1;
        assertThat(refused.message())
                .contains(platform.file() + ":" + line + ":", "did you mean model?")
                .contains(platform.file() + ":" + (line + 1) + ":", "one of chat");
        assertThat(ask("old")).isEqualTo(200);
        assertThat(ask("new")).isEqualTo(404);
        Await.until("the log says so", () -> log.lines().stream().anyMatch(said -> said.contains("was not taken")));
        assertThat(log.alarms()).isEmpty();

        replace(yaml("", "new"));
        awaitModel("new");
    }

    @Test
    void what_does_not_fit_together_is_refused_as_well_and_so_is_nothing() throws Exception {
        for (var invalid : List.of(
                yaml("", "new") + "  lost: {kind: chat, targets: [{upstream: three, model: x}]}\n",
                yaml("", "new") + "  dear: {kind: chat, targets: [{upstream: one, model: x}], price: {gold: 1}}\n",
                yaml("", "new").replace("url:", "tls: {ca: /no/such/file}, url:"),
                yaml("", "new").replace("127.0.0.1", "169.254.169.254"),
                "",
                "upstreams: {",
                "\0")) {
            replace(invalid);
            assertThat(reload().status()).as(invalid).isEqualTo(409);
            assertThat(ask("old")).isEqualTo(200);
            assertThat(ask("new")).isEqualTo(404);
        }
        Files.delete(platform.file());
        assertThat(reload().status()).isEqualTo(409);
        assertThat(ask("old")).isEqualTo(200);
    }

    @Test
    void streams_go_on_while_their_models_and_upstreams_change_and_go() throws Exception {
        replace(yaml("", "slow", "old"));
        reload().ok();
        var streams = IntStream.range(0, STREAMS)
                .mapToObj(i -> later(() -> raw(RawClient.chat("slow", STREAM))))
                .toList();
        upstream.visit("slow", STREAMS);
        for (int i = 0; i < 20; i++) {
            // Now it has another key, now it is gone, now it is elsewhere.
            var changed = yaml("", "slow", "old", "m" + i).replace(ScriptedUpstream.KEY, "other-" + i);
            replace(i % 3 == 0 ? yaml("", "old", "m" + i) : changed);
            reload().ok();
            assertThat(ask("m" + i)).isEqualTo(200);
        }
        goOn.countDown();
        assertThat(streams.stream().map(CompletableFuture::join)).allSatisfy(answer -> {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.text())
                    .contains("\"one\"", "\"two\"")
                    .doesNotContain("\"error\"")
                    .endsWith("data: [DONE]\n\n");
        });
        assertThat(log.alarms()).isEmpty();
    }

    @Test
    void a_request_that_is_under_way_still_finds_the_targets_it_began_with() throws Exception {
        var both =
                yaml("") + "  late: {kind: chat, strategy: priority, targets: [{upstream: one, model: internal/late}, "
                        + "{upstream: two, model: internal/good, priority: 2}]}\n";
        replace(both);
        reload().ok();
        var answer = later(() -> raw(RawClient.chat("late")));
        upstream.visit("late", 1);
        replace(SECTIONS + "demo: {faults: true}\n");
        reload().ok();
        assertThat(ask("late")).isEqualTo(404);
        goOn.countDown();
        assertThat(answer.join().status()).isEqualTo(200);
        assertThat(answer.join().headers()).containsEntry("x-gotthard-target", "two");
    }

    @Test
    void a_target_that_stays_what_it_is_keeps_its_standing() throws Exception {
        replace(yaml("", "down").replace("internal/down}]", "internal/down}], breaker: {open: 1m, longest: 1m}"));
        reload().ok();
        for (int i = 0; i < 6; i++) {
            ask("down");
        }
        int asked = upstream.visits("down").size();
        assertThat(ask("down")).isEqualTo(502);
        assertThat(upstream.visits("down")).as("it is out of service").hasSize(asked);

        replace(Files.readString(platform.file()) + model("two", "new"));
        reload().ok();
        assertThat(ask("new")).isEqualTo(200);
        assertThat(ask("down")).isEqualTo(502);
        assertThat(upstream.visits("down")).as("it still is").hasSize(asked);

        replace(Files.readString(platform.file()).replace("key: " + ScriptedUpstream.KEY, "key: another-one"));
        reload().ok();
        assertThat(ask("down")).isEqualTo(502);
        assertThat(upstream.visits("down").size())
                .as("with another key it is another")
                .isGreaterThan(asked);
    }

    @Test
    void a_changed_price_is_a_new_one_from_now_on() throws Exception {
        replace(priced("0.5"));
        reload().ok();
        replace(priced("0.75"));
        reload().ok();
        reload().ok();
        var prices = admin.get("/prices?model=priced-by-file").data();
        assertThat(prices.stream()
                        .map(price ->
                                ((JsonObject) price).getJsonObject("rates").getString("request")))
                .containsExactly("0.5", "0.75");
        assertThat(ask("priced-by-file")).isEqualTo(200);
    }

    private String priced(String request) {
        return yaml("")
                + "  priced-by-file: {kind: chat, targets: [{upstream: one, model: internal/good}], price: {request: "
                + request + "}}\n";
    }

    @Test
    void a_wildcard_has_a_price_for_all_that_it_stands_for() throws Exception {
        replace(yaml("")
                + "  wild-*: {kind: chat, targets: [{upstream: one, model: internal/good}], price: {request: 0.5}}\n");
        reload().ok();
        var asked = new JsonObject().put("model", "wild-one").put("messages", List.of());
        var explained = admin.post("/routes/explain", Hub.object("operation", "chat", "request", asked));
        assertThat(explained.ok().json().getJsonObject("price").getJsonObject("rates"))
                .isEqualTo(Hub.object("request", "0.5"));
    }

    @Test
    void an_upstream_tells_which_models_it_has() throws Exception {
        upstream.on("", visit -> visit.json(200, "{\"data\":[{\"id\":\"internal/good\"},{\"id\":\"internal/down\"}]}"));
        replace(yaml("", "old").replaceFirst("key:", "discover: true, key:"));
        reload().ok();
        awaitModel("one/internal/good");
        assertThat(raw(RawClient.head("GET", "/v1/models")).text()).contains("one/internal/down", "\"old\"");
    }

    @Test
    void what_needs_a_restart_is_named_and_the_rest_takes_effect() throws Exception {
        replace(yaml("http: {ping: 7s, port: 1}\nredis_url: redis://127.0.0.1:1\n", "new"));
        var reloaded = reload().ok().json();
        assertThat(reloaded.getJsonArray("needs_restart"))
                // The environment says which port it is.
                .containsExactlyInAnyOrder("http.ping", "redis_url");
        assertThat(ask("new")).isEqualTo(200);
        replace(yaml("", "new"));
        assertThat(reload().ok().json().getJsonArray("needs_restart")).isEmpty();
        assertThat(reload().ok().json().getBoolean("changed")).isFalse();
    }
}
