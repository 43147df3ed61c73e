package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real JVM is killed while it writes. */
@Tag("heavy")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PostgresCrashTest {
    private static final int ROWS = 200;

    @TempDir
    private Path temp;

    @BeforeEach
    void letEverybodyThrough() throws IOException {
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwx--x--x"));
    }

    @Test
    void every_acknowledged_row_is_there_after_the_process_was_killed() throws Exception {
        Path data = temp.resolve("data");
        writeAndKill(data, List.of(), PostgresChild.classPath());
    }

    @Test
    void a_normal_user_loses_nothing_either() throws Exception {
        int uid = (int) Files.getAttribute(temp, "unix:uid");
        assumeTrue(uid == 0, "we are a normal user, so the other test has just done this");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "no setpriv here to become a normal user with");
        for (Path path = temp.getParent(); path != null; path = path.getParent()) {
            assumeTrue(
                    Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_EXECUTE),
                    "a normal user cannot reach the temporary directory: " + path + " is closed");
        }
        List<String> nobody = Files.readAllLines(Path.of("/etc/passwd")).stream()
                .filter(line -> line.startsWith("nobody:"))
                .map(line -> line.split(":"))
                .flatMap(fields -> List.of(fields[2], fields[3]).stream())
                .toList();
        assumeTrue(nobody.size() == 2, "no account 'nobody' here");
        Path data = Files.createDirectory(temp.resolve("data"));
        Files.setAttribute(data, "unix:uid", Integer.valueOf(nobody.get(0)));
        Path copies = Files.createDirectory(temp.resolve("classes"));
        Files.setPosixFilePermissions(copies, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> prefix =
                List.of("setpriv", "--reuid", nobody.get(0), "--regid", nobody.get(1), "--clear-groups", "--");
        writeAndKill(data, prefix, PostgresChild.copy(PostgresChild.classPath(), copies));
        assertThat((int) Files.getAttribute(data.resolve("postgres"), "unix:uid"))
                .isEqualTo(Integer.valueOf(nobody.get(0)));
    }

    /** Twice: once the database is left the time to end by itself, and once the next start comes at once. */
    private void writeAndKill(Path data, List<String> prefix, Set<Path> classPath) throws Exception {
        for (boolean patient : List.of(true, false)) {
            PostgresChild child = PostgresChild.start(data, prefix, classPath);
            assertThat(child.firstLine()).startsWith("postgresql://");
            ProcessHandle server =
                    ProcessHandle.of(Long.parseLong(child.nextLine())).orElseThrow();
            int acknowledged = 0;
            for (int i = 0; i < ROWS; i++) {
                acknowledged = Integer.parseInt(child.nextLine());
            }
            child.kill();
            for (String line = child.nextLine(); line != null && line.matches("\\d+"); line = child.nextLine()) {
                acknowledged = Integer.parseInt(line);
            }
            if (patient) {
                PostgresChild.awaitEnd(server);
            }
            try (Postgres postgres = Postgres.start(data, line -> {});
                    Connection connection = PostgresTest.connect(postgres.url())) {
                PostgresChild.awaitEnd(server); // its very last breath is after it has let go of its files
                var rows = connection
                        .createStatement()
                        .executeQuery("SELECT count(*) FROM written WHERE number <= " + acknowledged);
                rows.next();
                assertThat(rows.getInt(1)).isEqualTo(acknowledged);
            }
        }
    }
}
