package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.gotthard.kit.Transaction;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** What tests of prices in a real database have in common: each has a model of its own. */
@Timeout(60)
class OnPrices {

    static final long HOUR = 3_600_000;

    static Vertx vertx;
    static Database database;
    static Transaction.Settings transactions;

    final PricesApi api = new PricesApi("CHF");
    final Asker system = Asker.system();
    Prices prices;
    String model;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
        database = Database.open(vertx, TestDatabase.url());
        database.migrate("metering").await();
        transactions = Work.settings(database);
    }

    @AfterAll
    static void close() {
        database.close().await();
        vertx.close().await();
    }

    @BeforeEach
    void another_model() {
        prices = new Prices(database);
        model = "model-" + UUID.randomUUID();
    }

    static Rates rates(String input) {
        return Rates.of(Map.of("input", new BigDecimal(input)));
    }

    void configure(String input) {
        prices.configure(Map.of(model, rates(input))).await();
        prices.reload().await();
    }

    JsonArray all(String... parameters) {
        return system.ask(transactions, api::list, null, parameters).getJsonArray("data");
    }

    JsonArray history() {
        return all("model", model, "limit", "200");
    }

    JsonObject create(String input, Instant from) {
        var body = new JsonObject().put("model", model).put("rates", new JsonObject().put("input", input));
        if (from != null) {
            body.put("valid_from", from.toString());
        }
        return system.ask(transactions, api::create, body);
    }

    JsonObject end(JsonObject price, Instant at) {
        var body = at == null ? null : new JsonObject().put("valid_until", at.toString());
        return system.ask(transactions, api::end, body, "price", price.getString("id"));
    }

    static Instant inAnHour() {
        return Instant.now().plusMillis(HOUR).truncatedTo(ChronoUnit.MILLIS);
    }

    Rates now() {
        return at(Instant.now());
    }

    Rates at(Instant moment) {
        prices.reload().await();
        var price = prices.at(model, moment.toEpochMilli());
        return price == null ? null : price.rates();
    }

    static void assertStatus(int status, Runnable asking) {
        assertThatThrownBy(asking::run)
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(status));
    }
}
