package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** API keys: how they are made, rotated and revoked, on two nodes. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AccountsKeysIT extends OnTwoNodes {

    private static JsonObject made(Hub who, Object... request) {
        return who.post("/keys", object(request)).ok().json();
    }

    @Test
    void a_key_is_shown_once_and_works() {
        var team = nodes.team();

        var made = made(team.member(), "name", "Laptop");

        assertThat(made.getString("key")).matches("sk-gotthard-[A-Za-z0-9_-]{43}");
        assertThat(made.getString("key")).startsWith(made.getString("prefix"));
        assertThat(made.getString("prefix")).hasSize("sk-gotthard-".length() + 4);
        var shown = team.member().get("/keys/" + made.getString("id"));
        assertThat(shown.text()).doesNotContain(made.getString("key"));
        assertThat(shown.json().containsKey("key")).isFalse();
        var me = team.member().with(made.getString("key")).get("/me").ok().json();
        assertThat(me.getString("id")).isEqualTo(team.memberId());
        assertThat(me.getJsonObject("key").getString("id")).isEqualTo(made.getString("id"));
    }

    @Test
    void a_revoked_key_is_refused_on_both_nodes_within_a_second() {
        var team = nodes.team();
        for (int i = 0; i < 5; i++) {
            var made = made(team.member(), "name", "Lost");
            var here = team.member().with(made.getString("key"));
            var there = here.at(nodes.second());
            assertThat(here.get("/me").status()).isEqualTo(200);
            assertThat(there.get("/me").status()).isEqualTo(200);

            team.member().delete("/keys/" + made.getString("id")).ok();

            long revoked = System.nanoTime();
            Await.until(
                    "both nodes know",
                    () -> here.get("/me").status() == 401 && there.get("/me").status() == 401);
            assertThat(Duration.ofNanos(System.nanoTime() - revoked)).isLessThan(Duration.ofSeconds(1));
        }
    }

    @Test
    void whatever_a_key_depends_on_is_heard_of_on_the_other_node() {
        var team = nodes.team();
        var there = team.member().at(nodes.second());
        assertThat(there.get("/me").status()).isEqualTo(200);

        admin.patch("/users/" + team.memberId(), object("active", false)).ok();
        Await.until("both nodes know", () -> there.get("/me").status() == 401);
        admin.patch("/users/" + team.memberId(), object("active", true)).ok();
        Await.until("both nodes know", () -> there.get("/me").status() == 200);
        admin.patch("/tenants/" + team.tenant(), object("active", false)).ok();
        Await.until("both nodes know", () -> there.get("/me").status() == 401);
        admin.patch("/tenants/" + team.tenant(), object("active", true, "ceiling", list("gotthard.user.agent.>")))
                .ok();
        Await.until("both nodes know", () -> there.get("/me").text().contains("gotthard.user.agent.>"));
        nodes.join(team.tenant(), team.memberId(), "gotthard.user.process.>");
        Await.until("both nodes know", () -> there.get("/me").text().contains("gotthard.user.process.>"));
        team.admin().delete(team.members() + "/" + team.memberId());
        admin.delete(team.members() + "/" + team.memberId());
        Await.until("both nodes know", () -> there.get("/me").status() == 401);
        admin.put(team.members() + "/" + team.memberId()).ok();
        Await.until("both nodes know", () -> there.get("/me").status() == 200);
        admin.delete("/users/" + team.memberId()).ok();
        Await.until("both nodes know", () -> there.get("/me").status() == 401);
    }

    @Test
    void an_account_has_at_most_twenty_active_keys_also_if_fifty_are_asked_for_at_once() {
        nodes.warmUp();
        for (int round = 0; round < 5; round++) {
            var team = nodes.team();
            var there = team.member().at(nodes.second());

            var replies = AccountsIT.together(IntStream.range(0, 50)
                    .mapToObj(i ->
                            () -> (i % 2 == 0 ? team.member() : there).post("/keys", object("name", "Key " + i))));

            // One it had already.
            assertThat(replies).filteredOn(reply -> reply.status() == 200).hasSize(19);
            assertThat(replies)
                    .filteredOn(reply -> reply.status() != 200)
                    .allMatch(reply -> reply.status() == 409 && reply.code().equals("too_many_keys"));
            var keys = replies.stream()
                    .filter(reply -> reply.status() == 200)
                    .map(reply -> reply.json().getString("key"));
            assertThat(keys).doesNotHaveDuplicates();
        }
    }

    @Test
    void a_full_account_rotates_without_an_overlap() {
        var team = nodes.team();
        for (int i = 0; i < 19; i++) {
            made(team.member(), "name", "Key " + i);
        }
        assertThat(team.member().post("/keys", object("name", "K")).code()).isEqualTo("too_many_keys");
        var id = team.member().get("/keys").data().getJsonObject(0).getString("id");

        assertThat(team.admin().post("/keys/" + id + "/rotate", object()).code())
                .isEqualTo("too_many_keys");
        assertThat(team.admin()
                        .post("/keys/" + id + "/rotate", object("overlap", 0))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void a_rotated_key_goes_on_for_the_overlap_and_its_successor_is_like_it() {
        var team = nodes.team();
        var old = made(team.member(), "name", "CI", "models", list("demo-chat"), "networks", list("127.0.0.0/8"));

        var made = team.member()
                .post("/keys/" + old.getString("id") + "/rotate", object("overlap", 600))
                .ok()
                .json();

        assertThat(made.getString("key")).isNotEqualTo(old.getString("key"));
        assertThat(made.getJsonArray("scopes")).isEqualTo(list("gotthard.user.model.demo-chat"));
        assertThat(made.getJsonArray("networks")).isEqualTo(list("127.0.0.0/8"));
        assertThat(team.member().with(old.getString("key")).get("/me").status()).isEqualTo(200);
        assertThat(team.member().with(made.getString("key")).get("/me").status())
                .isEqualTo(200);
        var replaced = team.member().get("/keys/" + old.getString("id")).ok().json();
        assertThat(replaced.getString("replaced_by")).isEqualTo(made.getString("id"));
        assertThat(replaced.getInstant("expires_at"))
                .isBetween(Instant.now().plusSeconds(500), Instant.now().plusSeconds(610));
        assertThat(team.member()
                        .post("/keys/" + old.getString("id") + "/rotate", object())
                        .code())
                .isEqualTo("key_not_active");
    }

    @Test
    void without_an_overlap_the_old_key_ends_at_once() {
        var team = nodes.team();
        var old = made(team.member(), "name", "CI");
        var with = team.member().with(old.getString("key"));
        assertThat(with.get("/me").status()).isEqualTo(200);

        team.member()
                .post("/keys/" + old.getString("id") + "/rotate", object("overlap", 0))
                .ok();

        Await.until("both nodes know", () -> with.get("/me").status() == 401);
    }

    @Test
    void an_expired_key_is_refused() {
        var team = nodes.team();
        var made = made(
                team.member(),
                "name",
                "Short",
                "expires_at",
                Instant.now().plusSeconds(2).toString());
        var with = team.member().with(made.getString("key"));

        assertThat(with.get("/me").status()).isEqualTo(200);
        Await.until("both nodes know", () -> with.get("/me").status() == 401);
    }

    @Test
    void it_is_known_when_a_key_was_used_last() {
        var team = nodes.team();
        var made = made(team.member(), "name", "Used");
        assertThat(made.getString("last_used_at")).isNull();

        team.member().with(made.getString("key")).get("/me").ok();

        Await.until(
                "both nodes know",
                () -> team.member().get("/keys/" + made.getString("id")).json().getString("last_used_at") != null);
    }
}
