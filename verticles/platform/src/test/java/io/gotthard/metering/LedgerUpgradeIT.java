package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.kit.Database;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.Vertx;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A ledger that an earlier version wrote, and that it goes on writing while the nodes are upgraded one after the other. */
class LedgerUpgradeIT {

    /** The last one that was in use before. */
    private static final String BEFORE = "7";

    private final Vertx vertx = Vertx.vertx();
    private Connection connection;
    private Database database;

    @BeforeEach
    void before() throws SQLException {
        var name = "upgrade_" + UUID.randomUUID().toString().replace("-", "");
        try (var shared = TestDatabase.connect(TestDatabase.url());
                var statement = shared.createStatement()) {
            statement.execute("create database " + name);
        }
        var shared = URI.create(TestDatabase.url());
        var url = "postgresql://" + shared.getUserInfo() + "@" + shared.getHost() + ":" + shared.getPort() + "/" + name;
        var user = shared.getUserInfo().split(":", 2);
        Flyway.configure()
                .dataSource(
                        "jdbc:postgresql://" + shared.getHost() + ":" + shared.getPort() + "/" + name, user[0], user[1])
                .schemas("metering")
                .locations("classpath:db/metering")
                .target(BEFORE)
                .load()
                .migrate();
        connection = TestDatabase.connect(url);
        database = Database.open(vertx, url);
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
        database.close().await();
        vertx.close().await();
    }

    private String ask(String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    /** Two requests in one hour, of which one is charged and one released, as a node of the version before writes them. */
    private void write(int batch) throws SQLException {
        assertThat(ask("""
            select metering.post(1, %1$d, array[%2$d, %3$d], array['a', 'b'], array[1, 1], array[100, 100], array[40, 40],
                array[1764000000000000, 1764000000000000], array[%2$d, %3$d], array['a', 'b'], array[1, 1],
                array[1764000000000000, 1764000000000000], array[20, 30], array[5, null]::int[],
                array[1, 2]::smallint[], array[2, 3]::smallint[], array[300, 0]::smallint[], array[10, 0], array[20, 0],
                array[5, 0], array[3, 0], array[]::jsonb[], array[100, 100], array[60, 0], array[7, 0])
            """.formatted(batch, 2 * batch, 2 * batch + 1))).isEqualTo("1");
        assertThat(ask("""
            select metering.fold(1, %d, array[3], array[60]::bigint[], array[490000], array[1], array[2], array[1], array[10],
                array[20], array[5], array[3], array[0], array[0], array[0], array[60], array[7], array[50], array[]::bigint[])
            """.formatted(batch))).isEqualTo("1");
    }

    @Test
    void what_was_written_before_is_whole_afterwards_and_nodes_of_before_go_on() throws SQLException {
        ask("insert into metering.nodes (place) values ('x') returning id");
        assertThat(ask("insert into metering.ledger_accounts (kind, owner_kind, owner, tenant) values ('receivable',"
                        + " 'tenant', 't', 't') returning id"))
                .isEqualTo("3");
        ask("insert into metering.sources (key_id, account, tenant, model, upstream, operation, payer) values"
                + " ('k', 'a', 't', 'm', 'u', 'chat', 3) returning id");
        write(1);

        database.migrate("metering").await();
        assertWhole("1");
        write(2);
        assertWhole("2");
    }

    private void assertWhole(String times) throws SQLException {
        assertThat(ask("select metering.verify() -> 'findings'")).isEqualTo("[]");
        assertThat(ask("select metering.usage_differences()")).isEqualTo("[]");
        assertThat(ask("select string_agg(kind || ':' || amount, ' ' order by kind) from metering.facet_days"))
                .isEqualTo("1:60 2:60 3:60 4:60 5:60".replace("60", Integer.toString(60 * Integer.parseInt(times))));
        assertThat(ask("select count(*) from metering.charges where (outcome, counted, attempts, cached, written_off)"
                        + " in ((1, 2, 300, 5, 7), (2, 3, 0, 0, 0))"))
                .isEqualTo(Integer.toString(2 * Integer.parseInt(times)));
    }
}
