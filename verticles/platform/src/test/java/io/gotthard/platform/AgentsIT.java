package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Assistants as resources: who makes, sees and changes which, and what becomes of their versions. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AgentsIT extends OnTwoNodes {

    private static final String NAME = "/agents/Assistant/";

    /** Somebody in a team with these rights. */
    private static Hub somebody(TwoNodes.Team team, String... rules) {
        var account = nodes.user();
        nodes.join(team.tenant(), account, rules);
        return nodes.as(team.tenant(), account);
    }

    static JsonObject assistant(String name, Object... more) {
        return object("name", name, "model", "demo-chat", "instructions", "Be brief.")
                .mergeIn(object(more));
    }

    private static List<String> ids(Hub who) {
        return who.get("/agents?limit=200").data().stream()
                .map(agent -> ((JsonObject) agent).getString("id"))
                .toList();
    }

    @Test
    void an_assistant_is_made_changed_and_deleted_and_each_change_is_a_version() {
        var team = nodes.team();
        var made = team.admin()
                .post("/agents", assistant("helper", "tools", list()))
                .ok()
                .json();
        assertThat(made.getString("id")).isEqualTo("Assistant/helper");
        assertThat(made.getInteger("version")).isEqualTo(1);
        assertThat(made.getString("owner")).isEqualTo(team.adminId());
        assertThat(made.getJsonObject("limits").getInteger("steps")).isEqualTo(25);

        var changed = team.admin()
                .at(nodes.second())
                .patch(NAME + "helper", object("instructions", "Be long.", "limits", object("cost", "0.50")))
                .ok()
                .json();
        assertThat(changed.getInteger("version")).isEqualTo(2);
        assertThat(changed.getString("model")).isEqualTo("demo-chat");
        assertThat(changed.getJsonObject("limits").getString("cost")).isEqualTo("0.50");
        assertThat(changed.getJsonObject("limits").getInteger("steps")).isEqualTo(25);
        assertThat(team.admin().get(NAME + "helper").ok().json()).isEqualTo(changed);

        assertThat(team.admin().get(NAME + "helper/versions").data())
                .extracting(version -> ((JsonObject) version).getInteger("version"))
                .containsExactly(2, 1);
        assertThat(team.admin().get(NAME + "helper/versions/1").ok().json().getString("instructions"))
                .isEqualTo("Be brief.");
        assertThat(team.admin().get(NAME + "helper/versions/3").status()).isEqualTo(404);

        assertThat(team.admin().delete(NAME + "helper").ok().json().getBoolean("deleted"))
                .isTrue();
        assertThat(team.admin().get(NAME + "helper").status()).isEqualTo(404);
        assertThat(team.admin().patch(NAME + "helper", object("model", "x")).status())
                .isEqualTo(404);
        assertThat(ids(team.admin())).isEmpty();
    }

    @Test
    void a_change_that_changes_nothing_is_no_version() {
        var admin = nodes.team().admin();
        admin.post("/agents", assistant("same")).ok();
        var after =
                admin.patch(NAME + "same", object("instructions", "Be brief.")).ok();
        assertThat(after.json().getInteger("version")).isEqualTo(1);
    }

    @Test
    void who_makes_one_anew_under_the_name_of_a_deleted_one_sees_nothing_of_that() {
        var team = nodes.team();
        var first = somebody(team, "gotthard.user.service.assistants");
        first.post("/agents", assistant("secretive", "instructions", "The secret is 42."))
                .ok();
        first.delete(NAME + "secretive").ok();
        var second = somebody(team, "gotthard.user.service.assistants");
        assertThat(second.post("/agents", assistant("secretive")).ok().json().getInteger("version"))
                .isEqualTo(2);
        assertThat(second.get(NAME + "secretive/versions").data()).hasSize(1);
        assertThat(second.get(NAME + "secretive/versions/1").status()).isEqualTo(404);
        assertThat(first.get(NAME + "secretive").status()).isEqualTo(404);
    }

    @Test
    void a_private_one_is_there_for_its_owner_only_but_its_name_is_taken() {
        var team = nodes.team();
        var owner = somebody(team, "gotthard.user.service.assistants");
        owner.post("/agents", assistant("mine")).ok();
        assertThat(ids(owner)).containsExactly("Assistant/mine");
        for (var other : List.of(team.admin(), team.member(), somebody(team, "gotthard.user.>"))) {
            assertThat(other.get(NAME + "mine").status()).isEqualTo(404);
            assertThat(other.patch(NAME + "mine", object("model", "x")).status())
                    .isEqualTo(404);
            assertThat(other.delete(NAME + "mine").status()).isEqualTo(404);
            assertThat(other.get(NAME + "mine/versions").status()).isEqualTo(404);
            assertThat(ids(other)).isEmpty();
        }
        assertThat(team.admin().post("/agents", assistant("mine")).code()).isEqualTo("name_taken");
    }

    @Test
    void one_for_the_tenant_is_there_for_whom_the_rules_allow_it_and_only_shows_what_it_is_for() {
        var team = nodes.team();
        var owner = somebody(team, "gotthard.user.service.assistants");
        owner.post("/agents", assistant("clerk", "visibility", "tenant", "description", "Files things."))
                .ok();
        var user = somebody(team, "gotthard.user.agent.Assistant.clerk");
        var seen = user.get(NAME + "clerk").ok().json();
        assertThat(seen.getString("description")).isEqualTo("Files things.");
        assertThat(seen.getBoolean("can_change")).isFalse();
        assertThat(seen.fieldNames()).doesNotContain("instructions", "tools", "model", "parameters", "limits");
        assertThat(user.patch(NAME + "clerk", object("model", "x")).status()).isEqualTo(403);
        assertThat(user.delete(NAME + "clerk").status()).isEqualTo(403);
        assertThat(user.get(NAME + "clerk/versions").status()).isEqualTo(403);
        assertThat(user.get(NAME + "clerk/versions/1").status()).isEqualTo(403);

        var keeper = somebody(team, "gotthard.admin.agent.Assistant.clerk");
        assertThat(keeper.patch(NAME + "clerk", object("description", "Finds things."))
                        .ok()
                        .json()
                        .getInteger("version"))
                .isEqualTo(2);
        for (var other : List.of(team.member(), somebody(team, "gotthard.admin.agent.Assistant.other"))) {
            assertThat(other.get(NAME + "clerk").status()).isEqualTo(404);
            assertThat(ids(other)).isEmpty();
        }
    }

    @Test
    void another_tenants_assistants_are_unknown_whatever_one_may_there() {
        var theirs = nodes.team();
        theirs.admin()
                .post("/agents", assistant("clerk", "visibility", "tenant"))
                .ok();
        var ours = nodes.team();
        assertThat(ours.admin().get(NAME + "clerk").status()).isEqualTo(404);
        assertThat(ours.admin().delete(NAME + "clerk").status()).isEqualTo(404);
        assertThat(ids(ours.admin())).isEmpty();
        ours.admin().post("/agents", assistant("clerk")).ok();
        assertThat(ours.admin().delete(NAME + "clerk").status()).isEqualTo(200);
        assertThat(theirs.admin().get(NAME + "clerk").status()).isEqualTo(200);
    }

    @Test
    void a_system_administrators_is_for_all_tenants_and_no_tenants_administrator_changes_it() {
        admin.post("/agents", assistant("everywhere", "visibility", "tenant")).ok();
        try {
            var team = nodes.team();
            assertThat(ids(team.admin())).containsExactly("Assistant/everywhere");
            assertThat(team.admin().get(NAME + "everywhere").json().containsKey("instructions"))
                    .isFalse();
            assertThat(team.admin()
                            .patch(NAME + "everywhere", object("model", "x"))
                            .status())
                    .isEqualTo(403);
            assertThat(ids(team.member())).isEmpty();
            // The tenant's own one is nearer.
            team.admin()
                    .post("/agents", assistant("everywhere", "visibility", "tenant"))
                    .ok();
            assertThat(team.admin().get(NAME + "everywhere").json().getString("tenant"))
                    .isEqualTo(team.tenant());
            assertThat(ids(team.admin())).containsExactly("Assistant/everywhere");
        } finally {
            admin.delete(NAME + "everywhere").ok();
        }
    }

    @Test
    void a_key_that_is_for_something_else_is_not_good_for_ones_own_assistants() {
        var team = nodes.team();
        team.admin().post("/agents", assistant("mine")).ok();
        var models = admin.post(
                        "/keys",
                        object(
                                "name",
                                "models",
                                "account",
                                team.adminId(),
                                "tenant",
                                team.tenant(),
                                "scopes",
                                list("gotthard.user.model.>")))
                .ok();
        var bound = admin.post(
                "/keys",
                object(
                        "name",
                        "bound",
                        "account",
                        team.adminId(),
                        "tenant",
                        team.tenant(),
                        "bound_model",
                        "demo-chat"));
        assertThat(ids(admin.with(models.json().getString("key")))).isEmpty();
        if (bound.status() == 200) {
            assertThat(ids(admin.with(bound.json().getString("key")))).isEmpty();
        }
    }

    @Test
    void an_old_etag_is_refused_and_of_many_who_change_at_once_one_succeeds() {
        var hub = nodes.team().admin();
        hub.post("/agents", assistant("contested")).ok();
        var tag = send(hub, "GET", null, null).headers().firstValue("etag").orElseThrow();
        assertThat(tag).isEqualTo("\"1\"");
        var statuses = IntStream.range(0, 8)
                .parallel()
                .map(i -> send(hub, "PATCH", tag, object("instructions", "Of " + i))
                        .statusCode())
                .sorted()
                .boxed()
                .toList();
        assertThat(statuses).containsExactly(200, 412, 412, 412, 412, 412, 412, 412);
        assertThat(send(hub, "PATCH", "\"2\"", object("instructions", "Last"))
                        .headers()
                        .firstValue("etag"))
                .contains("\"3\"");
        assertThat(send(hub, "DELETE", "\"1\"", null).statusCode()).isEqualTo(412);
        assertThat(send(hub, "DELETE", "\"3\"", null).statusCode()).isEqualTo(200);
    }

    private static HttpResponse<String> send(Hub hub, String method, String tag, JsonObject body) {
        var request = HttpRequest.newBuilder(hub.url().resolve("/api/v1" + NAME + "contested"))
                .header("authorization", "Bearer " + hub.key())
                .header("content-type", "application/json")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body.encode()));
        if (tag != null) {
            request.header("if-match", tag);
        }
        try (var client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void pages_have_all_and_none_twice() {
        var hub = nodes.team().admin();
        var names = IntStream.range(0, 7).mapToObj(i -> "a" + i).toList();
        names.forEach(name -> hub.post("/agents", assistant(name)).ok());
        var found = new ArrayList<String>();
        var next = "";
        while (next != null) {
            var page = hub.get("/agents?limit=3&after=" + next).ok().json();
            page.getJsonArray("data").forEach(agent -> found.add(((JsonObject) agent).getString("name")));
            next = page.getString("next");
        }
        assertThat(found).isEqualTo(names);
    }
}
