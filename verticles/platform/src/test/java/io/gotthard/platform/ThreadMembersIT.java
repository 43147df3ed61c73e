package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may do what with a thread. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ThreadMembersIT extends OnTwoNodes {

    /**
     * One of the things that can be done with a thread.
     *
     * @param path behind the thread's
     * @param needs the role that suffices
     */
    private record Deed(String method, String path, JsonObject body, String needs) {

        int on(Hub hub, String thread) {
            return reply(hub, thread).status();
        }

        Hub.Reply reply(Hub hub, String thread) {
            if (path.endsWith("/stream")) {
                try (var events = EventReader.open(hub, thread, "")) {
                    return new Hub.Reply(events.status(), null, events.status() == 200 ? "" : events.body());
                }
            }
            return hub.ask(method, "/threads/" + thread + path, body);
        }
    }

    private Person ada;
    private Person guest;
    private String thread;

    @BeforeEach
    void a_thread() {
        ada = Person.in(nodes);
        guest = ada.colleague(nodes);
        thread = ada.thread("Ada's");
    }

    private List<Deed> deeds() {
        return List.of(
                new Deed("GET", "", null, "reader"),
                new Deed("GET", "/members", null, "reader"),
                new Deed("GET", "/messages", null, "reader"),
                new Deed("GET", "/events", null, "reader"),
                new Deed("GET", "/events/stream", null, "reader"),
                new Deed("GET", "/export", null, "reader"),
                new Deed("POST", "/fork", object("at", 1), "reader"),
                new Deed("POST", "/messages", object("content", "Hello"), "editor"),
                new Deed("PATCH", "", object("title", "Another"), "editor"),
                new Deed("PUT", "/members/" + ada.id(), object("role", "owner"), "owner"),
                new Deed("DELETE", "/members/" + ada.id(), null, "owner"),
                new Deed("DELETE", "", null, "owner"));
    }

    @Test
    void other_peoples_threads_are_as_unknown_ones_whatever_is_done_with_them() {
        var unknown = "thr_abcdefghijklmnopqrstuvwx";
        var others = List.of(guest.hub(), Person.in(nodes).hub(), nodes.team().admin(), admin);
        for (var deed : deeds()) {
            for (var other : others) {
                if (deed.on(other, unknown) == 403) {
                    // Somebody without any right to use assistants.
                    assertThat(deed.on(other, thread)).isEqualTo(403);
                    continue;
                }
                var answer = deed.reply(other, thread);
                assertThat(answer.status()).as(deed.method() + deed.path()).isEqualTo(404);
                assertThat(answer.text())
                        .as(deed.method() + deed.path())
                        .isEqualTo(deed.reply(other, unknown).text())
                        .isEqualTo(deed.reply(other, "thr_x").text());
            }
        }
        assertThat(types()).containsExactly("thread.created", "member.added");
    }

    @Test
    void a_role_suffices_for_what_it_is_for_and_for_nothing_else() {
        for (var role : List.of("reader", "editor", "owner")) {
            ada.invite(thread, guest, role);
            for (var deed : deeds()) {
                boolean suffices = Role.valueOf(role).compareTo(Role.valueOf(deed.needs())) >= 0;
                assertThat(deed.on(guest.hub(), thread))
                        .as("%s %s as %s", deed.method(), deed.path(), role)
                        .isEqualTo(suffices ? 200 : 403);
            }
        }
    }

    private enum Role {
        reader,
        editor,
        owner
    }

    @Test
    void only_accounts_of_the_same_tenant_can_be_members() {
        var foreign = Person.in(nodes);
        var members = "/threads/" + thread + "/members/";
        var reader = object("role", "reader");

        assertThat(ada.hub().put(members + foreign.id(), reader).status()).isEqualTo(404);
        assertThat(ada.hub().put(members + "usr_nobody", reader).status()).isEqualTo(404);
        assertThat(ada.hub().put(members + "administrator", reader).status()).isEqualTo(404);
        assertThat(ada.hub().put(members + guest.id(), object("role", "king")).param())
                .isEqualTo("role");
        var made = ada.hub()
                .post(
                        "/threads",
                        object(
                                "title",
                                "Not made",
                                "members",
                                list(object("account", foreign.id(), "role", "reader"))));
        assertThat(made.status()).isEqualTo(404);
        assertThat(ThreadsIT.ids(ada.hub().get("/threads"))).containsExactly(thread);
    }

    @Test
    void a_member_in_another_tenants_name_is_a_stranger() {
        var other = Person.in(nodes);
        nodes.join(other.tenant(), ada.id(), "gotthard.user.>");
        var elsewhere = nodes.as(other.tenant(), ada.id());

        assertThat(elsewhere.get("/threads/" + thread).status()).isEqualTo(404);
        assertThat(ThreadsIT.ids(elsewhere.get("/threads"))).isEmpty();
    }

    @Test
    void everybody_may_leave_but_for_the_last_owner() {
        ada.invite(thread, guest, "reader");
        var members = "/threads/" + thread + "/members/";

        assertThat(ada.hub().delete(members + ada.id()).code()).isEqualTo("last_owner");
        assertThat(ada.hub().put(members + ada.id(), object("role", "editor")).code())
                .isEqualTo("last_owner");
        guest.hub().delete(members + guest.id()).ok();
        assertThat(guest.hub().get("/threads/" + thread).status()).isEqualTo(404);
        assertThat(ThreadsIT.ids(guest.hub().get("/threads"))).isEmpty();
        ada.invite(thread, guest, "owner");
        ada.hub().delete(members + ada.id()).ok();
        assertThat(ThreadsIT.ids(guest.hub().get("/threads/" + thread + "/members")))
                .containsExactly(guest.id());
    }

    @Test
    void of_two_owners_who_remove_each_other_one_stays() {
        ada.invite(thread, guest, "owner");
        var members = "/threads/" + thread + "/members/";

        var replies = AccountsIT.together(Stream.<Supplier<Hub.Reply>>of(
                () -> ada.hub().delete(members + guest.id()),
                () -> guest.hub().at(nodes.second()).delete(members + ada.id())));

        assertThat(replies.stream().map(Hub.Reply::status)).containsExactlyInAnyOrder(200, 404);
    }

    @Test
    void a_deleted_thread_is_as_if_it_had_never_been() {
        ada.invite(thread, guest, "reader");

        ada.hub().delete("/threads/" + thread).ok();

        for (var deed : deeds()) {
            assertThat(deed.on(ada.hub(), thread))
                    .as(deed.method() + deed.path())
                    .isEqualTo(404);
            assertThat(deed.on(guest.hub().at(nodes.second()), thread))
                    .as(deed.method() + deed.path())
                    .isEqualTo(404);
        }
        assertThat(ThreadsIT.ids(ada.hub().get("/threads"))).isEmpty();
    }

    private List<String> types() {
        return ada.hub().get("/threads/" + thread + "/events").data().stream()
                .map(event -> ((JsonObject) event).getString("type"))
                .toList();
    }
}
