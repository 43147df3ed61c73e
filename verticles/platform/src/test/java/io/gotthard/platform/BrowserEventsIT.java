package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A page in a real browser that follows a thread through the bridge, and a network that is not there all the time. */
@Tag("heavy")
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class BrowserEventsIT {

    @BeforeAll
    static void install() {
        BrowserPage.SUITE.prepare();
    }

    private static List<Long> places(long to) {
        return LongStream.rangeClosed(1, to).boxed().toList();
    }

    private static void say(Person who, String thread, int count) {
        for (int i = 0; i < count; i++) {
            who.say(thread, "message " + i);
        }
    }

    @Test
    void every_event_is_shown_once_and_in_order_when_the_network_goes_and_when_the_node_dies(@TempDir Path folder)
            throws Exception {
        try (var nodes = TwoNodes.start(folder);
                var network = Detour.to(nodes.admin().url().getPort())) {
            var ada = Person.in(nodes);
            var elsewhere = new Person(ada.hub().at(nodes.second()), ada.id(), ada.tenant());
            var thread = ada.thread("Live");
            try (var page = BrowserPage.open(
                    "http://127.0.0.1:" + network.port(), ada.hub().key(), thread, "websocket")) {
                page.shows(2);
                say(ada, thread, 10);
                page.shows(12);
                network.cut();
                say(elsewhere, thread, 10);
                network.mend();
                say(ada, thread, 5);
                page.shows(27);
                network.turnTo(nodes.second().getPort());
                nodes.stopFirst();
                say(elsewhere, thread, 20);
                page.shows(47);
                assertThat(page.shown()).isEqualTo(places(47));
                assertThat(page.closed()).isGreaterThanOrEqualTo(2);
            }
        }
    }

    @Test
    void a_run_goes_on_before_the_readers_eyes_when_the_node_of_both_is_killed(@TempDir Path folder) throws Exception {
        var yaml = "metering: {unpriced: free}\nruns: {lease: 3s}\n";
        try (var postgres = Postgres.start(folder.resolve("database"), step -> {});
                var victim =
                        PlatformProcess.start(Files.createDirectory(folder.resolve("victim")), yaml, postgres.url());
                var other =
                        PlatformProcess.start(Files.createDirectory(folder.resolve("other")), yaml, postgres.url());
                var network = Detour.to(victim.url().getPort())) {
            var lost = TestWorker.of(victim.admin(), "Counter", 1);
            var run = begin(victim.admin());
            var start = lost.start();
            try (var heir = TestWorker.of(other.admin(), "Counter", 1);
                    var page = BrowserPage.open(
                            "http://127.0.0.1:" + network.port(),
                            PlatformProcess.KEY,
                            run.getString("thread_id"),
                            "websocket")) {
                count(lost, start, 30);
                page.shows(places(other.admin(), run).size());
                lost.say(start, 31, "custom.reported", "name", "a", "value", "perhaps");
                victim.kill();
                lost.kill();
                network.turnTo(other.url().getPort());
                var again = heir.start();
                assertThat(again.getString("run")).isEqualTo(run.getString("id"));
                assertThat(again.getInteger("attempt")).isEqualTo(2);
                count(heir, again, 30);
                heir.finish(again, 31, "Done");
                var all = places(other.admin(), run);
                page.shows(all.size());
                assertThat(page.shown()).isEqualTo(all).isEqualTo(places(all.size()));
                assertThat(page.closed()).isPositive();
            }
        }
    }

    private static JsonObject begin(Hub who) {
        Await.until(
                "the class is there",
                Duration.ofSeconds(30),
                () -> who.get("/agents/Counter/default").status() == 200);
        return who.post("/agents/Counter/default/runs", object()).ok().json();
    }

    private static void count(TestWorker worker, JsonObject start, int to) {
        for (int n = 1; n <= to; n++) {
            var message = start.getString("run") + "_m" + start.getLong("lease");
            worker.said(start, n, "chunk.added", "message_id", message, "text", n + " ");
        }
    }

    /** Those of all events of the run's thread. */
    private static List<Long> places(Hub who, JsonObject run) {
        return who.get("/threads/" + run.getString("thread_id") + "/events?limit=200").data().stream()
                .map(event -> ((JsonObject) event).getLong("seq"))
                .toList();
    }
}
