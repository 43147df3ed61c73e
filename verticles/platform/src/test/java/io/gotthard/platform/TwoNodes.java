package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Two nodes of the platform, in this process and over one real PostgreSQL. */
final class TwoNodes implements AutoCloseable {

    /** The administrator's key. */
    static final String KEY = "sk-gotthard-two-nodes-0123456789abcdef";

    private static final AtomicInteger NEXT = new AtomicInteger();

    private final Postgres postgres;
    private final Gotthard one;
    private final Gotthard two;

    private TwoNodes(Path folder) throws IOException {
        postgres = Postgres.start(folder, step -> {});
        one = node(postgres.url(), folder);
        two = node(postgres.url(), folder);
    }

    static TwoNodes start(Path folder) throws IOException {
        return new TwoNodes(folder);
    }

    static Gotthard node(String database, Path folder) throws IOException {
        return Gotthard.start(
                Map.of(
                        "GOTTHARD_HOST",
                        "127.0.0.1",
                        "GOTTHARD_PORT",
                        "0",
                        "GOTTHARD_DATA",
                        folder.toString(),
                        "GOTTHARD_DATABASE_URL",
                        database,
                        "GOTTHARD_ADMIN_KEY",
                        KEY),
                step -> {});
    }

    /** The first node, as the administrator. */
    Hub admin() {
        return new Hub(one.url(), KEY);
    }

    /** Stops the first node, as an update does. */
    void stopFirst() {
        one.close();
    }

    URI second() {
        return two.url();
    }

    /** A connection to the database that both use. */
    Connection database() throws SQLException {
        return connect(url());
    }

    /** The URL of the database that both use. */
    String url() {
        return postgres.url();
    }

    static Connection connect(String url) throws SQLException {
        return DriverManager.getConnection(jdbc(url), user(url), password(url));
    }

    static String jdbc(String url) {
        var uri = URI.create(url);
        return "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath();
    }

    static String user(String url) {
        return URI.create(url).getUserInfo().split(":", 2)[0];
    }

    static String password(String url) {
        return URI.create(url).getUserInfo().split(":", 2)[1];
    }

    /**
     * A tenant with who administers it and a member.
     *
     * @param tenant its id
     * @param admin administers it
     * @param adminId the account of the one who does
     * @param member may use all models, and nothing else
     * @param memberId the account of the member
     */
    record Team(String tenant, Hub admin, String adminId, Hub member, String memberId) {

        String members() {
            return "/tenants/" + tenant + "/members";
        }
    }

    /** A new tenant in which nothing is limited. */
    Team team() {
        return team(null);
    }

    /** A new tenant with a ceiling. */
    Team team(Object ceiling) {
        int number = NEXT.incrementAndGet();
        var tenant = admin().post("/tenants", object("name", "Team " + number, "ceiling", ceiling))
                .id();
        var adminId = user();
        var memberId = user();
        join(tenant, adminId, "gotthard.admin.>");
        join(tenant, memberId, "gotthard.user.model.>");
        return new Team(tenant, as(tenant, adminId), adminId, as(tenant, memberId), memberId);
    }

    /** A new user without any rights. */
    String user() {
        int number = NEXT.incrementAndGet();
        return admin().post("/users", object("email", "user" + number + "@example.org", "name", "User " + number))
                .id();
    }

    /** Makes somebody a member with a role of their own. */
    void join(String tenant, String account, String... rules) {
        admin().put("/tenants/" + tenant + "/members/" + account).ok();
        var role = object("name", "Role " + NEXT.incrementAndGet(), "tenant", tenant, "rules", list((Object[]) rules));
        var id = admin().post("/roles", role).id();
        admin().put("/tenants/" + tenant + "/members/" + account + "/roles/" + id)
                .ok();
    }

    /** Somebody with a new key. */
    Hub as(String tenant, String account) {
        var key = object("name", "a key", "account", account, "tenant", tenant);
        return admin().with(admin().post("/keys", key).ok().json().getString("key"));
    }

    /** Opens all connections to the database, so that what is asked together is done together. */
    void warmUp() {
        for (var node : List.of(admin(), admin().at(second()))) {
            AccountsIT.together(IntStream.range(0, 64).mapToObj(i -> () -> node.get("/audit?limit=200")))
                    .forEach(Hub.Reply::ok);
        }
    }

    @Override
    public void close() {
        two.close();
        one.close();
        postgres.close();
    }
}
