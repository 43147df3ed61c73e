package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Roles: what they grant, what they include, who may give them, and why something is allowed. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AccountsRolesIT extends OnTwoNodes {

    private static String role(Hub who, String name, Object rules) {
        return who.post("/roles", object("name", name, "rules", rules)).id();
    }

    private static JsonObject explain(TwoNodes.Team team, String resource) {
        return admin.post(
                        "/access/explain",
                        object("account", team.memberId(), "tenant", team.tenant(), "resource", resource))
                .ok()
                .json();
    }

    @Test
    void a_role_grants_what_the_roles_grant_that_it_includes() {
        var team = nodes.team();
        var reader = role(team.admin(), "Reader", list("aihub.user.agent.A.*"));
        var writer = role(team.admin(), "Writer", list("aihub.admin.agent.B.*"));
        var both = team.admin()
                .post("/roles", object("name", "Both", "includes", list(reader, writer)))
                .id();
        team.admin()
                .put(team.members() + "/" + team.memberId() + "/roles/" + both)
                .ok();

        assertThat(explain(team, "agent.A.x").getString("level")).isEqualTo("user");
        assertThat(explain(team, "agent.B.x").getString("level")).isEqualTo("admin");
        assertThat(explain(team, "agent.C.x").getString("level")).isEqualTo("none");
        assertThat(explain(team, "agent.B.x")
                        .getJsonObject("decided_by")
                        .getJsonObject("role")
                        .getString("name"))
                .isEqualTo("Writer");
        assertThat(team.admin().delete("/roles/" + reader).code()).isEqualTo("in_use");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        gotthard.user.>.a      | can only be the last
        gotthard.owner.model.a | is 'user' or 'admin'
        model.a                | is not valid
        gotthard.user.model.a* | stands for a whole segment
        """)
    void a_rule_that_is_not_valid_is_refused_with_the_reason(String rule, String reason) {
        var reply = admin.post(
                "/roles", object("name", "Bad", "tenant", null, "rules", list("gotthard.user.model.a", rule)));

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.param()).isEqualTo("rules[1]");
        assertThat(reply.message()).contains(reason);
        assertThat(admin.post("/tenants", object("name", "Bad", "ceiling", list(rule)))
                        .param())
                .isEqualTo("ceiling[0]");
    }

    @Test
    void a_role_does_not_include_itself_be_it_through_others() {
        var team = nodes.team();
        var a = role(team.admin(), "A", list());
        var b = role(team.admin(), "B", list());
        var c = role(team.admin(), "C", list());
        team.admin().patch("/roles/" + a, object("includes", list(b))).ok();
        team.admin().patch("/roles/" + b, object("includes", list(c))).ok();

        assertThat(team.admin()
                        .patch("/roles/" + c, object("includes", list(a)))
                        .code())
                .isEqualTo("role_cycle");
        assertThat(team.admin()
                        .patch("/roles/" + a, object("includes", list(a)))
                        .code())
                .isEqualTo("role_cycle");
        assertThat(team.admin().get("/roles/" + c).json().getJsonArray("includes"))
                .isEmpty();
    }

    @Test
    void two_who_include_each_other_at_the_same_time_make_no_cycle() {
        nodes.warmUp();
        var team = nodes.team();
        for (int i = 0; i < 10; i++) {
            var a = role(team.admin(), "A" + i, list());
            var b = role(team.admin(), "B" + i, list());

            var replies = AccountsIT.together(Stream.of(
                    () -> team.admin().patch("/roles/" + a, object("includes", list(b))),
                    () -> team.admin().at(nodes.second()).patch("/roles/" + b, object("includes", list(a)))));

            assertThat(replies).filteredOn(reply -> reply.status() == 200).hasSizeLessThanOrEqualTo(1);
            assertThat(replies)
                    .allMatch(reply -> reply.status() == 200 || reply.status() == 409 || reply.status() == 503);
        }
    }

    @Test
    void nobody_grants_more_than_they_may_do_themselves() {
        var team = nodes.team(list("gotthard.admin.service.>", "gotthard.user.model.>"));
        var wide = admin.post(
                        "/roles",
                        object("name", "Wide " + team.tenant(), "tenant", null, "rules", list("gotthard.user.>")))
                .id();
        var deputy = team.admin();

        assertThat(deputy.post("/roles", object("name", "R", "rules", list("gotthard.user.agent.a")))
                        .status())
                .isEqualTo(403);
        assertThat(deputy.post("/roles", object("name", "R", "rules", list("gotthard.admin.model.a")))
                        .status())
                .isEqualTo(403);
        assertThat(deputy.post("/roles", object("name", "R", "includes", list(wide)))
                        .status())
                .isEqualTo(403);
        assertThat(deputy.put(team.members() + "/" + team.memberId() + "/roles/" + wide)
                        .status())
                .isEqualTo(403);
        var narrow = role(deputy, "Narrow", list("gotthard.user.model.a"));
        assertThat(deputy.patch("/roles/" + narrow, object("rules", list("gotthard.user.>")))
                        .status())
                .isEqualTo(403);
        assertThat(deputy.patch("/roles/" + narrow, object("rules", list("gotthard.user.model.b")))
                        .status())
                .isEqualTo(200);
        assertThat(deputy.post("/roles", object("name", "R", "tenant", null)).status())
                .isEqualTo(403);
        assertThat(deputy.patch("/roles/" + wide, object("rules", list())).status())
                .isEqualTo(403);
        assertThat(deputy.delete("/roles/" + wide).status()).isEqualTo(403);
    }

    @Test
    void an_administrators_limited_key_grants_no_more_than_it_may_do() {
        var scopes = list("gotthard.admin.service.accounts", "gotthard.user.model.>");
        var key =
                admin.post("/keys", object("name", "K", "scopes", scopes)).ok().json();
        var limited = admin.with(key.getString("key"));
        var mail = "limited" + key.getString("id") + "@example.org";

        assertThat(limited.post("/users", object("email", mail, "name", "A", "administrator", true))
                        .status())
                .isEqualTo(403);
        var user = limited.post("/users", object("email", mail, "name", "A")).id();
        assertThat(limited.patch("/users/" + user, object("administrator", true))
                        .status())
                .isEqualTo(403);
        assertThat(limited.post("/tenants", object("name", mail)).status()).isEqualTo(403);
        assertThat(limited.post("/keys", object("name", "K")).status()).isEqualTo(403);
        assertThat(limited.post("/keys/bootstrap/rotate", object()).status()).isEqualTo(403);
    }

    @Test
    void a_role_file_is_imported_as_it_is_and_may_be_imported_again() {
        var team = nodes.team();
        var file = object(
                "roles",
                list(
                        object(
                                "name",
                                "Editor",
                                "includes",
                                list("Reader"),
                                "permissions",
                                list("aihub.admin.agent.A.*")),
                        object("name", "Reader", "rules", list("aihub.user.agent.>"), "icon", "book")));

        var imported = team.admin().post("/roles/import", file).data();
        var again = team.admin().post("/roles/import", file).data();

        assertThat(imported).hasSize(2);
        assertThat(again.stream().map(role -> ((JsonObject) role).getString("id")))
                .containsExactlyInAnyOrderElementsOf(imported.stream()
                        .map(role -> ((JsonObject) role).getString("id"))
                        .toList());
        var editor = team.admin().get("/roles").data().stream()
                .map(JsonObject.class::cast)
                .filter(role -> role.getString("name").equals("Editor"))
                .findFirst()
                .orElseThrow();
        assertThat(editor.getJsonArray("rules")).isEqualTo(list("aihub.admin.agent.A.*"));
        assertThat(editor.getJsonArray("includes")).hasSize(1);
    }

    @Test
    void a_role_file_with_one_fault_changes_nothing() {
        var team = nodes.team();
        var good = object("name", "Good", "rules", list("aihub.user.agent.>"));
        var before = team.admin().get("/roles").text();

        var bad = team.admin()
                .post("/roles/import", object("roles", list(good, object("name", "Bad", "rules", list("aihub.x")))));
        assertThat(bad.status()).isEqualTo(400);
        assertThat(bad.param()).isEqualTo("roles[1].rules[0]");
        assertThat(bad.message()).contains("Bad");
        assertThat(team.admin()
                        .post(
                                "/roles/import",
                                object("roles", list(good, object("name", "B", "includes", list("None")))))
                        .status())
                .isEqualTo(400);
        assertThat(team.admin()
                        .post("/roles/import", object("roles", list(good, good)))
                        .status())
                .isIn(400, 409);
        assertThat(team.admin()
                        .post(
                                "/roles/import",
                                object(
                                        "roles",
                                        list(
                                                object("name", "P", "includes", list("Q")),
                                                object("name", "Q", "includes", list("P")))))
                        .code())
                .isEqualTo("role_cycle");
        assertThat(team.admin().get("/roles").text()).isEqualTo(before);
    }

    @Test
    void it_is_explained_which_set_and_rule_decides() {
        var team = nodes.team(list("gotthard.user.agent.>", "gotthard.user.model.>"));
        nodes.join(team.tenant(), team.memberId(), "gotthard.admin.agent.>");

        var agent = explain(team, "agent.A.x");
        assertThat(agent.getString("level")).isEqualTo("user");
        assertThat(agent.getBoolean("allowed")).isTrue();
        assertThat(agent.getJsonObject("decided_by").getString("set")).isEqualTo("tenant_ceiling");
        assertThat(agent.getJsonObject("decided_by").getString("rule")).isEqualTo("gotthard.user.agent.>");
        assertThat(agent.getJsonArray("sets")).hasSize(2);

        var key = team.member()
                .post("/keys", object("name", "K", "models", list("a")))
                .ok()
                .json();
        var question = object("key", key.getString("id"), "resource", "model.b");
        var denied = admin.post("/access/explain", question).ok().json();
        assertThat(denied.getBoolean("allowed")).isFalse();
        assertThat(denied.getJsonObject("decided_by").getString("set")).isEqualTo("key_scopes");
        admin.delete("/keys/" + key.getString("id")).ok();
        assertThat(admin.post("/access/explain", question.put("resource", "model.a"))
                        .ok()
                        .json()
                        .getString("obstacle"))
                .contains("revoked");

        var other = nodes.team();
        assertThat(other.admin().post("/access/explain", question).status()).isEqualTo(404);
        assertThat(other.admin()
                        .post("/access/explain", object("account", team.memberId(), "resource", "model.a"))
                        .status())
                .isEqualTo(404);
        assertThat(admin.post("/access/explain", object("resource", "model.a")).status())
                .isEqualTo(400);
    }
}
