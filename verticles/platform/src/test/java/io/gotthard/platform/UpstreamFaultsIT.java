package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever an upstream does, the client gets an answer it can read, which tells nothing of the upstream. */
class UpstreamFaultsIT {

    private static final String STREAM = "\"stream\":true";
    private static final String DONE = "data: [DONE]";
    private static final String TELLTALE = "internal-host-7 " + ScriptedUpstream.KEY;
    private static final String HTML = "<html>502 from " + TELLTALE + "</html>";

    private static Siege siege;

    @BeforeAll
    static void start() {
        var upstream = ScriptedUpstream.start();
        wholeAnswers(upstream);
        errors(upstream);
        connections(upstream);
        streams(upstream);
        siege = Siege.start(upstream, "idle_timeout: 1s, answer_limit: 64KB", "http: {ping: 10s}");
    }

    @AfterAll
    static void stop() {
        siege.close();
    }

    @AfterEach
    void nothing_is_left_behind() {
        siege.assertUnharmed();
    }

    private static void wholeAnswers(ScriptedUpstream upstream) {
        upstream.on("html", visit -> visit.answer(200, "text/html", HTML))
                .on("half", visit -> visit.json(200, "{\"id\":\"1\",\"choices\":[{\"mess"))
                .on("empty", visit -> visit.json(200, ""))
                .on("array", visit -> visit.json(200, "[]"))
                .on("null", visit -> visit.json(200, "null"))
                .on("two", visit -> visit.json(200, "{}{}"))
                .on("deep", visit -> visit.json(200, "{\"a\":" + "[".repeat(10_000)))
                .on("huge", visit -> visit.json(200, "{\"a\":\"" + "x".repeat(100_000) + "\"}"))
                .on("gzip", visit -> visit.answer(200, "application/json\r\ncontent-encoding: gzip", "\u001f\u008b"))
                .on("error-with-200", visit -> visit.json(200, "{\"error\":{\"message\":\"" + TELLTALE + "\"}}"))
                .on("redirect", visit -> visit.answer(302, "text/html\r\nlocation: http://127.0.0.1:1/", HTML))
                .on("no-content", visit -> visit.raw("HTTP/1.1 204 X\r\nconnection: close\r\n\r\n"));
    }

    private static void errors(ScriptedUpstream upstream) {
        for (int status : List.of(401, 403, 404, 500, 502, 503, 504, 418)) {
            upstream.on("html-" + status, visit -> visit.answer(status, "text/html", HTML))
                    .on(
                            "json-" + status,
                            visit -> visit.json(status, "{\"error\":{\"message\":\"" + TELLTALE + "\"}}"));
        }
        upstream.on("limit", visit -> visit.answer(429, "application/json\r\nretry-after: 7", "{}"))
                .on(
                        "fault",
                        visit -> visit.json(
                                400,
                                "{\"error\":{\"message\":\"internal/fault takes no images\",\"param\":\"messages\"}}"))
                .on("fault-html", visit -> visit.answer(400, "text/html", HTML))
                .on("fault-huge", visit -> visit.json(400, "{\"error\":\"" + "x".repeat(200_000)));
    }

