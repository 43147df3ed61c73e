package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.ScriptedUpstream.Visit;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Claude Code, unmodified and asked once, with a model that knows nothing of Messages: {@code src/test/clients/claude-code}. */
class ClaudeCodeIT {

    private static final ClientSuite SUITE = new ClientSuite(
            "claude-code",
            "package-lock.json",
            List.of(List.of("npm", "ci", "--no-audit", "--no-fund"), List.of("node_modules/.bin/claude", "--version")),
            List.of());

    private static final String CALL = """
        {"id":"1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function",\
        "function":{"name":"Read","arguments":ARGUMENTS}}]}}]}\
        """;

    @TempDir
    private Path work;

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;

    @BeforeAll
    static void start() {
        SUITE.prepare();
        upstream = ScriptedUpstream.start().on("reads", ClaudeCodeIT::play);
        platform = RunningPlatform.start(
                "external: {model: reads}\n" + upstream.configuration("", "price: {request: 0}"), TestDatabase.url());
    }

    @AfterAll
    static void stop() {
        if (platform != null) {
            platform.close();
            upstream.close();
        }
    }

    /** Reads the file that it is told to read, and says that it has. */
    private static void play(Visit visit) throws IOException {
        if (!visit.body.contains("\"stream\":true")) {
            visit.json(
                    200,
                    "{\"id\":\"1\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                            + "\"A title\"},\"finish_reason\":\"stop\"}]}");
            return;
        }
        boolean hasRead = visit.body.contains("\"role\":\"tool\"");
        visit.open();
        if (hasRead) {
            visit.word("I have read ");
            visit.word("of the pass.");
        } else {
            var file = visit.body.replaceAll("(?s).*Read the file (/[^ \"]+) now.*", "$1");
            visit.event(CALL.replace(
                    "ARGUMENTS",
                    Json.encode(new JsonObject().put("file_path", file).encode())));
        }
        visit.event("{\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"%s\"}]}"
                .formatted(hasRead ? "stop" : "tool_calls"));
        visit.event("{\"id\":\"1\",\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":5}}");
        visit.event("[DONE]");
        visit.end();
    }

    @Test
    void claude_code_uses_its_tools_with_any_model() throws Exception {
        var file = Files.writeString(work.resolve("pass.txt"), "Closed until May.");
        var said = work.resolve("said.json");
        var builder = new ProcessBuilder(
                        SUITE.home()
                                .resolve("node_modules/.bin/claude")
                                .toAbsolutePath()
                                .toString(),
                        "-p",
                        "Read the file " + file + " now",
                        "--model",
                        "reads",
                        "--allowedTools",
                        "Read",
                        "--output-format",
                        "json")
                .directory(work.toFile())
                .redirectInput(Files.createFile(work.resolve("nothing")).toFile())
                .redirectOutput(said.toFile())
                .redirectError(work.resolve("errors.txt").toFile());
        // Nothing of whoever runs this test, and nobody else is to be asked anything.
        builder.environment().keySet().retainAll(Set.of("PATH"));
        builder.environment()
                .putAll(Map.of(
                        "HOME",
                        work.toString(),
                        "ANTHROPIC_BASE_URL",
                        platform.url().toString(),
                        "ANTHROPIC_API_KEY",
                        RunningPlatform.KEY,
                        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
                        "1",
                        "DISABLE_AUTOUPDATER",
                        "1"));
        var process = builder.start();
        try {
            assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        var output = Files.readString(said);
        assertThat(process.exitValue()).as(output).isZero();
        var result = new JsonObject(output);
        assertThat(result.getBoolean("is_error")).isFalse();
        assertThat(result.getString("result")).isEqualTo("I have read of the pass.");
        assertThat(result.getInteger("num_turns")).isEqualTo(2);
        assertThat(upstream.visits("reads").getLast().body).contains("Closed until May.");
    }
}
