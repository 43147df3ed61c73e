package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Receipts of what is in a real database: what they say, and to whom. */
class ReceiptsIT extends OnReceipts {

    @Test
    void a_receipt_says_everything() {
        charge(7, 1, 0, 450_000, null);
        assertThat(receipt(owner, id))
                .isEqualTo(new JsonObject()
                        .put("id", node + "-7")
                        .put("request_id", id)
                        .put("outcome", "settled")
                        .put("started_at", "2026-01-31T12:00:00.000007Z")
                        .put("ended_at", "2026-01-31T12:00:01.500007Z")
                        .put("duration_ms", 1500)
                        .put("first_token_ms", 200)
                        .put("asked", "model-" + id)
                        .put("model", "model-" + id)
                        .put("upstream", "main")
                        .putNull("region")
                        .putNull("only")
                        .put("operation", "chat")
                        .put("attempts", 2)
                        .put("key", "key_1")
                        .put("account", account)
                        .put("tenant", tenant)
                        .put(
                                "tokens",
                                new JsonObject()
                                        .put("source", "reported")
                                        .put("prompt", 1000)
                                        .put("completion", 500)
                                        .put("cached", 100)
                                        .put("reasoning", 50))
                        .putNull("media")
                        .put(
                                "price",
                                new JsonObject()
                                        .put("id", "prc_" + price)
                                        .put(
                                                "rates",
                                                new JsonObject()
                                                        .put("input", "0.15")
                                                        .put("output", "0.6"))
                                        .put("valid_from", "2026-01-01T00:00:00Z"))
                        .put("currency", "CHF")
                        .put("reserved", "0.003")
                        .put("charged", "0.00045")
                        .put("written_off", "0.000000005")
                        .put(
                                "entries",
                                new JsonArray()
                                        .add(new JsonObject()
                                                .put("account", "wal_" + payer)
                                                .put("kind", "wallet")
                                                .put("amount", "-0.00045"))
                                        .add(new JsonObject()
                                                .put("account", "revenue")
                                                .put("kind", "revenue")
                                                .put("amount", "0.00045")))
                        .put("others", new JsonArray())
                        .put("total", total(1, 0, "0.00045", "0.000000005"))
                        .put(
                                "charges",
                                new JsonArray()
                                        .add(new JsonObject()
                                                .put("id", node + "-7")
                                                .put("outcome", "settled")
                                                .put("started_at", "2026-01-31T12:00:00.000007Z")
                                                .put("ended_at", "2026-01-31T12:00:01.500007Z")
                                                .put("asked", "model-" + id)
                                                .put("model", "model-" + id)
                                                .put("upstream", "main")
                                                .put("operation", "chat")
                                                .put(
                                                        "tokens",
                                                        new JsonObject()
                                                                .put("source", "reported")
                                                                .put("prompt", 1000)
                                                                .put("completion", 500)
                                                                .put("cached", 100)
                                                                .put("reasoning", 50))
                                                .putNull("media")
                                                .put("charged", "0.00045")
                                                .put("written_off", "0.000000005")))
                        .putNull("next"));
    }

    @Test
    void a_request_that_is_under_way_is_pending() {
        reserve(1, 7);
        var pending = receipt(owner, id);
        assertThat(pending.getString("outcome")).isEqualTo("pending");
        assertThat(pending.getString("reserved")).isEqualTo("0.003");
        assertThat(pending.getString("charged")).isNull();
        assertThat(pending.getJsonObject("tokens")).isNull();
        assertThat(pending.getJsonArray("entries")).isEmpty();
        assertThat(pending.getString("started_at")).isEqualTo("2026-01-31T12:00:00.000007Z");
        assertThat(pending.getString("ended_at")).isNull();
        assertThat(pending.getJsonObject("total")).isEqualTo(total(1, 1, "0", "0"));
    }

    @Test
    void a_request_that_is_charged_is_no_longer_pending_though_its_reservation_is_still_there() {
        reserve(1, 7);
        charge(7, 1, 1, 450_000, null);
        var receipt = receipt(owner, id);
        assertThat(receipt.getString("outcome")).isEqualTo("settled");
        assertThat(receipt.getJsonObject("tokens").getString("source")).isEqualTo("counted");
        assertThat(receipt.getJsonArray("others")).isEmpty();
    }