    private static void connections(ScriptedUpstream upstream) {
        upstream.on("reset", ScriptedUpstream.Visit::reset)
                .on("closed", visit -> {})
                .on("no-http", visit -> visit.raw("SSH-2.0-OpenSSH\r\n\r\n"))
                .on("cut-head", visit -> visit.raw("HTTP/1.1 200 OK\r\ncontent-ty"))
                .on("cut-body", visit -> visit.raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":"))
                .on("reset-body", visit -> {
                    visit.raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":");
                    visit.reset();
                })
                .on("endless-head", visit -> {
                    visit.raw("HTTP/1.1 200 OK\r\n");
                    while (!visit.isClosed()) {
                        visit.raw("x-header: value\r\n");
                    }
                })
                .on("silent", ScriptedUpstream.Visit::silence)
                .on("silent-body", visit -> {
                    visit.raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":");
                    visit.silence();
                });
    }

    private static void streams(ScriptedUpstream upstream) {
        upstream.on("stream-silent-head", visit -> {
                    visit.open();
                    visit.silence();
                })
                .on("stream-no-events", visit -> {
                    visit.open();
                    visit.end();
                })
                .on("stream-cut", visit -> {
                    visit.open();
                    visit.word("one");
                })
                .on("stream-reset", visit -> {
                    visit.open();
                    visit.word("one");
                    visit.reset();
                })
                .on("stream-early-end", visit -> {
                    visit.open();
                    visit.word("one");
                    visit.end();
                })
                .on("stream-malformed", visit -> {
                    visit.open();
                    visit.word("one");
                    visit.event("{\"choices\":[{");
                    visit.word("never");
                    visit.silence();
                })
                .on("stream-error", visit -> {
                    visit.open();
                    visit.word("one");
                    visit.event("{\"error\":{\"message\":\"" + TELLTALE + "\",\"code\":500}}");
                    visit.silence();
                })
                .on("stream-huge", visit -> {
                    visit.open();
                    visit.word("one");
                    visit.word("x".repeat(100_000));
                    visit.silence();
                })
                .on("stream-endless-line", visit -> {
                    visit.open();
                    visit.word("one");
                    while (!visit.isClosed()) {
                        visit.chunk("x".repeat(10_000));
                    }
                })
                .on("stream-silent", visit -> {
                    visit.open();
                    visit.word("one");
                    visit.silence();
                })
                .on("stream-no-done", visit -> {
                    visit.open();
                    visit.word("one");
                    visit.finish();
                    visit.end();
                });
    }

    @ParameterizedTest
    @CsvSource({
        "html, 502",
        "half, 502",
        "empty, 502",
        "array, 502",
        "null, 502",
        "two, 502",
        "deep, 502",
        "huge, 502",
        "gzip, 502",
        "error-with-200, 502",
        "redirect, 502",
        "no-content, 502",
        "html-401, 502",
        "html-403, 502",
        "html-404, 502",
        "html-500, 502",
        "html-502, 502",
        "html-503, 503",
        "html-504, 504",
        "html-418, 502",
        "json-401, 502",
        "json-403, 502",
        "json-404, 502",
        "json-500, 502",
        "json-502, 502",
        "json-503, 503",
        "json-504, 504",
        "json-418, 502",
        "fault-html, 400",
        "fault-huge, 400",
        "reset, 502",
        "closed, 502",
        "no-http, 502",
        "cut-head, 502",
        "cut-body, 502",
        "reset-body, 502",
        "endless-head, 502",
        "silent, 504",
        "silent-body, 504"
    })
    void a_fault_is_told_without_what_the_upstream_said(String model, int status) {
        var answer = siege.ask(RawClient.chat(model));
        answer.error(status);
        assertThat(answer.text()).doesNotContain("internal", ScriptedUpstream.KEY, "html");
    }

    @ParameterizedTest
    @CsvSource({
        "html, 502",
        "half, 502",
        "html-401, 502",
        "json-403, 502",
        "json-500, 502",
        "fault-html, 400",
        "reset, 502",
        "closed, 502",
        "silent, 504",
        "stream-no-events, 502",
        "stream-silent-head, 504"
    })
    void a_stream_that_does_not_begin_is_told_as_a_whole_answer(String model, int status) {
        var answer = siege.ask(RawClient.chat(model, STREAM));
        answer.error(status);
        assertThat(answer.text()).doesNotContain("internal", ScriptedUpstream.KEY, "html");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "stream-cut",
                "stream-reset",
                "stream-early-end",
                "stream-malformed",
                "stream-error",
                "stream-huge",
                "stream-endless-line",
                "stream-silent"
            })
    void a_stream_that_breaks_ends_with_an_error_and_is_not_done(String model) {
        var answer = siege.ask(RawClient.chat(model, STREAM));
        assertThat(answer.status()).isEqualTo(200);
        var events = answer.text().split("\n\n");
        assertThat(events).hasSize(2);
        assertThat(events[0]).contains("\"one\"").contains("\"model\":\"" + model + "\"");
        var error = new JsonObject(events[1].substring("data: ".length())).getJsonObject("error");
        assertThat(error.fieldNames()).containsExactlyInAnyOrder("message", "type", "param", "code");
        assertThat(answer.text()).doesNotContain(DONE, "never", "internal", ScriptedUpstream.KEY);
        assertThat(siege.upstream().visits(model)).allSatisfy(ScriptedUpstream.Visit::awaitClosed);
    }

    @Test
    void a_stream_that_said_why_it_ends_is_done() {
        var answer = siege.ask(RawClient.chat("stream-no-done", STREAM));
        assertThat(answer.text()).endsWith("\n\n" + DONE + "\n\n").doesNotContain("\"error\"");
    }

    @Test
    void a_rate_limit_says_when_to_come_back() {
        var answer = siege.ask(RawClient.chat("limit"));
        assertThat(answer.error(429).getString("code")).isEqualTo("rate_limit_exceeded");
        assertThat(answer.headers()).containsEntry("retry-after", "7").containsEntry("retry-after-ms", "7000");
    }

    @Test
    void a_fault_of_the_request_is_told_in_the_upstream_s_words_with_our_model_s_name() {
        var error = siege.ask(RawClient.chat("fault")).error(400);
        assertThat(error.getString("message")).isEqualTo("fault takes no images");
        assertThat(error.getString("param")).isEqualTo("messages");
    }

    @Test
    void an_upstream_that_is_not_there_is_told() {
        var nowhere = ScriptedUpstream.start();
        try (var other = Siege.start(nowhere, "", "")) {
            nowhere.close();
            other.ask(RawClient.chat("good")).error(502);
            other.ask(RawClient.chat("good", STREAM)).error(502);
        }
    }
}
