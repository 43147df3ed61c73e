package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators look at: health, metrics, request ids and the log. */
class OperationsIT {

    private static final String USAGE = "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}";
    private static final Pattern SAMPLE =
            Pattern.compile("([a-z_:][a-z0-9_:]*)(\\{(.*)})? (NaN|[-+]?(Inf|[0-9.E+-]+))");

    private static Siege siege;

    @BeforeAll
    static void start() {
        var upstream = ScriptedUpstream.start()
                .on("counted", visit -> visit.json(200, "{\"id\":\"1\"," + USAGE + "}"))
                .on("counted-stream", visit -> {
                    visit.open();
                    visit.word("one");
                    visit.finish();
                    visit.event("{\"choices\":[]," + USAGE + "}");
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
        siege.assertUnharmed();
    }

    private static RawAnswer get(String path) {
        return siege.ask(RawClient.bare("GET", path));
    }

    private static String marked(String request, String id) {
        return request.replaceFirst("\r\n", "\r\nX-Request-Id: " + Matcher.quoteReplacement(id) + "\r\n");
    }

    @Test
    void health_and_readiness_need_no_key() {
        assertThat(get("/healthz").json().getString("status")).isEqualTo("ok");
        var ready = get("/readyz");
        assertThat(ready.status()).isEqualTo(200);
        assertThat(ready.json().getString("status")).isEqualTo("ok");
        assertThat(ready.json().getJsonObject("verticles").fieldNames()).contains("accounts", "models");
    }

    @Test
    void metrics_are_prometheus_text() {
        siege.ask(RawClient.chat("counted"));
        var answer = get("/metrics");
        assertThat(answer.headers().get("content-type")).startsWith("text/plain; version=0.0.4");
        assertThat(answer.text().lines().filter(line -> !line.startsWith("#")))
                .isNotEmpty()
                .allMatch(line -> SAMPLE.matcher(line).matches());
        assertThat(answer.text())
                .contains("gotthard_request_duration_seconds_count{operation=\"createChatCompletion\",status=\"200\"}")
                .contains("gotthard_tokens_total{model=\"counted\",type=\"prompt\"}");
    }

    /** The names and labels of what is measured, without the values. */
    private static Set<String> series() {
        var series = new TreeSet<String>();
        get("/metrics").text().lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            var sample = SAMPLE.matcher(line);
            assertThat(sample.matches()).as(line).isTrue();
            series.add(sample.group(1) + sample.group(2));
        });
        return series;
    }

    private static void strange(String mark) {
        siege.ask(RawClient.head("GET", "/" + mark)).error(404);
        siege.ask(RawClient.head("GET", "/v1/models/" + mark)).error(404);
        siege.ask(RawClient.head(mark, "/v1/models")).error(405);
        siege.ask(RawClient.chat(mark)).error(404);
        siege.ask(marked(RawClient.chat(mark, "\"stream\":true"), mark)).error(404);
        siege.ask(RawClient.bare("GET", "/v1/models", "Authorization: Bearer " + mark))
                .error(401);
    }

    @Test
    void strangers_can_make_no_new_series() {
        // Each event loop counts for itself: often enough, that all have seen each of these.
        for (int i = 0; i < 10; i++) {
            strange("X" + i);
        }
        var before = series();
        for (int i = 0; i < 20; i++) {
            strange("Y" + UUID.randomUUID().toString().replace("-", ""));
        }
        assertThat(series()).isSubsetOf(before);
    }

    @Test
    void a_request_s_id_is_taken_returned_and_sent_on() {
        var id = "trace-" + UUID.randomUUID();
        var answer = siege.ask(marked(RawClient.chat("good"), id));
        assertThat(answer.headers()).containsEntry("x-request-id", id);
        assertThat(siege.upstream().visits("good").getLast().head).contains("x-request-id: " + id);
        assertThat(siege.ask(marked(RawClient.head("GET", "/nowhere"), id)).headers())
                .containsEntry("x-request-id", id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "\"a\"", "a\\nb", "{\"a\":1}", "<script>", "\u00e4", "a\tb", "a,b;c"})
    void a_hostile_id_is_replaced(String id) {
        var answer = siege.ask(marked(RawClient.chat("good"), id));
        assertThat(answer.headers().get("x-request-id")).matches("req_[0-9a-z-]+");
    }

    @Test
    void an_id_that_is_too_long_is_replaced() {
        assertThat(siege.ask(marked(RawClient.chat("good"), "a".repeat(129)))
                        .headers()
                        .get("x-request-id"))
                .matches("req_[0-9a-z-]+");
    }

    @ParameterizedTest
    @ValueSource(strings = {"counted", "counted-stream"})
    void the_log_has_a_line_for_each_request(String model) {
        var id = "line-" + UUID.randomUUID();
        var stream = model.equals("counted-stream");
        siege.ask(marked(RawClient.chat(model, "\"stream\":" + stream, "\"user\":\"" + Siege.PRIVATE + "\""), id));
        var line = siege.log().request(id);
        assertThat(line.getString("operation")).isEqualTo("createChatCompletion");
        assertThat(line.getString("method")).isEqualTo("POST");
        assertThat(line.getString("path")).isEqualTo("/v1/chat/completions");
        assertThat(line.getInteger("status")).isEqualTo(200);
        assertThat(line.getString("model")).isEqualTo(model);
        assertThat(line.getBoolean("stream")).isEqualTo(stream);
        assertThat(line.getString("upstream")).isEqualTo("scripted");
        assertThat(line.getInteger("prompt_tokens")).isEqualTo(11);
        assertThat(line.getInteger("completion_tokens")).isEqualTo(7);
        assertThat(line.getDouble("duration_ms")).isPositive();
        assertThat(line.getDouble("first_byte_ms")).isBetween(0.0, line.getDouble("duration_ms"));
        assertThat(line.getString("key_id")).isEqualTo("bootstrap");
        assertThat(line.getString("time")).endsWith("Z");
    }

    @Test
    void the_log_says_why_a_request_was_refused_and_not_what_was_in_it() {
        var id = "line-" + UUID.randomUUID();
        siege.ask(marked(RawClient.post("/v1/chat/completions?q=" + Siege.PRIVATE, "{\"model\":" + Siege.PRIVATE), id));
        assertThat(siege.log().request(id).getInteger("status")).isEqualTo(400);
        var other = "line-" + UUID.randomUUID();
        siege.ask(marked(RawClient.bare("GET", "/v1/models", "Authorization: Bearer " + Siege.PRIVATE), other));
        var line = siege.log().request(other);
        assertThat(line.getInteger("status")).isEqualTo(401);
        assertThat(line.getString("error")).isEqualTo("invalid_api_key");
        assertThat(line.containsKey("key_id")).isFalse();
    }
}
