package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What limits an API key, and that nobody gets around it. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AccountsKeyLimitsIT extends OnTwoNodes {

    private static JsonObject made(Hub who, Object... request) {
        return who.post("/keys", object(request)).ok().json();
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
    void a_key_for_one_model_is_for_nothing_else_whosever_it_is() {
        var team = nodes.team();
        for (var who : new Hub[] {admin, team.admin()}) {
            var bound =
                    who.with(made(who, "name", "B", "bound_model", "demo-chat").getString("key"));

            assertThat(bound.get("/users").status()).isEqualTo(403);
            assertThat(bound.post("/keys", object("name", "K", "account", team.memberId()))
                            .status())
                    .isIn(403, 404);
            assertThat(bound.get("/me").ok().json().getJsonArray("rules"))
                    .contains(list("gotthard.user.model.demo-chat"));
        }
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
                "{\"bound_model\":\"a/*\"}",
                "{\"bound_model\":\"a/>\"}",
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
}
