package io.gotthard.platform;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The files of the database: PostgreSQL's own in {@code data}, and the password of its only user beside them.
 *
 * @param directory holds {@code data} and {@code password}
 */
record PostgresCluster(Path directory, String password) {
    /** The name of the database, and of its only user, who may do everything. */
    static final String NAME = "gotthard";

    private static final String CREATING = "creating-";

    /** More than any system gives: no process has this id. */
    private static final long NO_PROCESS = Integer.MAX_VALUE;

    /** The system tells when a process has started to the second. */
    private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(2);

    /** Where the cluster of {@code home} is, or will be. */
    static Path data(Path home) {
        return home.resolve("cluster").resolve("data");
    }

    /**
     * The cluster of {@code home}, created if there is none. It appears whole or not at all, whenever this process is
     * killed. The caller holds the lock of {@code home}.
     *
     * @param server who will run the server, and therefore own the files
     */
    static PostgresCluster open(Path home, PostgresBinaries binaries, PostgresAccount server, Consumer<String> progress)
            throws IOException {
        deleteAbandoned(home);
        Path directory = home.resolve("cluster");
        if (!Files.exists(directory)) {
            progress.accept("initialising the database in " + directory);
            create(home, directory, binaries, server);
        }
        String major = Files.readString(data(home).resolve("PG_VERSION")).strip();
        if (!major.equals(binaries.major())) {
            throw new IOException("the database in " + directory + " was written by PostgreSQL " + major
                    + " and cannot be used by " + binaries.version() + ": export it with pg_dump, and import it again");
        }
        return new PostgresCluster(
                directory, Files.readString(directory.resolve("password")).strip());
    }

    Path data() {
        return directory.resolve("data");
    }

    /** Starts the server of this cluster. It takes connections as soon as it is {@link #ready}. */
    PostgresProgram serve(PostgresBinaries binaries, PostgresAccount account, int port) throws IOException {
        return PostgresProgram.start(
                binaries,
                account,
                "postgres",
                "-D",
                data().toString(),
                "--listen_addresses=127.0.0.1",
                "--port=" + port,
                "--unix_socket_directories=",
                "--fsync=on",
                "--full_page_writes=on",
                "--synchronous_commit=on",
                "--max_connections=100",
                "--shared_buffers=64MB",
                "--max_wal_size=512MB",
                "--jit=off",
                // Containers give /dev/shm 64 MB, and systemd empties it when a user logs out.
                "--dynamic_shared_memory_type=mmap",
                "--logging_collector=off",
                "--log_line_prefix=",
                // What people entrust to the database does not belong into a log.
                "--log_error_verbosity=terse",
                "--log_min_error_statement=panic");
    }

    /** Whether the server with that process id takes connections. */
    boolean ready(long process) throws IOException {
        List<String> lines = pidFile();
        return lines.size() > 7
                && lines.get(0).strip().equals(String.valueOf(process))
                && lines.get(7).strip().equals("ready");
    }

    /** The server that still runs in this cluster, if there is one. */
    Optional<ProcessHandle> running() throws IOException {
        Instant written = pidFileWritten();
        return namedProcess().filter(process -> isServer(process, written));
    }

    /**
     * Makes a {@code postmaster.pid} harmless that names a process which is not our server. Ids are given again, in a
     * container quite soon, and PostgreSQL would not start while anybody has its old one. The rest of the file stays: it
     * is how PostgreSQL notices parts of itself that have survived.
     */
    void disownPidFile() throws IOException {
        List<String> lines = pidFile();
        if (!lines.isEmpty() && running().isEmpty()) {
            lines.set(0, String.valueOf(NO_PROCESS));
            Files.write(data().resolve("postmaster.pid"), lines);
        }
    }

    /**
     * Whether a process still does anything. One that has ended keeps its id until somebody asks how it ended, which in a
     * container may be never: PostgreSQL, too, would take it for alive.
     */
    static boolean alive(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        try {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"), StandardCharsets.ISO_8859_1);
            return !stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException e) {
            return process.isAlive(); // it has just ended, or this is not Linux
        }
    }

    private Optional<ProcessHandle> namedProcess() throws IOException {
        return pidFile().stream()
                .findFirst()
                .map(String::strip)
                .filter(pid -> pid.matches("\\d{1,9}"))
                .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)))
                .filter(PostgresCluster::alive);
    }

    /** In doubt, yes: then there is a clear message, while two servers in one cluster would destroy it. */
    private boolean isServer(ProcessHandle process, Instant written) {
        Optional<String[]> arguments = process.info().arguments();
        if (arguments.isPresent()) {
            return List.of(arguments.get()).contains(data().toString());
        }
        // The kernel's own processes have none. Who was given the id later started after the server last wrote its
        // file.
        return process.info()
                .startInstant()
                .map(start -> start.isBefore(written.plus(CLOCK_TOLERANCE)))
                .orElse(true);
    }

    private Instant pidFileWritten() throws IOException {
        try {
            return Files.getLastModifiedTime(data().resolve("postmaster.pid")).toInstant();
        } catch (NoSuchFileException e) {
            return Instant.EPOCH;
        }
    }

    /** The lines of {@code postmaster.pid}, changeable; none if there is no such file. */
    private List<String> pidFile() throws IOException {
        try {
            return Files.readAllLines(data().resolve("postmaster.pid"));
        } catch (NoSuchFileException e) {
            // Asking before whether it is there would not do: PostgreSQL may remove it in between.
            return new ArrayList<>();
        }
    }

    private static void create(Path home, Path directory, PostgresBinaries binaries, PostgresAccount server)
            throws IOException {
        PostgresAccount initdb = PostgresAccount.initdb(home);
        Path creating = Files.createTempDirectory(home, CREATING);
        try {
            // Both accounts pass through this directory, but neither may look around in it.
            Files.setPosixFilePermissions(creating, PosixFilePermissions.fromString("rwx--x--x"));
            Path data = Files.createDirectory(creating.resolve("data"));
            Path password = Files.createFile(
                    creating.resolve("password"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(password, newPassword() + "\n");
            int ourselves = (int) Files.getAttribute(password, "unix:uid");
            initdb.own(data);
            initdb.own(password);
            PostgresProgram.run(
                    binaries,
                    initdb,
                    "",
                    "initdb",
                    "--pgdata=" + data,
                    "--username=" + NAME,
                    "--pwfile=" + password,
                    "--auth-host=scram-sha-256",
                    "--auth-local=reject",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--no-instructions");
            Files.writeString(data.resolve("pg_hba.conf"), "host all " + NAME + " 127.0.0.1/32 scram-sha-256\n");
            PostgresProgram.run(
                    binaries,
                    initdb,
                    "CREATE DATABASE " + NAME + "\n",
                    "postgres",
                    "--single",
                    "-D",
                    data.toString(),
                    "--exit_on_error=on",
                    "postgres");
            server.own(data);
            if (initdb.uid().isPresent()) {
                PostgresAccount.give(password, ourselves);
            }
            PostgresBinaries.flush(data.resolve("pg_hba.conf"));
            PostgresBinaries.flush(password);
            PostgresBinaries.flush(creating);
            Files.move(creating, directory, StandardCopyOption.ATOMIC_MOVE);
            PostgresBinaries.flush(home);
        } catch (IOException e) {
            deleteAbandoned(home);
            throw e;
        }
    }

    /** Removes what killed or failed attempts have left. */
    private static void deleteAbandoned(Path home) throws IOException {
        PostgresBinaries.deleteAll(home, CREATING);
    }

    private static String newPassword() {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }
}
