package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.ScriptedUpstream.Visit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An upstream tells everything it knows, in every way there is: no answer and no log has its key, its place, or its headers. */
class UpstreamSecretsIT {

    private static final String CANARY = "canary-of-the-upstream";

    private static final List<String> FAULTS = new ArrayList<>();
    private static ScriptedUpstream upstream;
    private static Siege siege;
    private static String place;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        place = upstream.url().replace("http://", "").replace("/v1", "");
        statuses();
        streams();
        var log = CapturedLog.start();
        var yaml = "http: {ping: 10s}\n"
                + upstream.configuration("idle_timeout: 1s", "retries: {attempts: 1}, breaker: {failures: 0}");
        siege = new Siege(upstream, RunningPlatform.start(yaml, TestDatabase.url()), log);
    }

    @AfterAll
    static void stop() {
        siege.close();
    }

    private static void on(String name, ScriptedUpstream.Script script) {
        FAULTS.add(name);
        upstream.on(name, script);
    }

    private static String told() {
        return "Key " + ScriptedUpstream.KEY + " is not good at " + upstream.url();
    }

    private static String error(Object code) {
        return "{\"error\":{\"message\":\"%s\",\"code\":%s,\"param\":\"%s\"}}"
                .formatted(told(), code, ScriptedUpstream.KEY);
    }

    private static void statuses() {
        var type = "application/json\r\nx-secret: %s\r\nset-cookie: a=%1$s\r\nserver: %1$s\r\nx-ratelimit-canary: %1$s"
                .formatted(CANARY);
        for (int status : List.of(200, 201, 204, 302, 400, 401, 403, 404, 409, 413, 418, 422, 429, 500, 503, 529)) {
            on("json-" + status, visit -> visit.answer(status, type, error("\"" + ScriptedUpstream.KEY + "\"")));
            on("text-" + status, visit -> visit.answer(status, type, told()));
            if (status != 200) {
                // Else it is what the model says.
                on("detail-" + status, visit -> visit.answer(status, type, "{\"detail\":\"" + told() + "\"}"));
            }
        }
        on("good-with-headers", visit -> visit.answer(200, type, "{\"id\":\"1\",\"choices\":[]}"));
        on("cut", visit -> visit.raw("HTTP/1.1 200 " + told() + "\r\ncontent-length: 100\r\n\r\n" + told()));
        on("no-http", visit -> visit.raw(told() + "\r\n\r\n"));
        on("bad-header", visit -> visit.raw("HTTP/1.1 200 X\r\n" + told() + "\r\n\r\n"));
        on("bad-length", visit -> visit.raw("HTTP/1.1 200 X\r\ncontent-length: " + told() + "\r\n\r\n"));
        on("reset", Visit::reset);
    }

    private static void streams() {
        for (var code : List.of("400", "500", "\"context_length_exceeded\"", "\"" + ScriptedUpstream.KEY + "\"")) {
            var event = error(code);
            on("first-" + code.replaceAll("\\W", ""), visit -> stream(visit, event, false));
            on("later-" + code.replaceAll("\\W", ""), visit -> stream(visit, event, true));
        }
        on("garbage", visit -> stream(visit, told(), true));
        on("half", visit -> stream(visit, "{\"choices\":[{\"delta\":\"" + told(), true));
    }

    private static void stream(Visit visit, String event, boolean later) throws IOException {
        visit.open();
        if (later) {
            visit.word("one");
        }
        visit.event(event);
        visit.end();
    }

    @Test
    void nothing_of_it_is_in_answers_and_logs() {
        for (var fault : FAULTS) {
            for (var streaming : List.of("true", "false")) {
                var answer = siege.ask(RawClient.chat(fault, "\"stream\":" + streaming));
                assertThat(answer.headers().toString() + answer.text())
                        .as(fault + ", stream " + streaming)
                        .doesNotContain(ScriptedUpstream.KEY, CANARY, place);
            }
            assertThat(siege.log().lines())
                    .as("the log of " + fault)
                    .allSatisfy(line -> assertThat(line).doesNotContain(ScriptedUpstream.KEY, CANARY, place));
            siege.assertUnharmed();
        }
    }

    @Test
    void what_a_client_did_wrong_is_still_told() {
        var answer = siege.ask(RawClient.chat("json-400"));
        assertThat(answer.error(400).getString("message")).isEqualTo("Key *** is not good at ***");
    }
}
