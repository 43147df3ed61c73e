package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.gotthard.kit.Transaction;
import io.gotthard.platform.TestDatabase;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prices in a real database: what is valid when, and who may know and change it. */
@Timeout(60)
class PricesIT {

    private static final long HOUR = 3_600_000;

    private static Vertx vertx;
    private static Database database;
    private static Transaction.Settings transactions;

    private final PricesApi api = new PricesApi("CHF");
    private final Asker system = Asker.system();
    private Prices prices;
    private String model;

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

    private static Rates rates(String input) {
        return Rates.of(Map.of("input", new BigDecimal(input)));
    }

    private void configure(String input) {
        prices.configure(Map.of(model, rates(input))).await();
        prices.reload().await();
    }

    private JsonArray all(String... parameters) {
        return system.ask(transactions, api::list, null, parameters).getJsonArray("data");
    }

    private JsonArray history() {
        return all("model", model, "limit", "200");
    }

    private JsonObject create(String input, Instant from) {
        var body = new JsonObject().put("model", model).put("rates", new JsonObject().put("input", input));
        if (from != null) {
            body.put("valid_from", from.toString());
        }
        return system.ask(transactions, api::create, body);
    }

    private JsonObject end(JsonObject price, Instant at) {
        var body = at == null ? null : new JsonObject().put("valid_until", at.toString());
        return system.ask(transactions, api::end, body, "price", price.getString("id"));
    }

    private static Instant inAnHour() {
        return Instant.now().plusMillis(HOUR).truncatedTo(ChronoUnit.MILLIS);
    }

    private Rates now() {
        return at(Instant.now());
    }

    private Rates at(Instant moment) {
        prices.reload().await();
        var price = prices.at(model, moment.toEpochMilli());
        return price == null ? null : price.rates();
    }

    @Test
    void a_model_without_a_price_has_none() {
        assertThat(now()).isNull();
        assertThat(history()).isEmpty();
    }

    @Test
    void a_configured_price_is_written_once_and_again_when_it_differs() {
        configure("0.15");
        configure("0.15");
        assertThat(history()).hasSize(1);
        assertThat(now()).isEqualTo(rates("0.15"));
        configure("0.2");
        configure("0.2");
        assertThat(history()).hasSize(2);
        assertThat(now()).isEqualTo(rates("0.2"));
        assertThat(history().getJsonObject(0).getString("valid_until"))
                .isEqualTo(history().getJsonObject(1).getString("valid_from"));
        assertThat(history().getJsonObject(1).getString("created_by")).isEqualTo("configuration");
    }

    @Test
    void nodes_that_start_at_the_same_time_write_it_once() {
        var starts = IntStream.range(0, 8)
                .mapToObj(node -> prices.configure(Map.of(model, rates("0.15"))))
                .toList();
        Future.all(starts).await();
        assertThat(history()).hasSize(1);
    }

    @Test
    void what_an_administrator_said_outlives_a_restart_but_not_another_configuration() {
        configure("0.15");
        create("0.3", null);
        configure("0.15");
        assertThat(now()).isEqualTo(rates("0.3"));
        configure("0.1");
        assertThat(now()).isEqualTo(rates("0.1"));
    }

    @Test
    void a_price_of_the_future_is_valid_when_its_time_has_come_without_being_loaded_anew() {
        configure("0.15");
        var moment = inAnHour();
        create("0.3", moment);
        prices.reload().await();
        assertThat(prices.at(model, moment.toEpochMilli() - 1).rates()).isEqualTo(rates("0.15"));
        assertThat(prices.at(model, moment.toEpochMilli()).rates()).isEqualTo(rates("0.3"));
        assertThat(prices.at(model, moment.toEpochMilli() + 100 * HOUR).rates()).isEqualTo(rates("0.3"));
    }

    @Test
    void a_new_price_ends_the_one_before_and_is_ended_by_the_one_that_was_planned() {
        var first = create("1", null);
        var moment = inAnHour();
        var planned = create("3", moment);
        var second = create("2", null);
        assertThat(second.getString("valid_until")).isEqualTo(planned.getString("valid_from"));
        assertThat(history().getJsonObject(0).getString("valid_until")).isEqualTo(second.getString("valid_from"));
        assertThat(first.getString("valid_until")).isNull();
        assertThat(now()).isEqualTo(rates("2"));
        assertThat(at(moment)).isEqualTo(rates("3"));
    }

