package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Keys on two nodes that share a database: what is changed there is heard by both, and what happens without it. */
class KeysIT {

    private static final Duration PROMPTLY = Duration.ofSeconds(1);

    private static Detour detour;
    private static CapturedLog log;
    private static RunningPlatform one;
    private static RunningPlatform two;

    @BeforeAll
    static void start() {
        var direct = URI.create(TestDatabase.url());
        detour = Detour.to(direct.getPort());
        var url = TestDatabase.url().replace(":" + direct.getPort() + "/", ":" + detour.port() + "/");
        log = CapturedLog.start();
        one = RunningPlatform.start("", url);
        two = RunningPlatform.start("", url);
    }

    @AfterAll
    static void stop() {
        one.close();
        two.close();
        log.close();
        detour.close();
    }

    private static int status(RunningPlatform node, String key) {
        try (var client = RawClient.to(node.url())) {
            return client.send(RawClient.bare("GET", "/v1/models", "Authorization: Bearer " + key))
                    .answer()
                    .status();
        }
    }

    private static String newKey(String expires) throws SQLException {
        var key = "sk-test-" + UUID.randomUUID();
        sql(
                "insert into accounts.api_keys (id, hash, account, name, expires_at) values (?, ?, 'administrator',"
                        + " 'test', "
                        + expires + ")",
                key.substring(0, 20),
                hash(key));
        return key;
    }

    private static void sql(String text, String... parameters) throws SQLException {
        try (var connection = TestDatabase.connect(TestDatabase.url());
                var statement = connection.prepareStatement(text)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            assertThat(statement.executeUpdate()).isEqualTo(1);
        }
    }

    private static String hash(String key) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_revoked_key_is_soon_refused_on_all_nodes() throws SQLException {
        var key = newKey("null");
        assertThat(status(one, key)).isEqualTo(200);
        assertThat(status(two, key)).isEqualTo(200);
        sql("update accounts.api_keys set revoked_at = now() where hash = ?", hash(key));
        Await.until("the first refuses", PROMPTLY, () -> status(one, key) == 401);
        Await.until("the second refuses", PROMPTLY, () -> status(two, key) == 401);
        sql("update accounts.api_keys set revoked_at = null where hash = ?", hash(key));
        Await.until("the first accepts", PROMPTLY, () -> status(one, key) == 200);
        Await.until("the second accepts", PROMPTLY, () -> status(two, key) == 200);
        sql("delete from accounts.api_keys where hash = ?", hash(key));
        Await.until("the first refuses", PROMPTLY, () -> status(one, key) == 401);
        Await.until("the second refuses", PROMPTLY, () -> status(two, key) == 401);
    }

    @Test
    void a_key_that_was_refused_is_accepted_soon_after_it_was_made() throws SQLException {
        var key = "sk-test-" + UUID.randomUUID();
        assertThat(status(one, key)).isEqualTo(401);
        sql(
                "insert into accounts.api_keys (id, hash, account, name) values (?, ?, 'administrator', 'test')",
                key,
                hash(key));
        Await.until("the first accepts", PROMPTLY, () -> status(one, key) == 200);
    }

    @Test
    void a_key_expires_without_a_word() throws SQLException {
        assertThat(status(one, newKey("now() - interval '1 second'"))).isEqualTo(401);
        var soon = newKey("now() + interval '500 milliseconds'");
        assertThat(status(one, soon)).isEqualTo(200);
        Await.until("it has expired", Duration.ofSeconds(5), () -> status(one, soon) == 401);
    }

    @Test
    void without_the_database_known_keys_work_and_unknown_ones_get_503_until_it_is_back() throws SQLException {
        var known = newKey("null");
        var unknown = newKey("null");
        // Each event loop remembers for itself.
        for (int i = 0; i < 4 * Runtime.getRuntime().availableProcessors(); i++) {
            assertThat(status(one, known)).isEqualTo(200);
        }
        detour.cut();
        try {
            Await.until("not ready", () -> ready(one) == 503);
            assertThat(status(one, known)).isEqualTo(200);
            assertThat(status(one, unknown)).isEqualTo(503);
            a_refusal_for_want_of_the_database_blocks_no_connection(unknown, known);
            try (var client = RawClient.to(one.url())) {
                assertThat(client.send(RawClient.bare("GET", "/healthz"))
                                .answer()
                                .status())
                        .isEqualTo(200);
            }
            // Nobody hears of this, so it must be found out afterwards.
            sql("update accounts.api_keys set revoked_at = now() where hash = ?", hash(known));
            assertThat(status(one, known)).isEqualTo(200);
        } finally {
            detour.mend();
        }
        Await.until("ready again", () -> ready(one) == 200);
        Await.until("the unknown key is known", () -> status(one, unknown) == 200);
        Await.until("the revoked key is refused", () -> status(one, known) == 401);
    }

    /** The body of what is refused must not stand in the way of the next request. */
    private static void a_refusal_for_want_of_the_database_blocks_no_connection(String unknown, String known) {
        try (var client = RawClient.to(one.url())) {
            client.send(RawClient.chat("demo-chat").replace(RunningPlatform.KEY, unknown));
            var error = client.answer().error(503);
            assertThat(error.getString("message")).doesNotContain("ostgres", "jdbc", "127.0.0.1");
            // Who it is, is known; what it costs can't be written down, which is another refusal.
            client.send(RawClient.chat("demo-chat").replace(RunningPlatform.KEY, known));
            client.answer().error(503);
            client.send(RawClient.head("GET", "/v1/models").replace(RunningPlatform.KEY, known));
            assertThat(client.answer().status()).isEqualTo(200);
        }
    }

    private static int ready(RunningPlatform node) {
        try (var client = RawClient.to(node.url())) {
            return client.send(RawClient.bare("GET", "/readyz")).answer().status();
        }
    }

    @Test
    void a_key_is_nowhere_in_clear() throws SQLException {
        var key = newKey("null");
        assertThat(status(one, key)).isEqualTo(200);
        assertThat(status(one, RunningPlatform.KEY)).isEqualTo(200);
        try (var connection = TestDatabase.connect(TestDatabase.url());
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select count(*), count(*) filter (where row::text like '%"
                        + RunningPlatform.KEY + "%') from accounts.api_keys row")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isPositive();
            assertThat(rows.getInt(2)).isZero();
        }
        assertThat(log.requests()).isNotEmpty();
        assertThat(log.lines()).noneMatch(line -> line.contains(key) || line.contains(RunningPlatform.KEY));
    }
}
