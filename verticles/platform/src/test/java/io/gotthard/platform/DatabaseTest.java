package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The kit's Database with the embedded PostgreSQL, which the kit itself does not have. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class DatabaseTest {

    @TempDir
    private static Path temp;

    private static Postgres postgres;
    private static Vertx vertx;

    private Database database;

    @BeforeAll
    static void start() throws Exception {
        postgres = Postgres.start(temp, line -> {});
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() {
        await(vertx.close());
        postgres.close();
    }

    @BeforeEach
    void open() {
        database = Database.open(vertx, postgres.url());
    }

    @AfterEach
    void close() {
        await(database.close());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(1, TimeUnit.MINUTES)
                .join();
    }

    private List<String> strings(String sql) {
        var rows = await(database.pool().query(sql).execute());
        return Stream.iterate(rows.iterator(), it -> it.hasNext(), it -> it)
                .map(it -> it.next().getString(0))
                .toList();
    }

    private void drop(String schema) {
        await(database.pool()
                .query("DROP SCHEMA IF EXISTS " + schema + " CASCADE")
                .execute());
    }

    @Test
    void several_nodes_may_migrate_at_once_and_each_file_runs_once() {
        for (int round = 0; round < 5; round++) {
            drop("database_test");
            await(Future.all(IntStream.range(0, 4)
                    .mapToObj(node -> database.migrate("database_test"))
                    .toList()));
            assertThat(strings("SELECT word FROM database_test.words ORDER BY word"))
                    .containsExactly("one", "two");
            assertThat(strings("SELECT version FROM database_test.flyway_schema_history WHERE version IS NOT NULL"
                            + " ORDER BY installed_rank"))
                    .containsExactly("1", "2");
        }
        await(database.migrate("database_test"));
        assertThat(strings("SELECT word FROM database_test.words")).hasSize(2);
    }

    @Test
    void a_migration_that_fails_leaves_nothing_and_names_itself() {
        drop("database_test_broken");
        assertThatThrownBy(() -> await(database.migrate("database_test_broken")))
                .rootCause()
                .hasMessageContaining("no_such_table");
        assertThat(strings("SELECT word FROM database_test_broken.words")).isEmpty();
        assertThat(strings("SELECT version FROM database_test_broken.flyway_schema_history WHERE version IS NOT NULL"))
                .containsExactly("1");
    }

    @Test
    void a_schema_without_files_or_with_an_impossible_name_is_refused() {
        assertThatThrownBy(() -> await(database.migrate("nothing_here"))).hasMessageContaining("db/nothing_here");
        for (String name : List.of("", "Models", "a-b", "a;b", "../db", "1a", "a".repeat(64))) {
            assertThatIllegalArgumentException().isThrownBy(() -> database.migrate(name));
        }
    }

    @Test
    void values_go_to_the_database_and_back() {
        await(database.ping());
        var rows = await(
                database.pool().preparedQuery("SELECT $1::text || $2::int").execute(Tuple.of("zürich-", 8000)));
        assertThat(rows.iterator().next().getString(0)).isEqualTo("zürich-8000");
    }

    @Test
    void a_database_that_is_not_there_fails_at_once() throws Exception {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        var absent = Database.open(vertx, "postgresql://u:secret@127.0.0.1:" + port + "/d");
        assertThatThrownBy(() -> await(absent.ping())).hasMessageContaining("refused");
        assertThatThrownBy(() -> await(absent.migrate("database_test")))
                .hasMessageContaining("refused")
                .hasMessageNotContaining("secret");
        await(absent.close());
    }

    @Test
    @Tag("heavy")
    void a_database_that_does_not_answer_fails_after_a_limited_time() throws Exception {
        try (var silent = new ServerSocket(0, 100, InetAddress.getLoopbackAddress())) {
            var dead = Database.open(vertx, "postgresql://u:p@127.0.0.1:" + silent.getLocalPort() + "/d");
            assertThatThrownBy(() -> await(dead.ping())).hasMessageContaining("imeout");
            assertThatThrownBy(() -> await(dead.pool().query("SELECT 1").execute()))
                    .hasMessageContaining("Timeout waiting for connection");
            await(dead.close());
        }
    }

    @Test
    void a_wrong_password_is_told_without_repeating_it() {
        var wrong = Database.open(vertx, postgres.url().replaceFirst(":[^:@]{43}@", ":wrong-secret@"));
        assertThatThrownBy(() -> await(wrong.ping()))
                .hasMessageContaining("password authentication failed")
                .hasMessageNotContaining("wrong-secret");
        await(wrong.close());
    }

    @Test
    void when_everybody_waits_the_next_one_is_refused_at_once() {
        var busy = IntStream.range(0, 16)
                .mapToObj(i -> database.pool().query("SELECT pg_sleep(600)").execute())
                .toList();
        var waiting = new ArrayList<Future<?>>();
        for (int i = 0; i < 1000; i++) {
            waiting.add(database.pool().query("SELECT 1").execute());
        }
        assertThatThrownBy(() -> await(database.pool().query("SELECT 1").execute()))
                .hasMessageContaining("wait queue");
        assertThat(busy).noneMatch(Future::isComplete);
        for (var each : waiting) {
            assertThatThrownBy(() -> await(each)).isNotNull();
        }
        var other = Database.open(vertx, postgres.url());
        await(other.pool()
                .query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%'"
                        + " AND pid <> pg_backend_pid()")
                .execute());
        await(other.close());
        await(database.ping());
    }

    @Test
    void when_the_database_is_back_the_same_pool_works_again() throws Exception {
        await(database.ping());
        var underWay = database.pool().query("SELECT pg_sleep(600)").execute();
        // Only when the server has it may it be killed.
        while (strings("SELECT pid::text FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'")
                .isEmpty()) {
            Thread.onSpinWait();
        }
        postgres.process().destroyForcibly();
        assertThatThrownBy(() -> await(underWay)).isNotNull();
        // A part of the killed server may still answer a ping, so only a new connection tells.
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        Future<Void> back;
        do {
            back = database.migrate("database_test").compose(migrated -> database.ping());
            await(back.otherwiseEmpty());
        } while (back.failed() && System.nanoTime() < deadline);
        assertThat(back).matches(Future::succeeded, "the database is back");
    }

    @Test
    @Tag("heavy")
    void encryption_is_used_when_asked_for_and_the_server_is_checked_when_asked_for(@TempDir Path data)
            throws Exception {
        Postgres.start(data, line -> {}).close();
        var cluster = data.resolve("postgres").resolve("cluster").resolve("data");
        makeCertificate(data, cluster);
        try (var encrypting = Postgres.start(data, line -> {})) {
            for (String mode : List.of("disable", "prefer", "require")) {
                var each = Database.open(vertx, encrypting.url() + "?sslmode=" + mode);
                await(each.migrate("database_test"));
                var rows = await(each.pool()
                        .query("SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                        .execute());
                assertThat(rows.iterator().next().getString(0))
                        .as(mode)
                        .isEqualTo(mode.equals("disable") ? "false" : "true");
                await(each.close());
            }
            var checking = Database.open(vertx, encrypting.url() + "?sslmode=verify-full");
            assertThatThrownBy(() -> await(checking.ping())).hasMessageContaining("SSL handshake failed");
            assertThatThrownBy(() -> await(checking.migrate("database_test")))
                    .hasStackTraceContaining("unable to find valid certification path");
            await(checking.close());
        }
        var requiring = Database.open(vertx, postgres.url() + "?sslmode=require");
        assertThatThrownBy(() -> await(requiring.ping())).isNotNull();
        await(requiring.close());
        var preferring = Database.open(vertx, postgres.url() + "?sslmode=prefer");
        await(preferring.ping());
        await(preferring.close());
    }

    /** Gives the cluster a certificate that nobody has signed. */
    private static void makeCertificate(Path folder, Path cluster) throws Exception {
        Path store = folder.resolve("store");
        new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        store.toString())
                .start()
                .waitFor();
        var keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
        var certificate = pem("CERTIFICATE", keys.getCertificate("server").getEncoded());
        var key = pem(
                "PRIVATE KEY", keys.getKey("server", "changeit".toCharArray()).getEncoded());
        Path settings = cluster.resolve("postgresql.auto.conf");
        Files.writeString(settings, "ssl = on\n");
        for (var file : List.of(
                Files.writeString(cluster.resolve("server.crt"), certificate),
                Files.writeString(cluster.resolve("server.key"), key))) {
            Files.setPosixFilePermissions(file, Files.getPosixFilePermissions(settings));
            Files.setAttribute(file, "unix:uid", Files.getAttribute(settings, "unix:uid"));
        }
    }

    private static String pem(String kind, byte[] content) {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n";
    }
}
