package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gotthard.accounts.AccountsSettings;
import io.gotthard.accounts.AccountsVerticle;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the first key comes to be, and how nodes hear of changed keys, on a real PostgreSQL that every test finds empty. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FirstKeyIT {

    private static final String GIVEN = "sk-given-0123456789";

    private static final DeploymentOptions ON_VIRTUAL_THREADS =
            new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD);

    private static Postgres postgres;

    private final Queue<String> shown = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<String> changed = new LinkedBlockingQueue<>();
    private Vertx vertx;
    private Database database;
    private Bus bus;

    @BeforeAll
    static void startPostgres(@TempDir Path data) throws Exception {
        postgres = Postgres.start(data, line -> {});
    }

    @AfterAll
    static void stopPostgres() {
        postgres.close();
    }

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        database = Database.open(vertx, postgres.url());
        sql("drop schema if exists accounts cascade");
        bus = new Bus(vertx);
        vertx.eventBus().<String>consumer("accounts.key.changed", message -> changed.add(message.body()));
    }

    @AfterEach
    void stop() {
        database.close().await();
        vertx.close().await();
    }

    private RowSet<Row> sql(String statement) {
        return database.pool().query(statement).execute().await();
    }

    private AccountsVerticle accounts(String bootstrapKey) {
        var settings = new AccountsSettings("sk-gotthard-", "sk-souheng-");
        return new AccountsVerticle(settings, List.of(), database, bootstrapKey, shown::add);
    }

    private void deploy(String bootstrapKey) {
        vertx.deployVerticle(accounts(bootstrapKey), ON_VIRTUAL_THREADS).await();
    }

    private void redeploy(String bootstrapKey) {
        vertx.deploymentIDs().forEach(id -> vertx.undeploy(id).await());
        deploy(bootstrapKey);
    }

    private JsonObject verify(String key) {
        var call = new Call(bus.nextId(), "request", Caller.NOBODY, Map.of("hash", hash(key)), null);
        return bus.ask("accounts.verifyCredential", call).next().await().body().toJsonObject();
    }

    private void assertThatRefused(String key) {
        var failure = catchThrowableOfType(Failure.class, () -> verify(key));
        assertThat(failure.status()).isEqualTo(401);
        assertThat(failure.code()).isEqualTo("invalid_api_key");
    }

    private static String hash(String key) {
        try {
            var sha256 = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha256.digest(key.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void insert(String id, String key, String more, String values) {
        database.pool()
                .preparedQuery("insert into accounts.api_keys (id, hash, account, name" + more
                        + ") values ($1, $2, 'administrator', 'n'" + values + ")")
                .execute(Tuple.of(id, hash(key)))
                .await();
    }

    /** Waits for an announcement, and passes over others. */
    private void awaitChange(String hash) throws InterruptedException {
        String next;
        do {
            next = changed.poll(30, TimeUnit.SECONDS);
            assertThat(next).as("waiting for '%s'", hash).isNotNull();
        } while (!next.equals(hash));
    }

    @Test
    void the_first_start_generates_one_key_and_stores_only_its_hash() {
        deploy(null);

        var key = shown.element();
        assertThat(key).startsWith("sk-gotthard-").hasSizeGreaterThan(50);
        assertThat(verify(key).getMap())
                .containsEntry("account", "administrator")
                .containsEntry("administrator", true)
                .containsEntry("key_id", "bootstrap")
                .containsEntry("expires_at", null);
        var stored = sql("select to_jsonb(k)::text as row from accounts.api_keys k");
        assertThat(stored).hasSize(1);
        assertThat(stored.iterator().next().getString("row"))
                .contains(hash(key))
                .doesNotContain(key)
                .doesNotContain(key.substring("sk-gotthard-".length()));

        redeploy(null);
        assertThat(shown).as("shown once").hasSize(1);
        assertThat(verify(key)).isNotNull();
    }

    @Test
    void a_given_key_is_used_and_replaces_the_one_before() {
        deploy(null);
        redeploy(GIVEN);

        assertThatRefused(shown.element());
        assertThat(verify(GIVEN).getBoolean("administrator")).isTrue();

        redeploy(GIVEN + "-another");
        assertThatRefused(GIVEN);
        redeploy(null);
        assertThat(verify(GIVEN + "-another")).isNotNull();
        assertThat(shown).as("no key was generated while there was one").hasSize(1);
    }

    @Test
    void several_nodes_that_start_at_once_on_an_empty_database_show_one_key_and_it_is_good() {
        for (int round = 0; round < 3; round++) {
            sql("drop schema if exists accounts cascade");
            shown.clear();
            var nodes = IntStream.range(0, 4)
                    .mapToObj(i -> vertx.deployVerticle(accounts(null), ON_VIRTUAL_THREADS))
                    .toList();
            Future.all(nodes).await();

            assertThat(shown).hasSize(1);
            assertThat(verify(shown.element()).getBoolean("administrator")).isTrue();
            assertThat(sql("select id from accounts.api_keys")).hasSize(1);
            nodes.forEach(node -> vertx.undeploy(node.result()).await());
        }
    }

    @Test
    void an_unknown_a_revoked_and_an_expired_key_are_refused_alike() {
        deploy(GIVEN);
        insert("good", "good", ", expires_at", ", now() + interval '1 hour'");
        insert("revoked", "revoked", ", revoked_at", ", now()");
        insert("expired", "expired", ", expires_at", ", now() - interval '1 second'");

        assertThat(verify("good").getMap())
                .containsEntry("key_id", "good")
                .containsEntry("account", "administrator")
                .containsEntry("administrator", true);
        assertThat(verify("good").getInstant("expires_at")).isInTheFuture();
        for (var key : List.of("unknown", "revoked", "expired", "", GIVEN + " ", GIVEN.toUpperCase(Locale.ROOT))) {
            assertThatRefused(key);
        }
    }

    @Test
    void a_change_by_plain_sql_is_announced_by_the_keys_hash() throws InterruptedException {
        deploy(GIVEN);
        insert("k", "first", "", "");
        awaitChange(hash("first"));
        sql("update accounts.api_keys set revoked_at = now() where id = 'k'");
        awaitChange(hash("first"));
        sql("update accounts.api_keys set hash = '" + hash("second") + "' where id = 'k'");
        awaitChange(hash("first"));
        awaitChange(hash("second"));
        sql("delete from accounts.api_keys where id = 'k'");
        awaitChange(hash("second"));
    }

    @Test
    void after_an_interruption_any_key_may_have_changed_and_then_listening_goes_on() throws InterruptedException {
        deploy(GIVEN);
        insert("before", "before", "", "");
        awaitChange(hash("before"));
        changed.clear();

        var ended = sql("""
            select pg_terminate_backend(pid) as done from pg_stat_activity
            where query ilike 'listen%' and pid <> pg_backend_pid()
            """);
        assertThat(ended).hasSize(1);

        awaitChange("");
        insert("after", "after", "", "");
        awaitChange(hash("after"));
    }

    @Test
    void readiness_says_whether_the_database_answers() {
        deploy(GIVEN);
        var call = new Call(bus.nextId(), "request", Caller.NOBODY, Map.of(), null);
        assertThat(bus.ask("accounts.checkReadiness", call).next().await().body())
                .hasToString("{\"status\":\"ok\"}");

        database.close().await();

        var failure = catchThrowableOfType(
                Failure.class,
                () -> bus.ask("accounts.checkReadiness", call).next().await());
        assertThat(failure.status()).isEqualTo(503);
    }
}
