package io.gotthard.metering;

import io.gotthard.contracts.Usage;
import io.gotthard.kit.Database;
import io.gotthard.kit.Size;
import io.gotthard.platform.Detour;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A ledger in a database of its own, journals that write it by a way that can be cut, and what a test wants to know of it. */
final class TestLedger implements AutoCloseable {

    /** What a test's wallets begin with. */
    static final long MONEY = 1_000_000;

    private final Vertx vertx = Vertx.vertx();
    private final Path data;
    private final Detour detour;
    private final String detoured;
    private final Database direct;
    private final Connection connection;
    private final List<Database> ways = new ArrayList<>();
    private final List<Journal> journals = new ArrayList<>();

    TestLedger(Path data) throws Exception {
        this.data = data;
        var name = "ledger_" + UUID.randomUUID().toString().replace("-", "");
        try (var shared = TestDatabase.connect(TestDatabase.url());
                var statement = shared.createStatement()) {
            statement.execute("create database " + name);
        }
        var shared = URI.create(TestDatabase.url());
        var url = url(shared, shared.getPort(), name);
        detour = Detour.to(shared.getPort());
        direct = Database.open(vertx, url);
        await(direct.migrate("metering"));
        connection = TestDatabase.connect(url);
        detoured = url(shared, detour.port(), name);
    }

    private static String url(URI shared, int port, String name) {
        return "postgresql://" + shared.getUserInfo() + "@" + shared.getHost() + ":" + port + "/" + name;
    }

    static MeteringSettings settings(Duration commitTimeout, long spool) {
        return new MeteringSettings(
                true,
                "CHF",
                MeteringSettings.Unpriced.REFUSE,
                MeteringSettings.Unknown.INPUT,
                Duration.ofMillis(3),
                Duration.ofSeconds(5),
                commitTimeout,
                new Size(spool),
                null);
    }

    Journal open() {
        return open(settings(Duration.ofSeconds(2), 1 << 20));
    }

    Journal open(MeteringSettings settings) {
        var way = Database.open(vertx, detoured);
        ways.add(way);
        var journal = await(Journal.open(vertx, way, data, settings));
        journals.add(journal);
        return journal;
    }

    Vertx vertx() {
        return vertx;
    }

    Database direct() {
        return direct;
    }

    Detour detour() {
        return detour;
    }

    Path folder() {
        return data.resolve("metering/1");
    }

    Context context() {
        return vertx.getOrCreateContext();
    }

    /** How many charges of requests that ended as they should are in the spool. */
    int settledOnDisk() throws IOException {
        return Files.readString(folder().resolve("spool"), StandardCharsets.ISO_8859_1)
                        .split("SETTLED", -1)
                        .length
                - 1;
    }

    /** A wallet with money, all of which the journal's node has leased. */
    int wallet(Journal journal) {
        return wallet(journal, MONEY);
    }

    int wallet(Journal journal, long leased) {
        int wallet =
                (int) number("insert into metering.ledger_accounts (kind, owner_kind, owner) values ('wallet', 'key',"
                        + " gen_random_uuid()::text) returning id");
        number(
                "with t as (insert into metering.transfers (kind, payer, payee, amount, reference, account) values"
                    + " ('top_up', metering.house('funding'), ?, ?, gen_random_uuid()::text, '')), f as (insert into"
                    + " metering.balances as b (ledger_account, prepaid, amount) values (metering.house('funding'),"
                    + " false, -?) on conflict (ledger_account, node) do update set amount = b.amount +"
                    + " excluded.amount) insert into metering.balances (ledger_account, prepaid, amount) values (?,"
                    + " true, ?) returning 0",
                wallet,
                MONEY,
                MONEY,
                wallet,
                MONEY - leased);
        number(
                "insert into metering.balances (ledger_account, node, prepaid, amount) values (?, ?, true, ?)"
                        + " returning 0",
                wallet,
                journal.node(),
                leased);
        return wallet;
    }

    /** A reservation of 100 nanos, of which 40 are charged if nobody knows. */
    static Reservation reservation(Journal journal, int payer, boolean grace) {
        long seq = journal.nextSeq();
        var now = Instant.now();
        return new Reservation(
                seq,
                "request-" + seq,
                source(journal, payer, ""),
                100,
                40,
                TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.getNano() / 1000,
                grace);
    }

    static Source source(Journal journal, int payer, String upstream) {
        return journal.sources().of("key-" + payer, "account", "tenant", "model", upstream, "chat", 0, payer);
    }

    /** A charge of that amount, for 10 tokens in and 20 out. */
    static Charge charge(Journal journal, Reservation reservation, long amount) {
        return new Charge(
                reservation,
                source(journal, reservation.source().payer(), "upstream"),
                Charge.End.SETTLED,
                Usage.Source.REPORTED,
                1,
                250,
                50,
                10,
                20,
                5,
                3,
                new Usage.Media(1, "1024x1024", "high", 1500, 7),
                amount,
                0);
    }

    Future<Void> reserve(Journal journal, Reservation reservation) {
        Promise<Void> durable = Promise.promise();
        journal.reserve(reservation, vertx.getOrCreateContext(), durable);
        return durable.future();
    }

    /** The first column of the first row, as a number. */
    long number(String sql, Object... parameters) {
        synchronized (connection) {
            try (var statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < parameters.length; i++) {
                    statement.setObject(i + 1, parameters[i]);
                }
                try (var rows = statement.executeQuery()) {
                    return rows.next() ? rows.getLong(1) : 0;
                }
            } catch (SQLException e) {
                throw new AssertionError(sql, e);
            }
        }
    }

    void execute(String sql) {
        synchronized (connection) {
            try (var statement = connection.createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw new AssertionError(sql, e);
            }
        }
    }

    JsonObject verify() {
        synchronized (connection) {
            try (var statement = connection.createStatement();
                    var rows = statement.executeQuery("select metering.verify()")) {
                rows.next();
                return new JsonObject(rows.getString(1));
            } catch (SQLException e) {
                throw new AssertionError("verify", e);
            }
        }
    }

    JsonArray findings() {
        return verify().getJsonArray("findings");
    }

    long balance(int account) {
        return number("select metering.balance(?)", account);
    }

    long charges(String condition) {
        return number("select count(*) from metering.charges where " + condition);
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws SQLException {
        detour.mend();
        for (var journal : journals) {
            await(journal.stop());
        }
        for (var way : ways) {
            await(way.close());
        }
        await(direct.close());
        connection.close();
        detour.close();
        await(vertx.close());
    }
}
