package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All tests share one data directory, and each starts its server itself. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class PostgresTest {
    /** Only we may enter it, as root's home often is; and a path of more than 107 bytes is too long for a Unix socket. */
    private static Path data;

    private final List<String> said = Collections.synchronizedList(new ArrayList<>());

    @BeforeAll
    static void makeAnAwkwardPlace(@TempDir Path temp) throws IOException {
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwx------"));
        data = temp.resolve("a folder of people's, with späces")
                .resolve("that-goes-on-and-on-".repeat(5))
                .resolve("data");
    }

    private Postgres start() throws IOException {
        return Postgres.start(data, said::add);
    }

    static Connection connect(String url) throws SQLException {
        String[] parts = url.split("://|[:@]", 4);
        return DriverManager.getConnection("jdbc:postgresql://" + parts[3], parts[1], parts[2]);
    }

    private static String query(Postgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres.url());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static void execute(Postgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres.url());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Path home() {
        return data.resolve("postgres");
    }

    private static Path cluster() {
        return home().resolve("cluster").resolve("data");
    }

    @Test
    void what_was_written_is_there_after_a_restart() throws Exception {
        ProcessHandle process;
        try (Postgres postgres = start()) {
            process = postgres.process();
            execute(postgres, "CREATE TABLE IF NOT EXISTS kept (word text)");
            execute(postgres, "INSERT INTO kept VALUES ('grüezi')");
        }
        assertThat(process.isAlive()).isFalse();
        said.clear();
        try (Postgres postgres = start()) {
            assertThat(query(postgres, "SELECT word FROM kept LIMIT 1")).isEqualTo("grüezi");
        }
        assertThat(said).containsExactly("starting PostgreSQL " + query18());
    }

    private static String query18() throws IOException {
        try (var names = Files.list(home())) {
            return names.map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("18\\..*-.*-.*"))
                    .findFirst()
                    .orElseThrow()
                    .replaceAll("-.*", "");
        }
    }

    @Test
    void it_is_PostgreSQL_18_with_full_durability_and_Unicode() throws Exception {
        try (Postgres postgres = start()) {
            assertThat(query(postgres, "SHOW server_version")).startsWith("18.");
            for (String setting : List.of("fsync", "full_page_writes", "synchronous_commit", "data_checksums")) {
                assertThat(query(postgres, "SHOW " + setting)).as(setting).isEqualTo("on");
            }
            assertThat(query(postgres, "SHOW server_encoding")).isEqualTo("UTF8");
            assertThat(query(postgres, "SELECT upper('zürich')")).isEqualTo("ZÜRICH");
            assertThat(query(postgres, "SELECT current_database() || current_user"))
                    .isEqualTo("gotthardgotthard");
        }
    }

    @Test
    void nobody_else_can_connect() throws Exception {
        try (Postgres postgres = start()) {
            assertThat(query(postgres, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(query(postgres, "SHOW unix_socket_directories")).isEmpty();
            assertThatThrownBy(() -> connect(postgres.url().replaceFirst(":[^:@]{43}@", ":wrong@")))
                    .hasMessageContaining("password authentication failed");
            execute(postgres, "DROP ROLE IF EXISTS other");
            execute(postgres, "CREATE ROLE other LOGIN PASSWORD 'known'");
            assertThatThrownBy(() -> connect(postgres.url().replaceFirst("//.*@", "//other:known@")))
                    .hasMessageContaining("pg_hba.conf");
            Path password = home().resolve("cluster").resolve("password");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(password)))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cluster())))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void the_server_does_not_run_as_root_and_not_in_our_terminals_session() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/stat")), "only Linux shows processes as files");
        try (Postgres postgres = start()) {
            Path process = Path.of("/proc/" + postgres.process().pid());
            assertThat((int) Files.getAttribute(process, "unix:uid")).isNotZero();
            String[] stat = Files.readString(process.resolve("stat"))
                    .replaceFirst(".*\\) ", "")
                    .split(" ");
            assertThat(stat[3])
                    .as("session")
                    .isEqualTo(String.valueOf(postgres.process().pid()));
        }
    }

    @Test
    void a_second_start_in_the_same_process_is_refused_and_harms_nothing() throws Exception {
        try (Postgres postgres = start()) {
            assertThatIOException().isThrownBy(this::start).withMessageContaining("already in use by this process");
            assertThat(query(postgres, "SELECT 1")).isEqualTo("1");
            try (PostgresChild child = PostgresChild.start(data)) {
                assertThat(child.firstLine())
                        .contains("is in use by another Gotthard, process "
                                + ProcessHandle.current().pid());
            }
        }
    }

    @Test
    void a_second_process_is_refused_and_told_who_the_first_is() throws Exception {
        start().close(); // so that the child needs not do the first start's work
        try (PostgresChild child = PostgresChild.start(data)) {
            assertThat(child.firstLine()).startsWith("postgresql://");
            assertThatIOException()
                    .isThrownBy(this::start)
                    .withMessageContaining("is in use by another Gotthard, process " + child.pid() + ":");
        }
    }

    @Test
    void a_stale_pid_file_does_not_matter_whoever_has_that_id_now() throws Exception {
        start().close();
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        // Its child ends, and it never asks how.
        Process parent = new ProcessBuilder("sh", "-c", "true & echo $!; exec sleep 600").start();
        long zombie = Long.parseLong(parent.inputReader().readLine());
        for (long pid : List.of(ended.pid(), zombie, ProcessHandle.current().pid(), 1L, 2L)) {
            Path file = Files.writeString(
                    cluster().resolve("postmaster.pid"),
                    pid + "\n" + cluster() + "\n1700000000\n5432\n\n127.0.0.1\n  1234567         1\nready   \n");
            Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L));
            start().close();
        }
        parent.destroy();
        assertThat(said).noneMatch(line -> line.contains("waiting for the previous"));
    }

    @Test
    void a_killed_server_is_started_again_where_it_was() throws Exception {
        try (Postgres postgres = start()) {
            String url = postgres.url();
            ProcessHandle killed = postgres.process();
            killed.destroyForcibly();
            killed.onExit().get(1, TimeUnit.MINUTES);
            String answer = null;
            long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
            while (answer == null && System.nanoTime() < deadline) {
                try {
                    answer = query(postgres, "SELECT 'back'");
                } catch (SQLException notYet) {
                    Thread.onSpinWait();
                }
            }
            assertThat(answer).isEqualTo("back");
            assertThat(postgres.url()).isEqualTo(url);
            assertThat(postgres.process().pid()).isNotEqualTo(killed.pid());
        }
        assertThat(said).anyMatch(line -> line.contains("is started again"));
    }

    @Test
    void what_a_killed_start_left_behind_is_removed() throws Exception {
        start().close();
        Path unpacking = Files.createDirectories(home().resolve("unpacking-1").resolve("bin"));
        Path creating = Files.createDirectories(home().resolve("creating-1").resolve("data"));
        Files.writeString(creating.resolve("PG_VERSION"), "18");
        start().close();
        assertThat(unpacking.getParent()).doesNotExist();
        assertThat(creating.getParent()).doesNotExist();
    }

    @Test
    void a_server_that_does_not_start_is_quoted_and_the_directory_is_free_again() throws Exception {
        start().close();
        Path settings = cluster().resolve("postgresql.auto.conf");
        byte[] before = Files.readAllBytes(settings);
        Files.writeString(settings, "no_such_setting = 1\n");
        assertThatIOException().isThrownBy(this::start).withMessageContaining("no_such_setting");
        Files.write(settings, before);
        start().close();
    }

    @Test
    void a_database_of_another_version_is_refused() throws Exception {
        start().close();
        Path version = cluster().resolve("PG_VERSION");
        Files.writeString(version, "17\n");
        assertThatIOException().isThrownBy(this::start).withMessageContaining("was written by PostgreSQL 17");
        Files.writeString(version, "18\n");
        start().close();
    }

    @Test
    void a_place_where_nothing_can_be_written_is_named(@TempDir Path temp) throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "");
        assertThatIOException()
                .isThrownBy(() -> Postgres.start(file, said::add))
                .withMessageContaining("cannot start")
                .withMessageContaining(file.toString());
        assertThatIOException()
                .isThrownBy(() -> Postgres.start(Path.of("/proc/nowhere"), said::add))
                .withMessageContaining("/proc/nowhere");
    }

    @Test
    void a_path_that_PostgreSQL_would_take_for_shell_commands_is_refused(@TempDir Path temp) throws Exception {
        for (String name : List.of("$HOME", "\"quoted\"", "`id`", "back\\slash", "two\nlines")) {
            assertThatIOException()
                    .isThrownBy(() -> Postgres.start(temp.resolve(name), said::add))
                    .withMessageContaining("its path");
        }
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void closing_twice_is_closing_once() throws Exception {
        Postgres postgres = start();
        postgres.close();
        postgres.close();
        start().close();
    }
}
