package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A JVM of its own that starts the database and then writes as fast as it can. It prints the database's URL, its server's
 * process id, and then the number of each row that was acknowledged; or why it could not start.
 */
final class PostgresChild implements AutoCloseable {
    private final Process process;
    private final BufferedReader lines;

    private PostgresChild(Process process) {
        this.process = process;
        this.lines = process.inputReader(StandardCharsets.UTF_8);
    }

    static PostgresChild start(Path data) throws Exception {
        return start(data, List.of(), classPath());
    }

    static PostgresChild start(Path data, List<String> prefix, Set<Path> classPath) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx128m");
        command.add("-cp");
        command.add(classPath.stream().map(Path::toString).collect(Collectors.joining(":")));
        command.add(PostgresChild.class.getName());
        command.add(data.toString());
        return new PostgresChild(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    public static void main(String[] arguments) throws Exception {
        try (Postgres postgres = Postgres.start(Path.of(arguments[0]), line -> {});
                Connection connection = PostgresTest.connect(postgres.url())) {
            System.out.println(postgres.url());
            System.out.println(postgres.process().pid());
            connection.createStatement().execute("CREATE TABLE IF NOT EXISTS written (number int PRIMARY KEY)");
            var rows = connection.createStatement().executeQuery("SELECT coalesce(max(number), 0) FROM written");
            rows.next();
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO written VALUES (?)")) {
                for (int number = rows.getInt(1) + 1; ; number++) {
                    insert.setInt(1, number);
                    insert.executeUpdate();
                    System.out.println(number);
                }
            }
        } catch (IOException e) {
            System.out.println(e.getMessage());
        }
    }

    /** The class path of {@link #main}, and nothing more, so that it can be copied to where other users may read it. */
    static Set<Path> classPath() throws Exception {
        Set<Path> places = new LinkedHashSet<>();
        for (String name : List.of(
                "io.gotthard.platform.Postgres",
                "io.gotthard.platform.PostgresChild",
                "io.gotthard.kit.DirectoryLock",
                "org.apache.commons.compress.archivers.tar.TarArchiveInputStream",
                "org.apache.commons.io.IOUtils",
                "org.apache.commons.lang3.StringUtils",
                "org.apache.commons.codec.digest.DigestUtils",
                "org.tukaani.xz.XZInputStream",
                "org.slf4j.Logger",
                "org.postgresql.Driver")) {
            places.add(Path.of(Class.forName(name)
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI()));
        }
        // Without logback the child is silent but for what it prints itself.
        for (String machine : List.of("linux-x86_64", "linux-arm_64", "darwin-x86_64", "darwin-arm_64")) {
            var archive = PostgresChild.class.getResource("/postgres-" + machine + ".txz");
            if (archive != null) {
                URI jar = ((JarURLConnection) archive.openConnection())
                        .getJarFileURL()
                        .toURI();
                places.add(Path.of(jar));
            }
        }
        return places;
    }

    /** Copies a class path below a directory, readable for everybody. */
    static Set<Path> copy(Set<Path> classPath, Path target) throws IOException {
        Set<Path> copies = new LinkedHashSet<>();
        for (Path place : classPath) {
            Path copy = target.resolve(copies.size() + "-" + place.getFileName());
            try (Stream<Path> paths = Files.walk(place)) {
                for (Path path : (Iterable<Path>) paths::iterator) {
                    Files.copy(path, copy.resolve(place.relativize(path).toString()));
                }
            }
            copies.add(copy);
        }
        return copies;
    }

    long pid() {
        return process.pid();
    }

    /** The first line that is not the logger's complaint about having nobody to log to. */
    String firstLine() throws IOException {
        String line = nextLine();
        while (line != null && line.startsWith("SLF4J")) {
            line = nextLine();
        }
        return line;
    }

    /** The next line, or null when there are no more. */
    String nextLine() throws IOException {
        return lines.readLine();
    }

    /** SIGKILL, and wait until it is gone. */
    void kill() {
        process.toHandle().destroyForcibly(); // unlike the process's own method, this leaves us what it wrote
        process.onExit().join();
    }

    /** Waits until a process has ended. In a container it may stay a zombie for ever, so this is not asked of its handle. */
    static void awaitEnd(ProcessHandle process) {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (PostgresCluster.alive(process)) {
            assertThat(System.nanoTime())
                    .as("process %d still runs", process.pid())
                    .isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /** Lets the child go without mercy, and waits until the database is gone, too. */
    @Override
    public void close() throws IOException {
        List<ProcessHandle> all = process.descendants().toList();
        kill();
        all.forEach(PostgresChild::awaitEnd);
        lines.close();
    }
}
