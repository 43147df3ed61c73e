package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The configuration changes while the platform is used. */
@Tag("heavy")
class ConfigReloadIT {

    private static final String STREAM = "\"stream\":true";
    private static final int STREAMS = 40;

    private final CountDownLatch goOn = new CountDownLatch(1);
    private final ChangingPlatform site = ChangingPlatform.start();

    @BeforeEach
    void script() {
        site.upstream().on("slow", visit -> {
            visit.open();
            visit.word("one");
            await();
            visit.word("two");
            visit.finish();
            visit.event("[DONE]");
            visit.end();
        });
        site.upstream().on("late", visit -> {
            await();
            visit.json(500, "{}");
        });
    }

    @AfterEach
    void stop() {
        goOn.countDown();
        site.close();
    }

    private void await() {
        try {
            assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** On a thread of its own, so that many wait at the same time. */
    private static CompletableFuture<RawAnswer> later(Supplier<RawAnswer> asking) {
        return CompletableFuture.supplyAsync(asking, task -> Thread.ofVirtual().start(task));
    }

    @Test
    void what_a_file_says_that_took_the_place_of_another_takes_effect() throws Exception {
        assertThat(site.ask("new")).isEqualTo(404);
        site.replace(site.yaml("", "new"));
        site.awaitModel("new");
        assertThat(site.ask("old")).isEqualTo(404);
        Files.writeString(site.file(), site.yaml("", "old", "newer"));
        site.awaitModel("newer");
        assertThat(site.log().alarms()).isEmpty();
    }

    @Test
    void a_link_is_followed_when_it_is_set_elsewhere_as_kubernetes_does() throws Exception {
        var folder = site.file().getParent();
        mount(folder, "..first", site.yaml("", "first"));
        Files.createSymbolicLink(folder.resolve("link"), Path.of("..data", "gotthard.yaml"));
        Files.move(folder.resolve("link"), site.file(), StandardCopyOption.ATOMIC_MOVE);
        site.awaitModel("first");
        mount(folder, "..second", site.yaml("", "second"));
        site.awaitModel("second");
        assertThat(site.ask("first")).isEqualTo(404);
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
        site.replace(site.yaml("", "new")
                + "  broken: {kind: chat, targets: [{upstream: one, modle: x}]}\n  worse: {kind: fish}\n");
        var refused = site.reload();
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.code()).isEqualTo("invalid_configuration");
        int line = (int) Files.readString(site.file()).lines().count() - 1;
        assertThat(refused.message())
                .contains(site.file() + ":" + line + ":", "did you mean model?")
                .contains(site.file() + ":" + (line + 1) + ":", "one of chat");
        assertThat(site.ask("old")).isEqualTo(200);
        assertThat(site.ask("new")).isEqualTo(404);
        Await.until(
                "the log says so", () -> site.log().lines().stream().anyMatch(said -> said.contains("was not taken")));
        assertThat(site.log().alarms()).isEmpty();

        site.replace(site.yaml("", "new"));
        site.awaitModel("new");
    }

    @Test
    void what_does_not_fit_together_is_refused_as_well_and_so_is_nothing() throws Exception {
        for (var invalid : List.of(
                site.yaml("", "new") + "  lost: {kind: chat, targets: [{upstream: three, model: x}]}\n",
                site.yaml("", "new") + "  dear: {kind: chat, targets: [{upstream: one, model: x}], price: {gold: 1}}\n",
                site.yaml("", "new") + "  dear: {kind: chat, targets: [{upstream: one, model: x, price: {gold: 1}}]}\n",
                site.yaml("", "new").replace("url:", "tls: {ca: /no/such/file}, url:"),
                site.yaml("", "new").replace("127.0.0.1", "169.254.169.254"),
                "",
                "upstreams: {",
                "\0")) {
            site.replace(invalid);
            assertThat(site.reload().status()).as(invalid).isEqualTo(409);
            assertThat(site.ask("old")).isEqualTo(200);
            assertThat(site.ask("new")).isEqualTo(404);
        }
        Files.delete(site.file());
        assertThat(site.reload().status()).isEqualTo(409);
        assertThat(site.ask("old")).isEqualTo(200);
    }

    @Test
    void streams_go_on_while_their_models_and_upstreams_change_and_go() throws Exception {
        site.replace(site.yaml("", "slow", "old"));
        site.reload().ok();
        var streams = IntStream.range(0, STREAMS)
                .mapToObj(i -> later(() -> site.raw(RawClient.chat("slow", STREAM))))
                .toList();
        site.upstream().visit("slow", STREAMS);
        for (int i = 0; i < 20; i++) {
            // Now it has another key, now it is gone, now it is elsewhere.
            var changed = site.yaml("", "slow", "old", "m" + i).replace(ScriptedUpstream.KEY, "other-" + i);
            site.replace(i % 3 == 0 ? site.yaml("", "old", "m" + i) : changed);
            site.reload().ok();
            assertThat(site.ask("m" + i)).isEqualTo(200);
        }
        goOn.countDown();
        assertThat(streams.stream().map(CompletableFuture::join)).allSatisfy(answer -> {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.text())
                    .contains("\"one\"", "\"two\"")
                    .doesNotContain("\"error\"")
                    .endsWith("data: [DONE]\n\n");
        });
        assertThat(site.log().alarms()).isEmpty();
    }

