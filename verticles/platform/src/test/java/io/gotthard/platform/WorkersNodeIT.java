package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of workers and their runs when the node to which they are connected is killed. */
@Tag("heavy")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class WorkersNodeIT {

    private static boolean isThere(Hub who, String model) {
        return who.get("/agents?limit=200").data().stream()
                .anyMatch(agent -> ((JsonObject) agent).getString("id").equals(model));
    }

    @Test
    void its_classes_are_gone_within_five_seconds_and_its_runs_go_on_with_workers_of_other_nodes(@TempDir Path temp)
            throws Exception {
        var yaml = "metering: {unpriced: free}\nruns: {lease: 3s}\n";
        try (var postgres = Postgres.start(temp.resolve("database"), step -> {});
                var victim =
                        PlatformProcess.start(Files.createDirectory(temp.resolve("victim")), yaml, postgres.url());
                var other = PlatformProcess.start(Files.createDirectory(temp.resolve("other")), yaml, postgres.url())) {
            var worker = TestWorker.of(victim.admin(), "Bereaved", 1);
            var lonely = TestWorker.of(victim.admin(), "Lonely", 1);
            Await.until(
                    "both are there",
                    () -> isThere(other.admin(), "Bereaved/default") && isThere(other.admin(), "Lonely/default"));
            var run = other.admin()
                    .post("/agents/Bereaved/default/runs", object())
                    .ok()
                    .json();
            var start = worker.start();
            worker.said(start, 1, "custom.reported", "name", "a", "value", 1);
            try (var heir = TestWorker.of(other.admin(), "Bereaved", 1)) {
                victim.kill();
                Await.until(
                        "the class that nobody else has is gone",
                        Duration.ofSeconds(5),
                        () -> !isThere(other.admin(), "Lonely/default"));
                assertThat(isThere(other.admin(), "Bereaved/default")).isTrue();
                var again = heir.start();
                assertThat(again.getString("run")).isEqualTo(run.getString("id"));
                assertThat(again.getInteger("attempt")).isEqualTo(2);
                heir.finish(again, 1, "Done");
            }
            worker.kill();
            lonely.kill();
            var done = other.admin()
                    .post("/runs/" + run.getString("id") + "/wait", null)
                    .ok()
                    .json();
            assertThat(done.getString("status")).isEqualTo("completed");
        }
    }
}
