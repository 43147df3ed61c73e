package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One of two nodes is lost while both work on two hundred runs, each of which calls a tool: all of them are done, and nothing twice. */
@Tag("heavy")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RunsCrashIT {

    private static final int RUNS = Integer.getInteger("gotthard.runs", 200);
    private static final String MODEL = "thinker";
    private static final String AGENT = "Assistant/thinker";
    private static final Set<String> ENDED = Set.of("completed", "failed", "cancelled", "expired");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path temp;

    private final ScriptedUpstream upstream = ScriptedUpstream.start().on(MODEL, RunsCrashIT::think);
    private final String yaml = PricedUpstream.configuration(upstream, """
        metering: {fold: 500ms}
        runs: {lease: 3s, drain: 2s}
        assistants:
          thinker: {model: %s, tools: [{type: builtin, name: calculator}]}
        """.formatted(MODEL));
    private Postgres postgres;
    private Ledger ledger;

    /** A run, who waits for it, and what they saw of it. */
    private record Asked(String thread, String id, String requestId) {}

    @BeforeEach
    void start() throws IOException {
        postgres = Postgres.start(Files.createDirectory(temp.resolve("database")), step -> {});
        ledger = new Ledger(postgres.url());
    }

    @AfterEach
    void stop() {
        postgres.close();
        upstream.close();
    }

    /** Calculates first, and then says what it has found. */
    private static void think(ScriptedUpstream.Visit visit) throws IOException {
        visit.open();
        visit.pause(Duration.ofMillis(ThreadLocalRandom.current().nextInt(300)));
        if (visit.body.contains("\"role\":\"tool\"")) {
            for (int i = 0; i < 5; i++) {
                visit.word("word ");
                visit.pause(Duration.ofMillis(ThreadLocalRandom.current().nextInt(200)));
            }
            visit.finish();
        } else {
            visit.event(
                    "{\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"type\":"
                        + "\"function\",\"function\":{\"name\":\"calculator\",\"arguments\":\"{\\\"expression\\\":\\\"2+3\\\"}\"}}]}}]}");
            visit.event("{\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}");
        }
        visit.event(
                "{\"id\":\"1\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":8,\"total_tokens\":18}}");
        visit.event("[DONE]");
        visit.end();
    }

    @Test
    void when_a_node_is_killed_all_runs_are_done_and_nothing_is_lost_or_charged_twice() throws Exception {
        try (var survivor = node("one")) {
            var victim = node("two");
            var asked = begin(survivor, victim);
            Await.until("some are done", PATIENCE, () -> count("status = 'completed'") >= RUNS / 10);
            victim.kill();
            Await.until("all have ended", PATIENCE, () -> count("ended_at is not null") == RUNS);
            assertAllDone(asked, true);
            assertThat(survivor.alarms()).isEmpty();
        }
    }

    @Test
    void when_a_node_is_stopped_no_client_sees_an_error() throws Exception {
        try (var survivor = node("one")) {
            var leaving = node("two");
            var asked = begin(survivor, leaving);
            var nodes = List.of(leaving.url(), survivor.url());
            try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
                var waiting = new ArrayList<Future<JsonObject>>();
                for (var run : asked) {
                    waiting.add(clients.submit(() -> await(nodes, run)));
                }
                Await.until("some are done", PATIENCE, () -> count("status = 'completed'") >= RUNS / 10);
                leaving.stop();
                for (var one : waiting) {
                    assertThat(one.get().getString("status")).isEqualTo("completed");
                }
            }
            assertAllDone(asked, false);
            // A server that is closing says that it does, of each connection that comes in the last moment.
            assertThat(leaving.alarms())
                    .filteredOn(line -> line.contains(" ERROR ") || line.contains("gotthard"))
                    .isEmpty();
            assertThat(survivor.alarms()).isEmpty();
        }
    }

    private PlatformProcess node(String name) throws IOException {
        return PlatformProcess.start(Files.createDirectory(temp.resolve(name)), yaml, postgres.url());
    }

    /** Half of them at each node. */
    private static List<Asked> begin(PlatformProcess... nodes) throws Exception {
        var next = new AtomicInteger();
        Callable<Asked> begin = () -> {
            var hub = nodes[next.getAndIncrement() % nodes.length].admin();
            var thread = hub.post("/threads", object("title", "A run")).id();
            var run = hub.post(
                            "/threads/" + thread + "/runs",
                            object(
                                    "agent",
                                    AGENT,
                                    "messages",
                                    list(object("role", "user", "content", "Think of " + UUID.randomUUID()))))
                    .ok()
                    .json();
            return new Asked(thread, run.getString("id"), run.getString("request_id"));
        };
        try (var clients = Executors.newFixedThreadPool(20)) {
            var begun = new ArrayList<Future<Asked>>();
            for (int i = 0; i < RUNS; i++) {
                begun.add(clients.submit(begin));
            }
            var asked = new ArrayList<Asked>();
            for (var one : begun) {
                asked.add(one.get());
            }
            return asked;
        }
    }

    /** As clients are told to: who sees that it goes on asks again, and who finds nobody asks the other node. */
    private static JsonObject await(List<URI> nodes, Asked run) {
        int at = 0;
        while (true) {
            try {
                var reply = new Hub(nodes.get(at), PlatformProcess.KEY)
                        .post("/runs/" + run.id() + "/wait?timeout=20", null);
                if (reply.status() == 503) {
                    at = 1 - at;
                } else if (ENDED.contains(reply.ok().json().getString("status"))) {
                    return reply.json();
                } else {
                    // The node says it goes on elsewhere, or it takes longer.
                    at = 1 - at;
                }
            } catch (UncheckedIOException refused) {
                at = 1 - at;
            }
        }
    }

    private void assertAllDone(List<Asked> asked, boolean killed) throws SQLException {
        assertThat(count("status = 'completed'")).isEqualTo(RUNS);
        assertThat(number("select count(*) from (select thread, max(seq) as last, min(seq) as first, count(*) as n"
                        + " from assistants.events group by thread) s where last <> n or first <> 1"))
                .as("threads with a gap or a double")
                .isZero();
        for (var type : List.of("run.created", "run.stopped", "tool.called", "tool.returned")) {
            assertThat(number("select count(*) from assistants.events where type = '" + type + "'"))
                    .as(type)
                    .isEqualTo(RUNS);
        }
        // What was said to it, what it called, and what it said.
        assertThat(number("select count(*) from assistants.events where type = 'message.created'"))
                .isEqualTo(3L * RUNS);
        assertThat(number("select count(*) from assistants.run_steps")).isEqualTo(2L * RUNS);
        assertThat(number("select count(*) from assistants.runs where steps <> 2"))
                .isZero();
        ledger.awaitClosed();
        var charges = ledger.charges(
                new HashSet<>(asked.stream().map(Asked::requestId).toList()));
        assertThat(charges).hasSize(RUNS);
        charges.forEach((request, all) -> {
            long settled = all.stream()
                    .filter(charge -> charge.outcome() == Ledger.SETTLED)
                    .count();
            long unknown = all.stream()
                    .filter(charge -> charge.outcome() == Ledger.UNKNOWN)
                    .count();
            assertThat(settled).as("charges of %s", request).isLessThanOrEqualTo(2);
            // Killed between an answer that is in the log and its charge, nobody knows what that took; nobody else can
            // be unknown.
            assertThat(settled + (killed ? unknown : 0))
                    .as("charges of %s", request)
                    .isGreaterThanOrEqualTo(2);
        });
    }

    private long count(String condition) throws SQLException {
        return number("select count(*) from assistants.runs where " + condition);
    }

    private long number(String sql) throws SQLException {
        try (var connection = TestDatabase.connect(postgres.url());
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
