package io.gotthard.platform;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An MCP server written with the official SDK, in a process of its own: {@code src/test/clients/mcp/server.py}. */
final class McpServerProcess implements AutoCloseable {

    private static final ClientSuite SUITE = new ClientSuite(
            "mcp",
            "requirements.txt",
            List.of(
                    List.of("python3", "-m", "venv", "--clear", "venv"),
                    List.of("venv/bin/python", "-m", "pip", "install", "--quiet", "-r", "requirements.txt")),
            List.of());

    private final boolean plain;
    private final Path calls;
    private Process process;
    private int port;

    private McpServerProcess(boolean plain) {
        this.plain = plain;
        try {
            calls = Files.createTempFile("gotthard-mcp", ".jsonl");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run();
    }

    /** Installs the SDK, unless it is there; skips the test where that can't be done. */
    static void prepare() {
        SUITE.prepare();
    }

    /** @param plain without sessions, and with JSON as answers instead of streams */
    static McpServerProcess start(boolean plain) {
        return new McpServerProcess(plain);
    }

    private void run() {
        var home = SUITE.home().toAbsolutePath();
        var builder = new ProcessBuilder(home.resolve("venv/bin/python").toString(), "server.py")
                .directory(home.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("PORT", Integer.toString(port));
        builder.environment().put("PLAIN", plain ? "1" : "0");
        builder.environment().put("CALLS", calls.toString());
        try {
            process = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            var said = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            var line = said.readLine();
            if (line == null) {
                throw new AssertionError("The MCP server ended with " + process.waitFor());
            }
            port = Integer.parseInt(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + port + "/mcp";
    }

    /** A line for each call of a tool so far. */
    List<String> calls() {
        try {
            return Files.readAllLines(calls);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills it. */
    void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                throw new AssertionError("The MCP server can't be killed");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Another one at the same address, which knows nothing of the one before. */
    void restart() {
        kill();
        run();
    }

    @Override
    public void close() {
        kill();
        try {
            Files.deleteIfExists(calls);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