    @Test
    void what_is_in_memory_is_written_before_a_receipt_is_not_found_or_pending() {
        var late = receipt(owner, id, () -> {
            reserve(1, 7);
            return Future.succeededFuture();
        });
        assertThat(late.getString("outcome")).isEqualTo("pending");
        var later = receipt(owner, id, () -> {
            charge(7, 1, 0, 1, null);
            return Future.succeededFuture();
        });
        assertThat(later.getString("outcome")).isEqualTo("settled");
        receipt(owner, id, () -> {
            throw new AssertionError("It was there: nothing had to be written.");
        });
    }

    @Test
    void other_ends_and_media_are_told() {
        charge(1, 2, 3, 0, null);
        assertThat(receipt(owner, id).getString("outcome")).isEqualTo("released");
        assertThat(receipt(owner, id).getString("charged")).isEqualTo("0");
        charge(2, 3, 2, 1, new JsonObject().put("images", 2));
        var unknown = receipt(owner, id);
        assertThat(unknown.getString("outcome")).isEqualTo("unknown");
        assertThat(unknown.getJsonObject("tokens").getString("source")).isEqualTo("estimated");
        assertThat(unknown.getJsonObject("media")).isEqualTo(new JsonObject().put("images", 2));
    }

    @Test
    void what_was_free_had_no_price() {
        source = source("", null);
        charge(7, 1, 0, 0, null);
        var free = receipt(owner, id);
        assertThat(free.containsKey("price")).isTrue();
        assertThat(free.getJsonObject("price")).isNull();
        assertThat(free.getString("upstream")).isNull();
    }

    @Test
    void of_several_requests_with_the_same_id_the_newest_counts_and_the_others_are_named() {
        charge(7, 1, 0, 1, null);
        charge(8, 1, 0, 2, null);
        reserve(1, 9);
        var newest = receipt(owner, id);
        assertThat(newest.getString("id")).isEqualTo(node + "-9");
        assertThat(newest.getJsonArray("others"))
                .isEqualTo(new JsonArray().add(node + "-8").add(node + "-7"));
        assertThat(receipt(owner, node + "-7").getString("charged")).isEqualTo("0.000000001");
        assertThat(receipt(owner, node + "-8").getJsonArray("others")).isEmpty();
    }

    @Test
    void who_made_it_and_who_administers_it_see_it_and_nobody_else() {
        charge(7, 1, 0, 1, null);
        for (var name : new String[] {id, node + "-7"}) {
            for (var allowed : new Asker[] {
                owner,
                Asker.of(account, "ten_another", "gotthard.user.>"),
                Asker.of("usr_another", tenant, "gotthard.admin.service.metering"),
                Asker.system()
            }) {
                assertThat(receipt(allowed, name).getString("request_id")).isEqualTo(id);
            }
            for (var stranger : new Asker[] {
                Asker.of("usr_another", tenant, "gotthard.user.>"),
                Asker.of("usr_another", "ten_another", "gotthard.admin.>"),
                Asker.of("usr_another", "", "gotthard.admin.>")
            }) {
                assertNotFound(stranger, name);
            }
        }
    }

    @Test
    void nobody_gets_at_receipts_by_using_anothers_request_id() {
        charge(7, 1, 0, 1, null);
        var thief = Asker.of("usr_" + UUID.randomUUID(), "ten_another", "gotthard.user.>");
        assertNotFound(thief, id);
    }

    @Test
    void an_id_that_looks_like_a_receipts_is_found_as_what_it_is() {
        var looks = "999999999999999999-" + Math.abs(UUID.randomUUID().getLeastSignificantBits() / 10);
        run(
                "insert into metering.charges (node, seq, batch, request_id, source, started_at, duration_ms, outcome,"
                    + " counted, attempts, prompt, completion, cached, reasoning, reserved, amount) values ($1, 1, 1,"
                    + " $2, $3, now(), 1, 1, 0, 1, 0, 0, 0, 0, 0, 0)",
                node,
                looks,
                source);
        assertThat(receipt(owner, looks).getString("id")).isEqualTo(node + "-1");
    }

    @Test
    void what_never_was_is_not_found() {
        for (var nothing : new String[] {"req_nothing", "1-", "-1", "99999999999999999999-1", "'; drop table", "é"}) {
            assertNotFound(Asker.system(), nothing);
        }
    }
}
