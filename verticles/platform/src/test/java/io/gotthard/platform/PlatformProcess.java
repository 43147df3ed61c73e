package io.gotthard.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The real platform in a JVM of its own, so that it can be killed, with a folder that the next one can be started on. What it says is in a
 * file of that folder.
 */
final class PlatformProcess implements AutoCloseable {

    /** The administrator's key. */
    static final String KEY = "sk-gotthard-to-be-killed-0123456789abcdef";

    private static final Duration START = Duration.ofSeconds(60);
    private static final Pattern ALARM = Pattern.compile(" ERROR |^\\s+at \\S+\\(|^[a-z.]+Exception");
    private static final Pattern READY = Pattern.compile("OpenAI API\\s+(http://\\S+)/v1");

    private final Process process;
    private final Path data;
    private final Path log;
    private final URI url;

    private PlatformProcess(Process process, Path data, Path log, URI url) {
        this.process = process;
        this.data = data;
        this.log = log;
        this.url = url;
    }

    /**
     * Starts it, and returns when it answers.
     *
     * @param folder where its data is; also what is left of those which were killed before
     * @param yaml its configuration
     * @param databaseUrl the database, or null for the embedded one, which then dies with it
     */
    static PlatformProcess start(Path folder, String yaml, String databaseUrl) {
        try {
            var file = Files.writeString(folder.resolve("gotthard.yaml"), yaml);
            var data = folder.resolve("data");
            var log = folder.resolve("platform.log");
            Files.deleteIfExists(log);
            var builder = new ProcessBuilder(command()).redirectErrorStream(true);
            builder.redirectOutput(log.toFile());
            builder.environment()
                    .putAll(Map.of(
                            "GOTTHARD_HOST",
                            "127.0.0.1",
                            "GOTTHARD_PORT",
                            "0",
                            "GOTTHARD_DATA",
                            data.toString(),
                            "GOTTHARD_CONFIG",
                            file.toString(),
                            "GOTTHARD_ADMIN_KEY",
                            KEY));
            if (databaseUrl != null) {
                builder.environment().put("GOTTHARD_DATABASE_URL", databaseUrl);
            }
            var process = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            return new PlatformProcess(process, data, log, awaitReady(process, log));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** This JVM's own flags and class path. The second compiler is left out: these processes live for seconds. */
    private static List<String> command() {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("-D") || flag.startsWith("--"))
                .forEach(command::add);
        command.addAll(List.of(
                "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dgotthard.follow.parent=true", "-cp"));
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(Main.class.getName());
        return command;
    }

    private static URI awaitReady(Process process, Path log) throws IOException {
        var found = new URI[1];
        Await.until("the platform is ready or has ended", START, () -> {
            var ready = READY.matcher(Files.readString(log));
            if (ready.find()) {
                found[0] = URI.create(ready.group(1));
            }
            return found[0] != null || !process.isAlive();
        });
        if (found[0] == null) {
            throw new IOException("The platform did not start; it said:\n" + Files.readString(log));
        }
        return found[0];
    }

    /** Where it listens. */
    URI url() {
        return url;
    }

    /** Its native API, as the administrator. */
    Hub admin() {
        return new Hub(url, KEY);
    }

    /** Where its embedded database is. */
    String databaseUrl() {
        var cluster = data.resolve("postgres").resolve("cluster");
        try {
            return "postgresql://%s:%s@127.0.0.1:%s/%1$s"
                    .formatted(
                            PostgresCluster.NAME,
                            Files.readString(cluster.resolve("password")).strip(),
                            Files.readAllLines(cluster.resolve("data").resolve("postmaster.pid"))
                                    .get(3)
                                    .strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it said that is an error, or has a stack trace. */
    List<String> alarms() {
        try {
            return Files.readAllLines(log).stream()
                    .filter(line -> ALARM.matcher(line).find())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL, and waits until it is gone, and with it what it started. */
    void kill() {
        var all = new ArrayList<>(process.descendants().toList());
        process.destroyForcibly().onExit().join();
        all.forEach(PostgresChild::awaitEnd);
    }

    /** Lets it stop by itself: SIGTERM. */
    void stop() {
        process.destroy();
        Await.until("the platform has stopped", START, () -> !process.isAlive());
    }

    @Override
    public void close() {
        kill();
    }
}
