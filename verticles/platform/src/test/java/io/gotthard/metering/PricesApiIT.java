package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may know and change prices, in a real database. */
class PricesApiIT extends OnPrices {

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
}
