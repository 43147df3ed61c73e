package io.gotthard.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Comparator;

/**
 * A PostgreSQL that the tests of this JVM share, because starting one takes longer than most tests: for those who do not mind
 * what others have in it. It stops with the JVM.
 */
public final class TestDatabase {

    private static final class Running {
        static final Postgres POSTGRES = start();
    }

    private TestDatabase() {}

    /** Where it is; the first call starts it. */
    public static String url() {
        return Running.POSTGRES.url();
    }

    /** Connects to a database by the URL the platform knows it by. */
    public static Connection connect(String url) throws SQLException {
        var parts = url.split("://|[:@]", 4);
        return DriverManager.getConnection("jdbc:postgresql://" + parts[3], parts[1], parts[2]);
    }

    private static Postgres start() {
        try {
            var folder = Files.createTempDirectory("gotthard-database");
            var postgres = Postgres.start(folder, step -> {});
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(postgres, folder), "test database"));
            return postgres;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void stop(Postgres postgres, Path folder) {
        postgres.close();
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
