package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.ScriptedUpstream.Visit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forms with files, on two nodes, where upstreams fail and clients mean no good; and sounds for who does not listen. */
class FormsIT {

    private static final String MODELS = """
        models:
          ears:
            {strategy: priority, targets: [{upstream: one, model: internal/deaf, region: us}, {upstream: two, model: internal/ears, region: ch}], MORE}
          falling: {targets: [{upstream: one, model: internal/deaf, region: us}], fallbacks: [ears], MORE}
          abroad: {targets: [{upstream: one, model: internal/deaf, region: us}], MORE}
          azure: {targets: [{upstream: clouds, model: internal/ears}], MORE}
          voice: {kind: speech, targets: [{upstream: one, model: internal/voice}], price: {request: 0}}
          good: {kind: chat, targets: [{upstream: one, model: internal/good}], price: {request: 0}}
        """.replace(
                    "MORE",
                    "kind: transcription, price: {request: 0.001}, retries: {attempts: 2, backoff: 1ms}, breaker:"
                            + " {failures: 0}");

    private static final String TYPE = "Content-Type: multipart/form-data; boundary=xyz";
    /** Bytes that are no text, a line end and what looks like a boundary and is none. */
    private static final String FILE = "\u0001\u007f\r\n--xy\r\n".repeat(10_000);

    private static final byte[] SOUND = new byte[64 * 1024];
    private static final long MEGABYTE = 1024 * 1024;
    /** What the system keeps for the gateway's two sockets, up to 6 MB of it at the one and 4 MB at the other, and ours. */
    private static final long BUFFERS = 16 * MEGABYTE;

    private static final AtomicBoolean ENOUGH = new AtomicBoolean();

    @TempDir
    private static Path temp;

    private static ScriptedUpstream upstream;
    private static Postgres postgres;
    private static RunningPlatform one;
    private static RunningPlatform two;
    private static CapturedLog log;
    private static Hub admin;

    @BeforeAll
    static void start() throws IOException {
        log = CapturedLog.start();
        upstream = ScriptedUpstream.start()
                .on("deaf", visit -> visit.json(500, "{\"error\":{\"message\":\"no\"}}"))
                .on("ears", visit -> visit.json(200, "{\"text\":\"Gr\u00fcezi\"}"))
                .on("voice", FormsIT::speak);
        postgres = Postgres.start(temp, step -> {});
        var clouds = "  clouds: {protocol: azure, api_version: \"2025-04-01-preview\", url: \""
                + upstream.url().replace("/v1", "") + "\", key: " + ScriptedUpstream.KEY + "}\n";
        var yaml = "metering: {fold: 500ms}\nexternal: {model: good}\nhttp: {body_limit: 1MB}\nupstreams:\n"
                + upstream.as("one") + upstream.as("two") + clouds + MODELS;
        one = RunningPlatform.start(yaml, postgres.url());
        two = RunningPlatform.start(yaml, postgres.url());
        admin = new Hub(one.url(), RunningPlatform.KEY);
    }

    @AfterAll
    static void stop() {
        two.close();
        one.close();
        postgres.close();
        upstream.close();
        log.close();
    }

    @AfterEach
    void nobody_else_notices_and_no_log_tells() {
        ENOUGH.set(true);
        assertThat(ask(one, RunningPlatform.KEY, RawClient.chat("good")).status())
                .isEqualTo(200);
        assertThat(log.lines())
                .allSatisfy(line ->
                        assertThat(line).doesNotContain(ScriptedUpstream.KEY).doesNotContain("\u0001\u007f"));
        assertThat(log.alarms()).isEmpty();
    }

    private static void speak(Visit visit) throws IOException {
        visit.holdLittle();
        visit.raw("HTTP/1.1 200 X\r\nconnection: close\r\ncontent-type: audio/mpeg\r\n\r\n");
        while (!ENOUGH.get()) {
            visit.raw(SOUND);
        }
    }

