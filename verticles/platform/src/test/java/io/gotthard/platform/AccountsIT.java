package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Users, service accounts, tenants and members, through the API. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AccountsIT extends OnTwoNodes {

    /** Does all at the same time. */
    static List<Hub.Reply> together(Stream<Supplier<Hub.Reply>> questions) {
        var replies = new ArrayList<CompletableFuture<Hub.Reply>>();
        questions.forEach(question -> {
            var reply = new CompletableFuture<Hub.Reply>();
            Thread.ofVirtual().start(() -> {
                try {
                    reply.complete(question.get());
                } catch (Throwable e) {
                    reply.completeExceptionally(e);
                }
            });
            replies.add(reply);
        });
        return replies.stream().map(CompletableFuture::join).toList();
    }

    @Test
    void the_first_key_is_an_administrators() {
        var me = admin.get("/me").ok().json();

        assertThat(me.getString("id")).isEqualTo("administrator");
        assertThat(me.getBoolean("administrator")).isTrue();
        assertThat(me.getValue("tenant")).isNull();
        assertThat(me.getJsonObject("key").getString("id")).isEqualTo("bootstrap");
    }

    @Test
    void a_member_sees_its_tenant_and_its_rules() {
        var team = nodes.team(list("gotthard.user.>"));

        var me = team.member().get("/me").ok().json();

        assertThat(me.getString("id")).isEqualTo(team.memberId());
        assertThat(me.getJsonObject("tenant").getString("id")).isEqualTo(team.tenant());
        assertThat(me.getJsonArray("rules")).isEqualTo(list(list("gotthard.user.>"), list("gotthard.user.model.>")));
    }

    @Test
    void a_user_is_made_changed_and_deleted() {
        var user = admin.post("/users", object("email", "Ada@Example.org", "name", " Ada "))
                .ok()
                .json();
        assertThat(user.getString("name")).isEqualTo("Ada");
        assertThat(user.getBoolean("active")).isTrue();
        var path = "/users/" + user.getString("id");

        var changed = admin.patch(path, object("name", "Ada Lovelace", "active", false));

        assertThat(changed.ok().json()).isEqualTo(admin.get(path).json());
        assertThat(changed.json().getString("name")).isEqualTo("Ada Lovelace");
        assertThat(changed.json().getString("email")).isEqualTo("Ada@Example.org");
        assertThat(admin.get("/users?email=ADA%40example.ORG").data()).hasSize(1);
        assertThat(admin.delete(path).ok().json().getBoolean("deleted")).isTrue();
        assertThat(admin.get(path).status()).isEqualTo(404);
    }

    @Test
    void an_address_is_there_once_whatever_its_case_also_if_asked_for_at_the_same_time() {
        var replies = together(Stream.of("a", "A", "a", "A", "a", "A")
                .map(letter ->
                        () -> admin.post("/users", object("email", letter + "lan@example.org", "name", "Alan"))));

        assertThat(replies).filteredOn(reply -> reply.status() == 200).hasSize(1);
        assertThat(replies)
                .filteredOn(reply -> reply.status() != 200)
                .allMatch(reply -> reply.status() == 409 && reply.code().equals("email_taken"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"no-at", "@example.org", "a@", "a b@example.org", "a@b@c", "a@example.org\u0000", "<a@b.c>"})
    void what_is_no_address_is_refused(String email) {
        var reply = admin.post("/users", object("email", email, "name", "Nobody"));

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.param()).isEqualTo("email");
    }

    @Test
    void a_name_that_is_too_long_empty_or_not_to_be_seen_is_refused() {
        for (var name : List.of("x".repeat(101), "x".repeat(100_000), "  ", "a\u0000b", "a\nb")) {
            for (var path : List.of("/users", "/tenants", "/service-accounts", "/roles", "/keys")) {
                var body = object("name", name);
                if (path.equals("/users")) {
                    body.put("email", "named@example.org");
                }
                if (path.equals("/service-accounts")) {
                    body.put("tenant", nodes.team().tenant());
                }
                if (path.equals("/roles")) {
                    body.putNull("tenant");
                }
                var reply = admin.post(path, body);
                assertThat(reply.status()).as(path + " " + name.length()).isEqualTo(400);
                assertThat(reply.param()).isEqualTo("name");
            }
        }
        assertThat(admin.post("/tenants", object("name", "😀".repeat(100))).status())
                .isEqualTo(200);
    }

    @Test
    void lists_come_in_pages_that_have_everything_once() {
        var team = nodes.team();
        for (int i = 0; i < 7; i++) {
            team.admin().post("/service-accounts", object("name", "S" + i)).ok();
        }
        var seen = new ArrayList<String>();
        String next = null;
        do {
            var page = team.admin()
                    .get("/service-accounts?limit=3" + (next == null ? "" : "&after=" + next))
                    .ok()
                    .json();
            assertThat(page.getJsonArray("data").size()).isBetween(1, 3);
            page.getJsonArray("data").forEach(entry -> seen.add(((JsonObject) entry).getString("id")));
            next = page.getString("next");
        } while (next != null);

        assertThat(seen).hasSize(7).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource({"limit=0", "limit=201", "limit=x", "limit=1&limit=2", "after=%00", "after=a'b"})
    void a_page_that_makes_no_sense_is_refused(String query) {
        assertThat(admin.get("/users?" + query).status()).isEqualTo(400);
    }

    @Test
    void another_tenants_things_do_not_exist() {
        var mine = nodes.team();
        var theirs = nodes.team();
        var service =
                theirs.admin().post("/service-accounts", object("name", "CI")).id();
        var role = theirs.admin().post("/roles", object("name", "R")).id();
        var key = theirs.member().post("/keys", object("name", "K")).id();
        for (var path : List.of(
                "/users/" + theirs.memberId(),
                "/service-accounts/" + service,
                "/tenants/" + theirs.tenant(),
                theirs.members(),
                "/roles/" + role,
                "/keys/" + key)) {
            var reply = mine.admin().get(path);
            assertThat(reply.status()).as(path).isEqualTo(404);
            // Nothing tells it from what really is not there.
            assertThat(reply.text())
                    .isEqualTo(mine.admin()
                            .get(path.replaceAll("_[a-z2-7]{24}", "_none"))
                            .text());
        }
        assertThat(mine.admin().delete("/service-accounts/" + service).status()).isEqualTo(404);
        assertThat(mine.admin().delete("/roles/" + role).status()).isEqualTo(404);
        assertThat(mine.admin().delete("/keys/" + key).status()).isEqualTo(404);
        assertThat(mine.admin().post("/keys/" + key + "/rotate", object()).status())
                .isEqualTo(404);
        assertThat(mine.admin()
                        .post("/keys", object("name", "K", "account", theirs.memberId()))
                        .status())
                .isEqualTo(404);
        assertThat(mine.admin()
                        .put(mine.members() + "/" + mine.memberId() + "/roles/" + role)
                        .status())
                .isEqualTo(404);
        assertThat(mine.admin().get("/users").text()).doesNotContain(theirs.memberId());
        assertThat(mine.admin().get("/keys?limit=200").text()).doesNotContain(theirs.tenant());
        assertThat(mine.admin().get("/audit?limit=200").text()).doesNotContain(theirs.tenant());
    }

    @Test
    void who_administers_a_tenant_does_not_administer_the_system() {
        var team = nodes.team();
        var stranger = nodes.user();

        assertThat(team.admin()
                        .post("/users", object("email", "x@example.org", "name", "X"))
                        .status())
                .isEqualTo(403);
        assertThat(team.admin().post("/tenants", object("name", "X")).status()).isEqualTo(403);
        assertThat(team.admin()
                        .patch("/users/" + team.adminId(), object("administrator", true))
                        .status())
                .isEqualTo(403);
        assertThat(team.admin()
                        .patch("/tenants/" + team.tenant(), object("ceiling", null))
                        .status())
                .isEqualTo(403);
        assertThat(team.admin().put(team.members() + "/" + stranger).status()).isEqualTo(403);
        assertThat(team.member().get("/users").status()).isEqualTo(403);
        assertThat(team.member().get("/audit").status()).isEqualTo(403);
    }

    @Test
    void a_tenant_is_deleted_only_when_it_is_empty() {
        var team = nodes.team();
        assertThat(admin.delete("/tenants/" + team.tenant()).code()).isEqualTo("in_use");

        var empty = admin.post("/tenants", object("name", "Empty")).id();
        assertThat(admin.post("/tenants", object("name", "EMPTY")).code()).isEqualTo("name_taken");
        assertThat(admin.delete("/tenants/" + empty).status()).isEqualTo(200);
    }
}
