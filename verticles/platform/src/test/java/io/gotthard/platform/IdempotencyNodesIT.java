package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.KeyedClient.Reading;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same key at two nodes: asked once, paid once, and nobody waits for a node that is no more. */
class IdempotencyNodesIT extends OnTwoMeters {

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void another_node_gives_the_same_answer_and_it_is_paid_once(boolean stream) {
        var model = stream ? PricedUpstream.STREAM : PricedUpstream.WHOLE;
        try (var first = client(one).ask(key, model, stream, says)) {
            var text = first.rest();
            try (var second = client(two).ask(key, model, stream, says)) {
                assertThat(second.rest()).isEqualTo(text);
                assertThat(second.isReplayed()).isTrue();
                assertThat(second.receipt()).isEqualTo(first.receipt());
            }
        }
        assertThat(asked(model)).isEqualTo(1);
        assertPaidOnce();
    }

    @Test
    void another_node_waits_for_an_answer_that_is_being_made() {
        var gate = gate();
        try (var first = client(one).ask(key, GATED, false, says)) {
            Await.until("the upstream is asked", () -> asked(GATED) == 1);
            try (var second = client(two).ask(key, GATED, false, says);
                    var third = client(two).ask(key, GATED, false, says)) {
                gate.countDown();
                assertThat(second.rest()).isEqualTo(first.rest());
                assertThat(third.rest()).isEqualTo(first.text());
                assertThat(second.isReplayed()).isTrue();
            }
        }
        assertThat(asked(GATED)).isEqualTo(1);
        assertPaidOnce();
    }

    @Test
    void another_request_with_the_same_key_is_refused_on_every_node() {
        try (var first = client(one).ask(key, PricedUpstream.WHOLE, false, says)) {
            assertThat(first.status()).isEqualTo(200);
        }
        for (var node : new RunningPlatform[] {one, two}) {
            try (var other = client(node).ask(key, PricedUpstream.WHOLE, false, "Something else")) {
                assertThat(other.status()).isEqualTo(422);
                assertThat(other.code()).isEqualTo("idempotency_key_reused");
            }
        }
        try (var again = client(one).ask(key, PricedUpstream.WHOLE, false, says)) {
            assertThat(again.isReplayed()).isTrue();
        }
        assertPaidOnce();
    }

    @Test
    void somebody_elses_key_is_as_unknown() {
        var other = Purse.with(purse.admin(), "1");
        for (var who : new Purse[] {purse, other}) {
            for (var node : new RunningPlatform[] {one, two}) {
                try (var answer = KeyedClient.of(who, node.url()).ask(key, PricedUpstream.WHOLE, false, says)) {
                    assertThat(answer.status()).isEqualTo(200);
                    assertThat(answer.isReplayed()).isEqualTo(node == two);
                }
            }
        }
        assertThat(asked(PricedUpstream.WHOLE)).isEqualTo(2);
        assertPaidOnce();
    }

    @Test
    void a_crowd_with_one_key_gets_one_answer() {
        var gate = gate();
        var crowd = new ArrayList<Reading>();
        for (int i = 0; i < 40; i++) {
            crowd.add(client(i % 2 == 0 ? one : two).ask(key, GATED, false, says));
        }
        gate.countDown();
        var texts = crowd.stream().map(Reading::rest).distinct().toList();
        crowd.forEach(Reading::close);
        assertThat(texts).hasSize(1).first().asString().contains("Hello");
        assertThat(crowd.stream().filter(Reading::isReplayed)).hasSize(39);
        assertThat(asked(GATED)).isEqualTo(1);
        assertPaidOnce();
    }

    @Test
    void a_claim_of_a_node_that_is_no_more_holds_nobody_up() {
        try (var first = client(one).ask(key, PricedUpstream.WHOLE, false, says)) {
            assertThat(first.status()).isEqualTo(200);
        }
        // As if another node had claimed it and died.
        long dead =
                ledger.number("insert into models.nodes (seen_at) values (now() - interval '1 minute') returning id");
        ledger.number("update models.claims set ends_at = 'infinity', node = " + dead
                + " where ends_at = (select max(ends_at) from models.claims where ends_at < 'infinity') returning 1");
        try (var second = client(two).ask(key, PricedUpstream.WHOLE, false, says)) {
            assertThat(second.status()).isEqualTo(200);
            assertThat(second.isReplayed()).isFalse();
        }
    }
}
