package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What is written down of changes, and what is written down nowhere. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AccountsAuditIT {

    @TempDir
    private static Path temp;

    private static final ListAppender<ILoggingEvent> LOGGED = new ListAppender<>();
    private static final Logger ROOT = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private static final Level USUAL = ROOT.getLevel();

    private static TwoNodes nodes;
    private static Hub admin;

    @BeforeAll
    static void start() throws Exception {
        LOGGED.start();
        ROOT.addAppender(LOGGED);
        ((Logger) LoggerFactory.getLogger("io.gotthard")).setLevel(Level.TRACE);
        nodes = TwoNodes.start(temp);
        admin = nodes.admin();
    }

    @AfterAll
    static void stop() {
        nodes.close();
        ROOT.detachAppender(LOGGED);
        ((Logger) LoggerFactory.getLogger("io.gotthard")).setLevel(USUAL);
    }

    private static JsonObject only(String query) {
        var data = admin.get("/audit?" + query).data();
        assertThat(data).hasSize(1);
        return data.getJsonObject(0);
    }

    @Test
    void a_change_is_written_down_with_who_what_before_after_when_and_from_where() {
        var user = admin.post("/users", object("email", "audited@example.org", "name", "Before"))
                .id();
        admin.patch("/users/" + user, object("name", "After")).ok();

        var row = only("action=updateUser&object=" + user);

        assertThat(row.getString("account")).isEqualTo("administrator");
        assertThat(row.getString("key_id")).isEqualTo("bootstrap");
        assertThat(row.getString("address")).isEqualTo("127.0.0.1");
        assertThat(row.getString("request_id")).startsWith("req_");
        assertThat(row.getInstant("at")).isNotNull();
        assertThat(row.getJsonObject("before").getString("name")).isEqualTo("Before");
        assertThat(row.getJsonObject("after").getString("name")).isEqualTo("After");
        assertThat(only("action=createUser&object=" + user).getValue("before")).isNull();
        admin.delete("/users/" + user).ok();
        assertThat(only("action=deleteUser&object=" + user).getValue("after")).isNull();
        assertThat(admin.get("/audit?object=" + user).data()).hasSize(3);
    }

    @Test
    void every_kind_of_change_is_written_down_and_what_is_refused_is_not() {
        var team = nodes.team();
        var service =
                team.admin().post("/service-accounts", object("name", "S")).id();
        team.admin().patch("/service-accounts/" + service, object("name", "T")).ok();
        var role = team.admin().post("/roles", object("name", "R")).id();
        team.admin().patch("/roles/" + role, object("name", "Q")).ok();
        team.admin().put(team.members() + "/" + service + "/roles/" + role).ok();
        team.admin().delete(team.members() + "/" + service + "/roles/" + role).ok();
        var key = team.admin()
                .post("/keys", object("name", "K", "account", service))
                .id();
        var next = team.admin().post("/keys/" + key + "/rotate", object()).id();
        team.admin().delete("/keys/" + next).ok();
        team.admin().delete(team.members() + "/" + service).ok();
        team.admin().delete("/service-accounts/" + service).ok();
        team.admin().delete("/roles/" + role).ok();
        team.admin()
                .post("/roles/import", object("roles", list(object("name", "I"))))
                .ok();
        admin.patch("/tenants/" + team.tenant(), object("active", true)).ok();
        var before = actions(team);

        team.admin().post("/roles", object("name", "I"));
        team.member().post("/roles", object("name", "no"));

        assertThat(actions(team)).isEqualTo(before);
        assertThat(before)
                .startsWith(
                        "updateTenant",
                        "importRoles",
                        "deleteRole",
                        "deleteServiceAccount",
                        "removeMember",
                        "revokeKey",
                        "createKey",
                        "rotateKey",
                        "createKey",
                        "unassignRole",
                        "assignRole",
                        "updateRole",
                        "createRole",
                        "updateServiceAccount",
                        "createServiceAccount")
                .contains("createTenant", "addMember");
    }

    private static List<String> actions(TwoNodes.Team team) {
        return team.admin().get("/audit?limit=200").data().stream()
                .map(row -> ((JsonObject) row).getString("action"))
                .toList();
    }

    @Test
    void it_can_be_read_page_by_page_from_the_latest_on() {
        var team = nodes.team();
        var ids = new ArrayList<Long>();
        String next = "";
        while (next != null) {
            var page = team.admin()
                    .get("/audit?limit=2" + (next.isEmpty() ? "" : "&after=" + next))
                    .ok()
                    .json();
            page.getJsonArray("data").forEach(row -> ids.add(Long.valueOf(((JsonObject) row).getString("id"))));
            next = page.getString("next");
        }

        assertThat(ids).hasSizeGreaterThan(5).isSortedAccordingTo((a, b) -> Long.compare(b, a));
        assertThat(team.admin().get("/audit?after=x").status()).isEqualTo(400);
    }

    @Test
    void no_key_is_in_the_database_or_in_a_log() throws SQLException {
        var team = nodes.team();
        var secrets = new ArrayList<String>();
        secrets.add(TwoNodes.KEY);
        secrets.add(team.admin().key());
        var made = team.member().post("/keys", object("name", "Secret")).ok().json();
        secrets.add(made.getString("key"));
        var next = team.member().post("/keys/" + made.getString("id") + "/rotate", object());
        secrets.add(next.ok().json().getString("key"));
        team.member().with(made.getString("key")).post("/keys", object("name", "x".repeat(200)));
        team.member().with(made.getString("key") + "x").get("/me");

        var everything = dump();

        assertThat(everything).contains(made.getString("id"), made.getString("prefix"));
        assertThat(LOGGED.list).isNotEmpty();
        var logs = LOGGED.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        for (var secret : secrets) {
            assertThat(everything).doesNotContain(secret);
            assertThat(logs).noneMatch(line -> line.contains(secret));
        }
        // Hashes are found by, and shown to nobody.
        var audit = admin.get("/audit?limit=200").text()
                + admin.get("/keys?limit=200").text();
        assertThat(audit).doesNotContain("hash").doesNotContainPattern("[0-9a-f]{64}");
    }

    private static String dump() throws SQLException {
        var text = new StringBuilder();
        try (var connection = nodes.database();
                var names = connection.createStatement();
                var tables = names.executeQuery(
                        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'accounts'")) {
            while (tables.next()) {
                try (var statement = connection.createStatement();
                        var rows = statement.executeQuery("select t::text from " + tables.getString(1) + " t")) {
                    while (rows.next()) {
                        text.append(rows.getString(1)).append('\n');
                    }
                }
            }
        }
        return text.toString();
    }

    @Test
    void the_keys_of_the_first_version_are_carried_over() throws Exception {
        try (var connection = nodes.database();
                var statement = connection.createStatement()) {
            statement.execute("create database old");
        }
        var url = nodes.url().replaceAll("/[^/]*$", "/old");
        try (var connection = TwoNodes.connect(url)) {
            Flyway.configure()
                    .dataSource(TwoNodes.jdbc(url), TwoNodes.user(url), TwoNodes.password(url))
                    .schemas("accounts")
                    .locations("classpath:db/accounts")
                    .target("1")
                    .load()
                    .migrate();
            try (var statement = connection.createStatement()) {
                statement.execute("""
                    insert into accounts.api_keys (id, hash, account, name, administrator) values
                        ('bootstrap', encode(sha256('%s'), 'hex'), 'administrator', 'The first key', true),
                        ('key_old', encode(sha256('sk-gotthard-old-key'), 'hex'), 'someone', 'Old', false)
                    """.formatted(TwoNodes.KEY));
            }
        }
        try (var node = TwoNodes.node(url, temp)) {
            var hub = new Hub(node.url(), TwoNodes.KEY);
            assertThat(hub.get("/me").ok().json().getBoolean("administrator")).isTrue();
            assertThat(hub.get("/keys").data()).hasSize(2);
            assertThat(hub.get("/service-accounts/someone").ok().json().getBoolean("administrator"))
                    .isFalse();
            // It had no rights, and without a tenant it has none now.
            assertThat(hub.with("sk-gotthard-old-key").get("/me").status()).isEqualTo(401);
        }
    }
}
