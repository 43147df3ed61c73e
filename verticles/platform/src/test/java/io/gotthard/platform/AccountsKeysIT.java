package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** API keys: how they are made, limited, rotated and revoked, on two nodes. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AccountsKeysIT {

    @TempDir
    private static Path temp;

    private static TwoNodes nodes;
    private static Hub admin;

    @BeforeAll
    static void start() throws Exception {
        nodes = TwoNodes.start(temp);
        admin = nodes.admin();
    }

    @AfterAll
    static void stop() {
        nodes.close();
    }

    private static void await(BooleanSupplier condition) {
        var end = Instant.now().plus(Duration.ofSeconds(30));
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).isBefore(end);
            Thread.onSpinWait();
        }
    }

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
            await(() -> here.get("/me").status() == 401 && there.get("/me").status() == 401);
            assertThat(Duration.ofNanos(System.nanoTime() - revoked)).isLessThan(Duration.ofSeconds(1));
        }
    }

    @Test
    void whatever_a_key_depends_on_is_heard_of_on_the_other_node() {
        var team = nodes.team();
        var there = team.member().at(nodes.second());
        assertThat(there.get("/me").status()).isEqualTo(200);

        admin.patch("/users/" + team.memberId(), object("active", false)).ok();
        await(() -> there.get("/me").status() == 401);
        admin.patch("/users/" + team.memberId(), object("active", true)).ok();
        await(() -> there.get("/me").status() == 200);
        admin.patch("/tenants/" + team.tenant(), object("active", false)).ok();
        await(() -> there.get("/me").status() == 401);
        admin.patch("/tenants/" + team.tenant(), object("active", true, "ceiling", list("gotthard.user.agent.>")))
                .ok();
        await(() -> there.get("/me").text().contains("gotthard.user.agent.>"));
        nodes.join(team.tenant(), team.memberId(), "gotthard.user.process.>");
        await(() -> there.get("/me").text().contains("gotthard.user.process.>"));
        team.admin().delete(team.members() + "/" + team.memberId());
        admin.delete(team.members() + "/" + team.memberId());
        await(() -> there.get("/me").status() == 401);
        admin.put(team.members() + "/" + team.memberId()).ok();
        await(() -> there.get("/me").status() == 200);
        admin.delete("/users/" + team.memberId()).ok();
        await(() -> there.get("/me").status() == 401);
    }

    @Test
    void an_account_has_at_most_twenty_active_keys_also_if_fifty_are_asked_for_at_once() {
        var team = nodes.team();

        var replies = AccountsIT.together(IntStream.range(0, 50)
                .mapToObj(i -> () -> (i % 2 == 0 ? team.member() : team.member().at(nodes.second()))
                        .post("/keys", object("name", "Key " + i))));

        // One it had already.
        assertThat(replies).filteredOn(reply -> reply.status() == 200).hasSize(19);
        assertThat(replies)
                .filteredOn(reply -> reply.status() != 200)
                .allMatch(reply -> reply.status() == 409 && reply.code().equals("too_many_keys"));
        var keys = new HashSet<String>();
        replies.stream()
                .filter(reply -> reply.status() == 200)
                .forEach(reply -> keys.add(reply.json().getString("key")));
        assertThat(keys).hasSize(19);
        var id = team.member().get("/keys").data().getJsonObject(0).getString("id");
        assertThat(team.admin().post("/keys/" + id + "/rotate", object()).code())
                .isEqualTo("too_many_keys");
        team.admin().post("/keys/" + id + "/rotate", object("overlap", 0)).ok();
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

        await(() -> with.get("/me").status() == 401);
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
        await(() -> with.get("/me").status() == 401);
    }

    @Test
    void a_key_works_only_from_its_networks_and_an_outsider_learns_nothing() {
        var team = nodes.team();
        var inside = made(team.member(), "name", "In", "networks", list("10.0.0.0/8", "127.0.0.1"));
        var outside = made(team.member(), "name", "Out", "networks", list("10.0.0.0/8"));

        assertThat(team.member().with(inside.getString("key")).get("/me").status())
                .isEqualTo(200);
        var refused = team.member().with(outside.getString("key")).get("/me");
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.text())
                .isEqualTo(team.member().with("sk-gotthard-unknown").get("/me").text());
    }

    @Test
    void a_key_for_one_model_has_the_prefix_of_the_SwissAI_mount() {
        var team = nodes.team();

        var made = made(team.member(), "name", "SwissAI", "bound_model", "demo-chat");

        assertThat(made.getString("key")).startsWith("sk-souheng-");
        assertThat(made.getString("bound_model")).isEqualTo("demo-chat");
        assertThat(team.member().with(made.getString("key")).get("/me").status())
                .isEqualTo(200);
    }

    @Test
    void scopes_are_no_more_than_the_account_may_do() {
        var team = nodes.team();
        for (var scope : new String[] {"gotthard.admin.model.a", "gotthard.user.agent.a", "gotthard.user.>"}) {
            assertThat(team.member()
                            .post("/keys", object("name", "K", "scopes", list(scope)))
                            .status())
                    .as(scope)
                    .isEqualTo(403);
            // Nor if somebody who may do all makes it.
            assertThat(admin.post(
                                    "/keys",
                                    object(
                                            "name",
                                            "K",
                                            "scopes",
                                            list(scope),
                                            "account",
                                            team.memberId(),
                                            "tenant",
                                            team.tenant()))
                            .status())
                    .isEqualTo(403);
        }
        made(team.member(), "name", "K", "scopes", list("aihub.user.model.*"));
        assertThat(team.member()
                        .post("/keys", object("name", "K", "bound_model", "a/b/c"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void a_limited_key_makes_no_key_that_is_less_limited() {
        var team = nodes.team();
        var later = Instant.now().plusSeconds(7200).toString();
        var limited = team.member()
                .with(made(
                                team.member(),
                                "name",
                                "Limited",
                                "scopes",
                                list("gotthard.user.model.a"),
                                "networks",
                                list("127.0.0.0/8"),
                                "expires_at",
                                Instant.now().plusSeconds(3600).toString())
                        .getString("key"));

        assertThat(limited.post("/keys", object("name", "K")).status()).isEqualTo(403);
        var scopes = list("gotthard.user.model.a");
        var same = made(limited, "name", "K", "scopes", scopes);
        assertThat(same.getJsonArray("networks")).isEqualTo(list("127.0.0.0/8"));
        assertThat(same.getString("expires_at")).isNotNull();
        assertThat(limited.post("/keys", object("name", "K", "scopes", scopes, "networks", list("0.0.0.0/0")))
                        .param())
                .isEqualTo("networks");
        assertThat(limited.post("/keys", object("name", "K", "scopes", scopes, "expires_at", later))
                        .param())
                .isEqualTo("expires_at");
        assertThat(limited.post("/keys/" + same.getString("id") + "/rotate", object("expires_at", later))
                        .param())
                .isEqualTo("expires_at");
        // The account's other keys are no way out either.
        var wide = made(team.member(), "name", "Wide");
        assertThat(limited.post("/keys/" + wide.getString("id") + "/rotate", object())
                        .status())
                .isEqualTo(403);
        var bound = team.member()
                .with(made(team.member(), "name", "B", "bound_model", "a").getString("key"));
        assertThat(made(bound, "name", "K").getString("bound_model")).isEqualTo("a");
        assertThat(bound.post("/keys", object("name", "K", "bound_model", "b")).param())
                .isEqualTo("bound_model");
    }

    @Test
    void who_administers_a_tenant_gets_no_key_for_somebody_who_may_do_more() {
        var team = nodes.team();
        var deputy = nodes.user();
        nodes.join(team.tenant(), deputy, "gotthard.admin.service.accounts", "gotthard.user.model.>");
        var as = nodes.as(team.tenant(), deputy);

        assertThat(as.post("/keys", object("name", "K", "account", team.adminId()))
                        .status())
                .isEqualTo(403);
        var key = as.get("/keys?account=" + team.adminId())
                .data()
                .getJsonObject(0)
                .getString("id");
        assertThat(as.post("/keys/" + key + "/rotate", object()).status()).isEqualTo(403);
        assertThat(as.post("/keys", object("name", "K", "account", team.memberId()))
                        .status())
                .isEqualTo(200);
        assertThat(as.post("/keys", object("name", "K", "account", "administrator"))
                        .status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"scopes\":[\"gotthard.user.model.a*\"]}",
                "{\"scopes\":[\"model.a\"]}",
                "{\"networks\":[\"localhost\"]}",
                "{\"networks\":[\"10.0.0.0/33\"]}",
                "{\"expires_at\":\"2020-01-01T00:00:00Z\"}",
                "{\"expires_at\":\"tomorrow\"}",
                "{\"expires_at\":\"+999999999-01-01T00:00:00Z\"}",
                "{\"bound_model\":\"a b\"}",
                "{\"models\":[\"a\"],\"scopes\":[\"gotthard.user.model.a\"]}",
                "{\"unknown\":1}"
            })
    void what_makes_no_sense_is_refused_with_the_field(String fields) {
        var request = new JsonObject(fields).put("name", "K");

        var reply = admin.post("/keys", request);

        assertThat(reply.status()).isEqualTo(400);
        assertThat(new JsonObject(fields).fieldNames())
                .anyMatch(field -> reply.param().startsWith(field));
    }

    @Test
    void it_is_known_when_a_key_was_used_last() {
        var team = nodes.team();
        var made = made(team.member(), "name", "Used");
        assertThat(made.getString("last_used_at")).isNull();

        team.member().with(made.getString("key")).get("/me").ok();

        await(() -> team.member().get("/keys/" + made.getString("id")).json().getString("last_used_at") != null);
    }
}
