package io.gotthard.platform;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A real Redis for tests, which keeps nothing on disk. It can be killed, started again on the same port with nothing in it, and made to
 * hang. It does not outlive this JVM.
 */
public final class RedisServer implements AutoCloseable {

    private static final String PROGRAM = "redis-server";

    private final Path folder;
    private final int port;
    private final Thread hook = new Thread(this::kill, "redis");
    private Process process;

    private RedisServer() {
        try {
            folder = Files.createTempDirectory("gotthard-redis");
            try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Starts one; a test that asks for it is skipped if there is no redis-server on the path. */
    public static RedisServer start() {
        Assumptions.assumeTrue(
                isInstalled(), "redis-server is not on the PATH: on Debian, apt-get install redis-server");
        var server = new RedisServer();
        server.restart();
        return server;
    }

    private static boolean isInstalled() {
        for (var folder : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(folder, PROGRAM))) {
                return true;
            }
        }
        return false;
    }

    /** Where it is. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** Starts it again after {@link #kill}; returns when it answers. */
    public void restart() {
        try {
            process = new ProcessBuilder(
                            PROGRAM, "--port", "" + port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Await.until("an answer of redis-server", () -> {
            if (!process.isAlive()) {
                throw new IllegalStateException(Files.readString(folder.resolve("log")));
            }
            return answers();
        });
    }

    private boolean answers() {
        try {
            return "+PONG".equals(ask("PING"));
        } catch (IOException e) {
            return false;
        }
    }

    /** The first line of what it answers to a command. */
    public String ask(String command) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(2_000);
            socket.getOutputStream().write((command + "\r\n").getBytes(US_ASCII));
            var line = new StringBuilder();
            for (int c = socket.getInputStream().read();
                    c != '\r';
                    c = socket.getInputStream().read()) {
                if (c < 0) {
                    throw new IOException("redis-server left");
                }
                line.append((char) c);
            }
            return line.toString();
        }
    }

    /** Ends it at once, with all that is in it. */
    public void kill() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** From now on it accepts connections and says nothing. */
    public void hang() {
        signal("-STOP");
    }

    /** It answers all that it was asked in the meantime. */
    public void goOn() {
        signal("-CONT");
    }

    private void signal(String signal) {
        try {
            new ProcessBuilder(List.of("kill", signal, Long.toString(process.pid())))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
        Runtime.getRuntime().removeShutdownHook(hook);
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