    @Test
    void a_request_that_is_under_way_still_finds_the_targets_it_began_with() throws Exception {
        var both = site.yaml("")
                + "  late: {kind: chat, strategy: priority, targets: [{upstream: one, model: internal/late}, "
                + "{upstream: two, model: internal/good, priority: 2}]}\n";
        site.replace(both);
        site.reload().ok();
        var answer = later(() -> site.raw(RawClient.chat("late")));
        site.upstream().visit("late", 1);
        site.replace(ChangingPlatform.SECTIONS + "demo: {faults: true}\n");
        site.reload().ok();
        assertThat(site.ask("late")).isEqualTo(404);
        goOn.countDown();
        assertThat(answer.join().status()).isEqualTo(200);
        assertThat(answer.join().headers()).containsEntry("x-gotthard-target", "two");
    }

    @Test
    void a_target_that_stays_what_it_is_keeps_its_standing() throws Exception {
        site.replace(
                site.yaml("", "down").replace("internal/down}]", "internal/down}], breaker: {open: 1m, longest: 1m}"));
        site.reload().ok();
        for (int i = 0; i < 6; i++) {
            site.ask("down");
        }
        int asked = site.upstream().visits("down").size();
        assertThat(site.ask("down")).isEqualTo(502);
        assertThat(site.upstream().visits("down")).as("it is out of service").hasSize(asked);

        site.replace(Files.readString(site.file()) + ChangingPlatform.model("two", "new"));
        site.reload().ok();
        assertThat(site.ask("new")).isEqualTo(200);
        assertThat(site.ask("down")).isEqualTo(502);
        assertThat(site.upstream().visits("down")).as("it still is").hasSize(asked);

        site.replace(Files.readString(site.file()).replace("key: " + ScriptedUpstream.KEY, "key: another-one"));
        site.reload().ok();
        assertThat(site.ask("down")).isEqualTo(502);
        assertThat(site.upstream().visits("down").size())
                .as("with another key it is another")
                .isGreaterThan(asked);
    }

    @Test
    void what_needs_a_restart_is_named_and_the_rest_takes_effect() throws Exception {
        site.replace(site.yaml("http: {ping: 7s, port: 1}\nredis_url: redis://127.0.0.1:1\n", "new"));
        var reloaded = site.reload().ok().json();
        assertThat(reloaded.getJsonArray("needs_restart"))
                // The environment says which port it is.
                .containsExactlyInAnyOrder("http.ping", "redis_url");
        assertThat(site.ask("new")).isEqualTo(200);
        site.replace(site.yaml("", "new"));
        assertThat(site.reload().ok().json().getJsonArray("needs_restart")).isEmpty();
        assertThat(site.reload().ok().json().getBoolean("changed")).isFalse();
    }
}
