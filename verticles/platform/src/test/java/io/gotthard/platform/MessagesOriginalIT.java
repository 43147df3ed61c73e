package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An upstream that speaks Messages gets what the client said, and the client gets what that thought, signature and all. */
class MessagesOriginalIT {

    private static final String[] EVENTS = """
        {"type":"message_start","message":{"id":"msg_7","usage":{"input_tokens":10,"cache_creation_input_tokens":3,\
        "cache_read_input_tokens":5,"output_tokens":1}}}
        {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
        {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}
        {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}
        {"type":"content_block_stop","index":0}
        {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}
        {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grüezi"}}
        {"type":"content_block_stop","index":1}
        {"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"usage":{"output_tokens":4}}
        {"type":"message_stop"}\
        """.split("\n");

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start()
                .on("claude", visit -> {
                    visit.open();
                    for (var event : EVENTS) {
                        visit.event(event);
                    }
                    visit.end();
                })
                .on("cut", visit -> {
                    visit.open();
                    for (int i = 0; i < 7; i++) {
                        visit.event(EVENTS[i]);
                    }
                    visit.reset();
                });
        var yaml = upstream.configuration("").replace("protocol: openai", "protocol: anthropic");
        platform = RunningPlatform.start(yaml, TestDatabase.url());
    }

    @AfterAll
    static void stop() {
        platform.close();
        upstream.close();
    }

    private static String ask(String model) {
        var body = """
            {"model":"%s","max_tokens":2000,"stream":true,"thinking":{"type":"enabled","budget_tokens":1024},"top_k":5,\
            "stop_sequences":["END"],"messages":[{"role":"user","content":[{"type":"text","text":"Hello","cache_control":\
            {"type":"ephemeral"}}]}]}\
            """.formatted(model);
        try (var client = RawClient.to(platform.url())) {
            var request = RawClient.bare(
                            "POST",
                            "/v1/messages",
                            "x-api-key: " + RunningPlatform.KEY,
                            "anthropic-version: 2023-06-01",
                            "anthropic-beta: one",
                            "anthropic-beta: two",
                            "Content-Type: application/json",
                            RawClient.length(body))
                    + body;
            var answer = client.send(request).answer();
            assertThat(answer.status()).isEqualTo(200);
            var visit = upstream.visit(model, 1);
            assertThat(new JsonObject(visit.body))
                    .isEqualTo(new JsonObject(body).put("model", ScriptedUpstream.PREFIX + model));
            assertThat(visit.head)
                    .contains("x-api-key: " + ScriptedUpstream.KEY)
                    .contains("anthropic-beta: one,two")
                    .doesNotContain(RunningPlatform.KEY);
            return new String(answer.body(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void what_goes_in_and_comes_out_is_theirs() {
        assertThat(ask("claude")).contains("\"id\":\"msg_7\"").endsWith("""
            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: content_block_start
            data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grüezi"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":1}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"usage":\
            {"input_tokens":10,"cache_creation_input_tokens":3,"cache_read_input_tokens":5,"output_tokens":4}}

            event: message_stop
            data: {"type":"message_stop"}

            """);
    }

    @Test
    void what_breaks_off_ends_with_an_error() {
        assertThat(ask("cut"))
                .contains("Grüezi")
                .contains("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\"")
                .doesNotContain("message_delta")
                .doesNotContain("message_stop");
    }
}
