package io.gotthard.platform;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of one of PostgreSQL's programs.
 *
 * <p>The kernel signals a program when the <em>thread</em> that started it is gone. So each run has a thread of its own,
 * which starts it, reads what it says and lives until it has ended.
 */
final class PostgresProgram {
    private static final Logger LOG = LoggerFactory.getLogger("io.gotthard.platform.postgres");
    private static final int LINES_KEPT = 30;

    private final Deque<String> lastLines = new ArrayDeque<>();
    private final CompletableFuture<Process> started = new CompletableFuture<>();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();

    private PostgresProgram() {}

    /** Starts a program with an environment that holds nothing of ours. */
    static PostgresProgram start(PostgresBinaries binaries, PostgresAccount account, String name, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(account.prefix());
        command.add(binaries.program(name).toString());
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(binaries.directory().toFile())
                .redirectErrorStream(true);
        // Not ours: it holds keys of upstreams, and perhaps PGDATA, PGPORT and the like of another PostgreSQL.
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        builder.environment().clear();
        builder.environment().put("PATH", path);
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("TZ", "UTC");
        PostgresProgram program = new PostgresProgram();
        Thread.ofPlatform().name("postgres-" + name).daemon().start(() -> program.run(builder));
        try {
            program.started.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            // Nobody will look after it, so it must not stay.
            var _ = program.started.thenAccept(Process::destroy);
            throw interrupted(e);
        }
        return program;
    }

    /** Runs a program to its end with this input, and fails with what it said if it fails. */
    static void run(PostgresBinaries binaries, PostgresAccount account, String input, String name, String... arguments)
            throws IOException {
        PostgresProgram program = start(binaries, account, name, arguments);
        try (OutputStream stdin = program.process().getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.debug("{} did not read its input", name, e); // why, it says below
        }
        int code = program.awaitEnd();
        if (code != 0) {
            throw new IOException(name + " ended with code " + code + ":\n" + program.lastLines());
        }
    }

    private void run(ProcessBuilder builder) {
        try {
            Process process = builder.start();
            started.complete(process);
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                lines.lines().forEach(this::heard);
            } catch (IOException | UncheckedIOException e) {
                LOG.debug("the output of PostgreSQL ended", e);
            }
            ended.complete(process.waitFor());
        } catch (IOException | InterruptedException e) {
            started.completeExceptionally(e);
            ended.completeExceptionally(e);
        }
    }

    private void heard(String line) {
        synchronized (lastLines) {
            if (lastLines.size() == LINES_KEPT) {
                lastLines.removeFirst();
            }
            lastLines.addLast(line);
        }
        if (line.startsWith("WARNING:") || line.startsWith("FATAL:") || line.startsWith("PANIC:")) {
            LOG.warn(line);
        } else {
            LOG.debug(line);
        }
    }

    Process process() {
        return started.join();
    }

    /** Completes with the exit code once the program has ended and all it said was heard. */
    CompletableFuture<Integer> ended() {
        return ended;
    }

    /** The last lines the program wrote. */
    String lastLines() {
        synchronized (lastLines) {
            return String.join("\n", lastLines);
        }
    }

    private int awaitEnd() throws IOException {
        try {
            return ended.get();
        } catch (InterruptedException e) {
            process().destroy();
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    /** Whether the program has ended after at most so many milliseconds. */
    boolean endedWithin(long milliseconds) throws IOException {
        try {
            ended.get(milliseconds, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IOException("interrupted while waiting for PostgreSQL", e);
    }
}
