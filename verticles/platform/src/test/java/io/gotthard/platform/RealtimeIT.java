package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.http.UpgradeRejectedException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** WebSockets on two nodes over the real log. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RealtimeIT extends OnTwoNodes {

    private Person ada;
    private String thread;

    @BeforeEach
    void somebody() {
        ada = Person.in(nodes);
        thread = ada.thread("Live");
    }

    private static List<Long> places(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void what_is_written_on_one_node_is_shown_on_both_each_event_once_and_in_order() {
        try (var here = EventClient.following(ada.hub(), thread, 0);
                var there = EventClient.following(ada.hub().at(nodes.second()), thread, 0)) {
            for (int i = 0; i < 50; i++) {
                ada.say(thread, "message " + i);
            }
            assertThat(here.places(52)).isEqualTo(places(1, 52));
            assertThat(there.places(52)).isEqualTo(places(1, 52));
            try (var later = EventClient.following(ada.hub().at(nodes.second()), thread, 40)) {
                assertThat(later.places(12)).isEqualTo(places(41, 52));
                here.send(object(
                        "type", "message.create", "id", "c", "thread", thread, "body", object("content", "from here")));
                assertThat(later.places(1)).containsExactly(53L);
                assertThat(there.places(1)).containsExactly(53L);
            }
            var first = here.next();
            var second = here.next();
            var ack = first.getString("type").equals("ack") ? first : second;
            assertThat(ack.getJsonObject("result").getString("content")).isEqualTo("from here");
        }
    }

    @Test
    void a_removed_member_is_shown_nothing_more_within_a_second_whichever_node_knows_them() {
        var other = ada.colleague(nodes);
        ada.invite(thread, other, "reader");
        try (var here = EventClient.following(other.hub(), thread, 0);
                var there = EventClient.following(other.hub().at(nodes.second()), thread, 0);
                var stays = EventClient.following(ada.hub().at(nodes.second()), thread, 0)) {
            assertThat(here.places(3)).isEqualTo(places(1, 3));
            assertThat(there.places(3)).isEqualTo(places(1, 3));
            assertThat(stays.places(3)).isEqualTo(places(1, 3));
            ada.hub().delete("/threads/" + thread + "/members/" + other.id()).ok();
            long removed = System.nanoTime();
            for (var client : List.of(here, there)) {
                var frame = client.next();
                // The event of the removal may be the last that they see.
                frame = frame.getString("type").equals("event") ? client.next() : frame;
                assertThat(frame.getString("type")).isEqualTo("subscription.ended");
                assertThat(frame.getJsonObject("error").getInteger("status")).isEqualTo(404);
            }
            assertThat(System.nanoTime() - removed).isLessThan(TimeUnit.SECONDS.toNanos(1));
            ada.say(thread, "among us");
            assertThat(stays.places(2)).isEqualTo(places(4, 5));
            here.send(object("type", "ping", "id", "p"));
            assertThat(here.next().getString("type")).isEqualTo("pong");
        }
    }

    @Test
    void a_ticket_of_one_node_opens_one_socket_at_the_other() {
        var ticket = ada.hub().post("/ws/tickets", null).ok().json().getString("ticket");
        try (var client = EventClient.open(nodes.second(), "/api/v1/ws?ticket=" + ticket)) {
            assertThat(client.next("ready").getString("account")).isEqualTo(ada.id());
            client.send(object("type", "subscribe", "id", "s", "thread", thread));
            client.next("subscribed");
            assertThat(client.places(2)).isEqualTo(places(1, 2));
            try (var again = EventClient.open(nodes.second(), "/api/v1/ws?ticket=" + ticket)) {
                assertThat(again.closed()).isEqualTo(4401);
            }
            // Who lent it may act no more, and so may not who borrowed it.
            var keys = admin.get("/keys?account=" + ada.id()).data();
            var id = keys.getJsonObject(0).getString("id");
            admin.delete("/keys/" + id).ok();
            assertThat(client.closed()).isEqualTo(4403);
        }
    }

    @Test
    void a_key_that_is_revoked_on_one_node_closes_at_the_other() {
        try (var client = EventClient.following(ada.hub().at(nodes.second()), thread, 0)) {
            client.places(2);
            var id = admin.get("/keys?account=" + ada.id())
                    .data()
                    .getJsonObject(0)
                    .getString("id");
            admin.delete("/keys/" + id).ok();
            assertThat(client.closed()).isEqualTo(4403);
        }
    }

    @Test
    void other_peoples_threads_answer_like_none() {
        var other = Person.in(nodes);
        try (var client = EventClient.of(other.hub())) {
            client.send(object("type", "subscribe", "id", "s", "thread", thread));
            var theirs = client.next("error").getJsonObject("error");
            client.send(object("type", "subscribe", "id", "s", "thread", "thr_" + "a".repeat(24)));
            var none = client.next("error").getJsonObject("error");
            assertThat(theirs.getInteger("status")).isEqualTo(404);
            assertThat(theirs.getString("code")).isEqualTo(none.getString("code"));
            client.send(
                    object("type", "message.create", "id", "c", "thread", thread, "body", object("content", "hello")));
            assertThat(client.next("error").getJsonObject("error").getInteger("status"))
                    .isEqualTo(404);
            // The contract is checked, as over HTTP.
            client.send(object("type", "message.create", "id", "c", "thread", thread, "body", object("contents", 7)));
            assertThat(client.next("error").getJsonObject("error").getInteger("status"))
                    .isEqualTo(400);
        }
    }

    @Test
    void pages_of_other_sites_and_keys_in_the_address_are_refused_before_the_upgrade() {
        assertThatThrownBy(() -> EventClient.open(
                        nodes.second(), "/api/v1/ws?token=" + ada.hub().key()))
                .isInstanceOf(UpgradeRejectedException.class);
        var plain = ada.hub().get("/ws");
        assertThat(plain.status()).isEqualTo(426);
    }
}
