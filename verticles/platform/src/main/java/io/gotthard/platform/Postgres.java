package io.gotthard.platform;

import io.gotthard.kit.DirectoryLock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedded PostgreSQL: a real server below the data directory, for this process only.
 *
 * <p>What a client was told is committed is on the disk. The server ends with this process, also when that is killed, and the
 * next start finds everything committed; should the server itself be killed, it is started again on the same port. It
 * listens on 127.0.0.1 only and knows one user, whose random password is kept in a file that only we can read.
 */
public final class Postgres implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Postgres.class);

    /** After a crash the server first repeats what its log holds, which is at most some hundred megabytes. */
    private static final Duration START = Duration.ofMinutes(5);

    private static final Duration STOP = Duration.ofSeconds(60);

    /** How long a server that was left behind may take to notice it by itself. */
    private static final Duration NOTICE = Duration.ofSeconds(5);

    /** What initdb, which puts paths into shell commands, does not escape. */
    private static final Pattern SHELL = Pattern.compile("[$\"`\\\\\\n\\r]");

    private static final int PORTS_TRIED = 5;
    private static final long POLL_MILLISECONDS = 10;
    private static final long FIRST_PAUSE_MILLISECONDS = 250;
    private static final long LONGEST_PAUSE_MILLISECONDS = 30_000;

    private final Consumer<String> progress;
    private final DirectoryLock lock;
    private final PostgresBinaries binaries;
    private final PostgresAccount account;
    private final PostgresCluster cluster;
    private int port;
    private PostgresProgram server;
    private boolean closing;

    private Postgres(
            Consumer<String> progress,
            DirectoryLock lock,
            PostgresBinaries binaries,
            PostgresAccount account,
            PostgresCluster cluster) {
        this.progress = progress;
        this.lock = lock;
        this.binaries = binaries;
        this.account = account;
        this.cluster = cluster;
    }

    /**
     * Starts the server of a data directory, and returns when it takes connections. The first start unpacks the programs
     * and creates the database.
     *
     * @param data the data directory, created if needed; everything of PostgreSQL's is in {@code postgres} below it
     * @param progress is told in a few words what is being done, also later, when the server must be started again
     * @throws IOException if it cannot be started; the message says why, and what the server said
     */
    public static Postgres start(Path data, Consumer<String> progress) throws IOException {
        Path home = data.toAbsolutePath().normalize().resolve("postgres");
        DirectoryLock lock = null;
        Postgres started = null;
        try {
            if (SHELL.matcher(home.toString()).find()) {
                throw new IOException("its path may have no $, quote \", `, \\ or line break: " + home);
            }
            Files.createDirectories(home);
            home = home.toRealPath();
            lock = DirectoryLock.of(home);
            PostgresBinaries binaries = PostgresBinaries.unpack(home, progress);
            PostgresAccount account = PostgresAccount.server(home, PostgresCluster.data(home));
            PostgresCluster cluster = PostgresCluster.open(home, binaries, account, progress);
            Postgres postgres = new Postgres(progress, lock, binaries, account, cluster);
            postgres.startFirst();
            started = postgres;
            return started;
        } catch (IOException e) {
            throw new IOException("the embedded PostgreSQL in " + home + " cannot start: " + reason(e), e);
        } finally {
            if (started == null && lock != null) {
                lock.close();
            }
        }
    }

    /** Where and as whom to connect, password included: {@code postgresql://user:password@127.0.0.1:port/database}. */
    public String url() {
        return "postgresql://%s:%s@127.0.0.1:%d/%s"
                .formatted(PostgresCluster.NAME, cluster.password(), port, PostgresCluster.NAME);
    }

    /** The server's process, for tests that have no mercy. */
    synchronized ProcessHandle process() {
        return server.process().toHandle();
    }

    /** Ends all connections, stops the server and returns when it is gone. Closing again does nothing. */
    @Override
    public void close() {
        PostgresProgram last;
        synchronized (this) {
            closing = true;
            last = server;
        }
        try (lock) {
            stop(last.process().toHandle());
        } catch (IOException e) {
            LOG.warn("PostgreSQL was not stopped properly, and will recover when it is started again", e);
        }
    }

    private void startFirst() throws IOException {
        endPrevious();
        cluster.disownPidFile();
        progress.accept("starting PostgreSQL " + binaries.version());
        for (int i = 1; server == null; i++) {
            port = freePort();
            PostgresProgram candidate = cluster.serve(binaries, account, port);
            if (awaitReady(candidate)) {
                server = candidate;
            } else if (i == PORTS_TRIED || !candidate.lastLines().contains("could not bind")) {
                throw new IOException("it said:\n" + candidate.lastLines());
            } // else somebody was quicker to take that port
        }
        var _ = server.ended().thenAccept(this::ended);
        if (!account.endsWithUs()) {
            progress.accept(
                    "there is no setpriv here: if this process is killed, PostgreSQL runs on until the next start");
            Runtime.getRuntime().addShutdownHook(new Thread(this::close, "postgres-stop"));
        }
    }

    /** Ends a server whose process has ended without stopping it; we hold the lock, so it is nobody else's. */
    private void endPrevious() throws IOException {
        Optional<ProcessHandle> previous = cluster.running();
        if (previous.isPresent()) {
            progress.accept("waiting for the previous PostgreSQL, process "
                    + previous.get().pid() + ", to stop");
            if (!gone(previous.get(), NOTICE)) {
                stop(previous.get());
            }
        }
    }

    /** On the thread of the server that has ended, which has nothing else to do any more. */
    private void ended(int code) {
        synchronized (this) {
            if (closing) {
                return;
            }
        }
        progress.accept("PostgreSQL has ended with code " + code + " and is started again");
        for (long pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS)) {
            try {
                PostgresProgram next;
                synchronized (this) {
                    if (closing) {
                        return;
                    }
                    next = server = cluster.serve(binaries, account, port);
                }
                if (awaitReady(next)) {
                    var _ = next.ended().thenAccept(this::ended);
                    return;
                }
                LOG.error("PostgreSQL could not be started again, it said:\n{}", next.lastLines());
            } catch (IOException e) {
                LOG.error("PostgreSQL could not be started again", e);
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Waits until the server takes connections; false if it has ended instead. */
    private boolean awaitReady(PostgresProgram candidate) throws IOException {
        long pid = candidate.process().pid();
        long deadline = System.nanoTime() + START.toNanos();
        try {
            while (!candidate.endedWithin(POLL_MILLISECONDS)) {
                if (cluster.ready(pid)) {
                    return true;
                }
                if (System.nanoTime() > deadline) {
                    throw new IOException("it is not ready after " + START.toMinutes() + " minutes, and said:\n"
                            + candidate.lastLines());
                }
            }
            return false;
        } catch (IOException e) {
            candidate.process().destroy();
            throw e;
        }
    }

    /** Stops a server fast: open transactions are rolled back, what is committed stays. */
    private void stop(ProcessHandle process) throws IOException {
        if (!PostgresCluster.alive(process)) {
            return;
        }
        try {
            PostgresProgram.run(
                    binaries, account, "", "pg_ctl", "stop", "--no-wait", "--mode=fast", "--pgdata=" + cluster.data());
        } catch (IOException e) {
            LOG.debug("PostgreSQL is so young that it has not yet written its process id, or just gone", e);
            process.destroy();
        }
        if (!gone(process, STOP)) {
            process.destroyForcibly();
            throw new IOException("PostgreSQL, process " + process.pid() + ", did not stop within " + STOP.toSeconds()
                    + " seconds and was killed");
        }
    }

    private static boolean gone(ProcessHandle process, Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (PostgresCluster.alive(process)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            try {
                Thread.sleep(POLL_MILLISECONDS);
            } catch (InterruptedException e) {
                throw PostgresProgram.interrupted(e);
            }
        }
        return true;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    /** The message of an exception, also of those whose message is only a path. */
    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "no permission for " + e.getMessage();
        } else if (e instanceof FileSystemException file && file.getReason() == null) {
            return file.getClass().getSimpleName() + " " + e.getMessage();
        }
        return e.getMessage();
    }
}