    private static RawAnswer ask(RunningPlatform node, String key, String request) {
        try (var client = RawClient.to(node.url())) {
            return client.send(request.replace(RunningPlatform.KEY, key)).answer();
        }
    }

    private static String part(String head, String content) {
        return "--xyz\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n";
    }

    private static String form(String model) {
        return part("name=\"model\"", model) + part("name=\"file\"; filename=\"a.mp3\"", FILE) + "--xyz--\r\n";
    }

    private static String post(String operation, String type, String body, String... headers) {
        var more = headers.length == 0 ? "" : "\r\n" + String.join("\r\n", headers);
        return RawClient.head("POST", "/v1/" + operation, type + more, RawClient.length(body)) + body;
    }

    private static RawAnswer transcribe(RunningPlatform node, String key, String model, String... headers) {
        return ask(node, key, post("audio/transcriptions", TYPE, form(model), headers));
    }

    /** A new key, that is only for these regions. */
    private static String limited(Purse purse, String region) {
        var key = object("name", "a", "account", purse.account(), "tenant", purse.tenant(), "only", list(region));
        return admin.post("/keys", key).ok().json().getString("key");
    }

    private static Visit last(String model) {
        return upstream.visits(model).getLast();
    }

    @ParameterizedTest
    @CsvSource({"ears, 2", "falling, 4"})
    void each_target_is_sent_the_whole_file(String model, String attempts) {
        var answer = transcribe(one, RunningPlatform.KEY, model);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.headers())
                .containsEntry("x-gotthard-attempts", attempts)
                .containsEntry("x-gotthard-target", "two");
        assertThat(last("deaf").body).isEqualTo(form("internal/deaf"));
        assertThat(last("ears").body).isEqualTo(form("internal/ears"));
    }

    @Test
    void a_file_stays_where_its_key_allows_and_the_receipt_says_so() {
        var purse = Purse.with(admin, "1");
        var key = limited(purse, "ch");
        int before = upstream.visits("deaf").size();
        for (var model : new String[] {"ears", "falling"}) {
            var answer = transcribe(one, key, model);
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            var receipt = purse.spender()
                    .get("/usage/receipts/" + answer.headers().get("x-gotthard-receipt"))
                    .ok()
                    .json();
            assertThat(receipt.getString("region")).isEqualTo("ch");
            assertThat(receipt.getJsonArray("only")).isEqualTo(list("ch"));
        }
        assertThat(transcribe(one, key, "abroad").error(403).getString("code")).isEqualTo("region_not_allowed");
        assertThat(upstream.visits("deaf")).hasSize(before);
    }

    @Test
    void a_form_with_the_same_key_is_answered_once_for_both_nodes() {
        var key = "Idempotency-Key: " + UUID.randomUUID();
        int before = upstream.visits("ears").size();
        var first = transcribe(one, RunningPlatform.KEY, "ears", key);
        // As a client does that builds its form anew.
        var again = form("ears").replace("--xyz", "--abcdef");
        var second =
                ask(two, RunningPlatform.KEY, post("audio/transcriptions", TYPE.replace("xyz", "abcdef"), again, key));
        assertThat(first.status()).isEqualTo(200);
        assertThat(second.text()).isEqualTo(first.text());
        assertThat(second.headers()).containsEntry("idempotent-replayed", "true");
        assertThat(upstream.visits("ears")).hasSize(before + 1);
        var other = transcribe(two, RunningPlatform.KEY, "abroad", key);
        assertThat(other.error(422).getString("code")).isEqualTo("idempotency_key_reused");
    }

    @ParameterizedTest
    @CsvSource({"audio/transcriptions", "audio/translations"})
    void azure_is_asked_at_its_deployment(String operation) {
        var answer = ask(one, RunningPlatform.KEY, post(operation, TYPE, form("azure")));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(last("ears").head)
                .startsWith(
                        "POST /openai/deployments/internal%2Fears/" + operation + "?api-version=2025-04-01-preview ")
                .contains("api-key: " + ScriptedUpstream.KEY);
        assertThat(last("ears").body).isEqualTo(form("internal/ears"));
    }

    private static String manyParts(int count) {
        return IntStream.range(0, count)
                        .mapToObj(i -> part("name=\"p" + i + "\"", "a"))
                        .collect(Collectors.joining())
                + form("ears");
    }

    @Test
    void forms_that_can_be_read_in_several_ways_or_not_at_all_are_refused() {
        int before = upstream.count();
        var good = form("ears");
        for (var bad : new String[] {
            "",
            "--xyz",
            "{\"model\":\"ears\"}",
            good.substring(0, good.length() / 2),
            good.substring(0, good.length() - 4),
            good + "more",
            "before" + good,
            good.replace("--xyz", "--abc"),
            part("name=\"model\"", "good") + good,
            part("name=\"model\"; filename=\"m\"", "ears") + "--xyz--\r\n",
            part("name=model", "ears") + "--xyz--\r\n",
            part("name=\"model\"\r\nContent-Transfer-Encoding: base64", "ZWFycw==") + "--xyz--\r\n",
            part("name=\"" + "n".repeat(5_000) + "\"", "a") + good,
            part("name=\"a\"", "\r\n--xyz-") + good,
            manyParts(1_000),
        }) {
            var answer = ask(one, RunningPlatform.KEY, post("audio/transcriptions", TYPE, bad));
            assertThat(answer.status())
                    .as(bad.substring(0, Math.min(200, bad.length())))
                    .isEqualTo(400);
            answer.error(400);
        }
        assertThat(upstream.count()).isEqualTo(before);
    }

    @Test
    void what_is_sent_as_something_else_or_without_its_boundary_is_refused() {
        int before = upstream.count();
        for (var type : new String[] {
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=" + "x".repeat(71),
            "multipart/form-data; boundary=\"x\r\n\ty\"",
            "multipart/mixed; boundary=xyz",
            "application/json",
            "application/x-www-form-urlencoded",
        }) {
            var answer =
                    ask(one, RunningPlatform.KEY, post("audio/transcriptions", "Content-Type: " + type, form("ears")));
            assertThat(answer.status()).as(type).isIn(400, 415);
        }
        assertThat(ask(one, RunningPlatform.KEY, post("chat/completions", TYPE, form("good")))
                        .status())
                .isEqualTo(415);
        assertThat(upstream.count()).isEqualTo(before);
    }

    @Test
    void a_file_beyond_the_limit_is_refused_before_it_is_read() {
        var head = RawClient.head("POST", "/v1/audio/transcriptions", TYPE, "Content-Length: 1000000000");
        assertThat(ask(one, RunningPlatform.KEY, head).error(413).getString("code"))
                .isEqualTo("request_too_large");
        try (var client = RawClient.to(one.url())) {
            client.send(RawClient.head("POST", "/v1/audio/transcriptions", TYPE, "Transfer-Encoding: chunked"));
            var chunk = "10000\r\n" + "a".repeat(65_536) + "\r\n";
            // It may be closed in the midst of it.
            client.sendRepeatedly(chunk.getBytes(StandardCharsets.US_ASCII), 100);
        }
    }

    @Test
    void who_stops_listening_pauses_the_upstream() {
        ENOUGH.set(false);
        var body = "{\"model\":\"voice\",\"input\":\"a\",\"voice\":\"v\"}";
        try (var client = RawClient.withSmallBuffer(one.url())) {
            client.send(RawClient.post("/v1/audio/speech", body));
            assertThat(client.bodilessAnswer().headers()).containsEntry("content-type", "audio/mpeg");
            var visit = last("voice");
            long read = client.chunk().length();
            for (int pause = 0; pause < 2; pause++) {
                long written = Await.plateau("the upstream pauses", Duration.ofMillis(500), visit::written);
                assertThat(written - read).isLessThan(BUFFERS);
                // More than was on the way: so the upstream must have gone on.
                while (read < written + MEGABYTE) {
                    read += client.chunk().length();
                }
            }
        }
        last("voice").awaitClosed();
    }
}
