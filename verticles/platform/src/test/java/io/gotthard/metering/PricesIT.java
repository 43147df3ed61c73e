package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which price of a model is valid when, in a real database. */
class PricesIT extends OnPrices {

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
}