    @Test
    void an_ended_price_leaves_the_model_without_one() {
        var price = create("1", null);
        var moment = inAnHour();
        assertThat(end(price, moment).getString("valid_until")).isEqualTo(moment.toString());
        assertThat(now()).isEqualTo(rates("1"));
        assertThat(at(moment.minusMillis(1))).isEqualTo(rates("1"));
        assertThat(at(moment)).isNull();
        end(price, null);
        assertThat(at(Instant.now().plusMillis(5))).isNull();
        assertThatThrownBy(() -> end(price, null)).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.status()).isEqualTo(409);
            assertThat(failure.code()).isEqualTo("price_ended");
        });
    }

    @Test
    void a_planned_price_that_is_ended_is_as_if_it_had_never_been() {
        create("1", null);
        var planned = create("2", inAnHour());
        assertThat(end(planned, null).getBoolean("withdrawn")).isTrue();
        assertThat(history()).hasSize(1);
        assertThat(history().getJsonObject(0).getString("valid_until")).isNull();
        assertThat(at(inAnHour().plusMillis(HOUR))).isEqualTo(rates("1"));
    }

    @Test
    void a_price_that_is_over_can_not_be_ended_again() {
        var first = create("1", null);
        create("2", null);
        assertStatus(409, () -> end(first, null));
        assertStatus(409, () -> end(first, inAnHour()));
    }

    @Test
    void two_prices_can_not_begin_at_the_same_moment() {
        var moment = inAnHour();
        create("1", moment);
        assertThatThrownBy(() -> create("2", moment))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.code()).isEqualTo("price_exists"));
    }

    @Test
    void the_past_can_not_be_changed() {
        assertStatus(400, () -> create("1", Instant.now().minusSeconds(1)));
        var price = create("1", null);
        assertStatus(400, () -> end(price, Instant.now().minusSeconds(1)));
        assertThatThrownBy(() -> database.pool()
                        .preparedQuery("update metering.prices set rates = '{}' where model = $1")
                        .execute(Tuple.of(model))
                        .await())
                .hasMessageContaining("a price does not change");
        assertThatThrownBy(() -> database.pool()
                        .preparedQuery(
                                "update metering.prices set valid_from = now() - interval '1 day' where model = $1")
                        .execute(Tuple.of(model))
                        .await())
                .hasMessageContaining("a price does not change");
    }

    @Test
    void the_list_can_be_of_one_moment() {
        var first = create("1", null);
        var moment = inAnHour();
        var second = create("2", moment);
        assertThat(all("model", model, "at", Instant.now().toString()))
                .containsExactly(history().getJsonObject(0));
        assertThat(all("model", model, "at", moment.toString()).getJsonObject(0).getString("id"))
                .isEqualTo(second.getString("id"));
        assertThat(all("model", model, "at", "2020-01-01T00:00:00+02:00")).isEmpty();
        assertThat(first.getString("id")).isNotEqualTo(second.getString("id"));
        assertStatus(400, () -> all("at", "yesterday"));
    }

    @Test
    void the_list_has_pages() {
        for (int i = 1; i <= 5; i++) {
            create("0." + i, null);
        }
        var first = system.ask(transactions, api::list, null, "model", model, "limit", "2");
        var second = system.ask(
                transactions, api::list, null, "model", model, "limit", "2", "after", first.getString("next"));
        var third = system.ask(
                transactions, api::list, null, "model", model, "limit", "2", "after", second.getString("next"));
        assertThat(first.getJsonArray("data")).hasSize(2);
        assertThat(second.getJsonArray("data")).hasSize(2).doesNotContainAnyElementsOf(first.getJsonArray("data"));
        assertThat(third.getJsonArray("data")).hasSize(1);
        assertThat(third.getString("next")).isNull();
    }

    @Test
    void who_may_not_use_a_model_does_not_know_its_prices() {
        var price = create("1", null).getString("id");
        var user = Asker.of("usr_1", "ten_1", "gotthard.user.model." + model);
        var stranger = Asker.of("usr_2", "ten_2", "gotthard.user.model.another", "gotthard.admin.service.metering");
        assertThat(user.ask(transactions, api::get, null, "price", price).getString("model"))
                .isEqualTo(model);
        assertThat(user.ask(transactions, api::list, null).getJsonArray("data")).hasSize(1);
        assertThat(stranger.ask(transactions, api::list, null, "model", model).getJsonArray("data"))
                .isEmpty();
        assertStatus(404, () -> stranger.ask(transactions, api::get, null, "price", price));
        assertStatus(404, () -> user.boundTo("another").ask(transactions, api::get, null, "price", price));
        assertThat(user.boundTo("another").ask(transactions, api::list, null).getJsonArray("data"))
                .isEmpty();
        assertThat(user.boundTo(model).ask(transactions, api::list, null).getJsonArray("data"))
                .hasSize(1);
        assertThat(user.ask(transactions, api::get, null, "price", price).getString("created_by"))
                .isNull();
    }

    @Test
    void only_system_administrators_change_prices() {
        var price = create("1", null);
        var administrator = Asker.of("usr_1", "ten_1", "gotthard.admin.>");
        var body = new JsonObject().put("model", model).put("rates", new JsonObject().put("input", "0"));
        assertStatus(403, () -> administrator.ask(transactions, api::create, body));
        assertStatus(403, () -> administrator.ask(transactions, api::end, null, "price", price.getString("id")));
        assertThat(now()).isEqualTo(rates("1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "prc_0",
                "prc_999999999999999999",
                "prc_",
                "prc_x",
                "prc_1x",
                "wal_1",
                "1",
                "prc_99999999999999999999"
            })
    void a_price_that_there_is_not_is_not_found(String id) {
        assertStatus(404, () -> system.ask(transactions, api::get, null, "price", id));
        assertStatus(404, () -> system.ask(transactions, api::end, null, "price", id));
    }

    @Test
    void rates_that_are_none_are_refused_with_the_reason() {
        var body = new JsonObject().put("model", model).put("rates", new JsonObject().put("inputs", "1"));
        assertThatThrownBy(() -> system.ask(transactions, api::create, body))
                .isInstanceOfSatisfying(Failure.class, failure -> {
                    assertThat(failure.status()).isEqualTo(400);
                    assertThat(failure.param()).isEqualTo("rates");
                    assertThat(failure.getMessage()).contains("'inputs' is no rate");
                });
        assertStatus(400, () -> create("1000001", null));
        model = "a\u0000b";
        assertStatus(400, () -> create("1", null));
    }

    @Test
    void changes_are_written_down() {
        var price = create("1", null);
        end(price, null);
        var changes = database.pool()
                .preparedQuery(
                        "select action, account, before, after from metering.changes where object = $1 order by id")
                .execute(Tuple.of(price.getString("id")))
                .await();
        assertThat(changes.size()).isEqualTo(2);
        var rows = new ArrayList<String>();
        changes.forEach(row -> rows.add(row.getString("action") + " " + row.getString("account") + " "
                + (row.getJsonObject("before") == null) + " "
                + row.getJsonObject("after").getJsonObject("rates")));
        assertThat(rows)
                .isEqualTo(
                        List.of("createPrice usr_s true {\"input\":\"1\"}", "endPrice usr_s false {\"input\":\"1\"}"));
    }

    @Test
    void all_nodes_are_told_of_changes() throws Exception {
        var told = Promise.<String>promise();
        var subscriber = database.subscriber(vertx);
        subscriber.channel("metering_changed").handler(payload -> {
            if (payload.equals("prices")) {
                told.tryComplete(payload);
            }
        });
        subscriber.connect().await();
        create("1", null);
        assertThat(told.future().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS))
                .isEqualTo("prices");
        subscriber.close().await();
    }

    private static void assertStatus(int status, Runnable asking) {
        assertThatThrownBy(asking::run)
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.status()).isEqualTo(status));
    }
}
