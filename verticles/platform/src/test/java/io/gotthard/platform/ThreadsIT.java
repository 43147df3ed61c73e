package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads and their messages, over HTTP and on two nodes. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ThreadsIT extends OnTwoNodes {

    private Person ada;

    @BeforeEach
    void somebody() {
        ada = Person.in(nodes);
    }

    @Test
    void a_thread_is_what_it_was_made_to_be_and_its_log_tells_so() {
        var made = ada.hub()
                .post(
                        "/threads",
                        object(
                                "title",
                                "  Holidays ",
                                "metadata",
                                object("team", "blue"),
                                "messages",
                                list(
                                        object("content", "Where is it warm?"),
                                        object("role", "assistant", "content", "In Rome."))))
                .ok();
        var thread = made.json().getString("id");

        assertThat(made.json().getString("title")).isEqualTo("Holidays");
        assertThat(made.json().getJsonObject("metadata")).isEqualTo(object("team", "blue"));
        assertThat(made.json().getString("role")).isEqualTo("owner");
        assertThat(ada.hub().at(nodes.second()).get("/threads/" + thread).ok().json())
                .isEqualTo(made.json());
        assertThat(types(thread))
                .containsExactly("thread.created", "member.added", "message.created", "message.created");
        assertThat(texts(ada.hub().get("/threads/" + thread + "/messages?order=asc")))
                .containsExactly("Where is it warm?", "In Rome.");
    }

    @Test
    void every_change_is_an_event_and_what_changes_nothing_is_none() {
        var thread = "/threads/" + ada.thread("One");

        ada.hub().patch(thread, object("title", "Two")).ok();
        ada.hub().patch(thread, object("title", "Two")).ok();
        ada.hub()
                .patch(thread, object("metadata", object("a", "b"), "archived", true))
                .ok();
        var other = ada.colleague(nodes);
        ada.hub()
                .put(thread + "/members/" + other.id(), object("role", "reader"))
                .ok();
        ada.hub()
                .put(thread + "/members/" + other.id(), object("role", "reader"))
                .ok();
        ada.hub()
                .put(thread + "/members/" + other.id(), object("role", "editor"))
                .ok();
        ada.hub().delete(thread + "/members/" + other.id()).ok();

        var events = ada.hub().get(thread + "/events").data();
        assertThat(types(thread.substring(9)))
                .containsExactly(
                        "thread.created",
                        "member.added",
                        "thread.updated",
                        "thread.updated",
                        "member.added",
                        "member.added",
                        "member.removed");
        assertThat(events.getJsonObject(2).getJsonObject("data")).isEqualTo(object("title", "Two"));
        assertThat(events.getJsonObject(3).getJsonObject("data"))
                .isEqualTo(object("metadata", object("a", "b"), "archived", true));
        assertThat(events.getJsonObject(6).getString("author")).isEqualTo(ada.id());
    }

    @Test
    void who_changes_what_has_changed_meanwhile_is_refused() {
        var thread = "/threads/" + ada.thread("One");
        var etag = ada.hub().get(thread).header("etag");

        var changed = ada.hub()
                .ask("PATCH", thread, object("title", "Two"), "if-match", etag)
                .ok();
        var late = ada.hub().ask("PATCH", thread, object("title", "Three"), "if-match", etag);

        assertThat(late.status()).isEqualTo(412);
        assertThat(late.code()).isEqualTo("precondition_failed");
        assertThat(ada.hub().get(thread).json().getString("title")).isEqualTo("Two");
        assertThat(ada.hub().get(thread).header("etag"))
                .isEqualTo(changed.header("etag"))
                .isNotEqualTo(etag);
        ada.hub()
                .ask("PATCH", thread, object("title", "Four"), "if-match", "\"x\", " + changed.header("etag"))
                .ok();
        ada.hub().ask("PATCH", thread, object("title", "Five"), "if-match", "*").ok();
    }

    @Test
    void of_many_who_change_the_same_state_one_succeeds() {
        var thread = "/threads/" + ada.thread("One");
        var etag = ada.hub().get(thread).header("etag");

        var replies = AccountsIT.together(IntStream.range(0, 20)
                .<Supplier<Hub.Reply>>mapToObj(
                        i -> () -> node(i).ask("PATCH", thread, object("title", "Title " + i), "if-match", etag)));

        assertThat(replies.stream().filter(reply -> reply.status() == 200)).hasSize(1);
        assertThat(replies.stream().filter(reply -> reply.status() == 412)).hasSize(19);
    }

    private Hub node(int number) {
        return number % 2 == 0 ? ada.hub() : ada.hub().at(nodes.second());
    }

    @Test
    void messages_that_two_clients_write_at_the_same_time_each_have_a_place_of_their_own() {
        var thread = ada.thread("Two clients");

        var replies = AccountsIT.together(IntStream.range(0, 100)
                .<Supplier<Hub.Reply>>mapToObj(i ->
                        () -> node(i).post("/threads/" + thread + "/messages", object("content", "Message " + i))));

        var places =
                replies.stream().map(reply -> reply.ok().json().getLong("seq")).toList();
        assertThat(places)
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.rangeClosed(3, 102).boxed().toList());
        var read = new ArrayList<String>();
        for (var after = ""; after != null; ) {
            var page = ada.hub()
                    .get("/threads/" + thread + "/messages?limit=30" + after)
                    .ok()
                    .json();
            page.getJsonArray("data").forEach(message -> read.add(((JsonObject) message).getString("content")));
            after = page.getString("next") == null ? null : "&after=" + page.getString("next");
        }
        assertThat(read).hasSize(100).doesNotHaveDuplicates();
        var latest = replies.stream()
                .filter(reply -> reply.json().getLong("seq") == 102)
                .map(reply -> reply.json().getString("content"))
                .findFirst();
        assertThat(read.getFirst()).isEqualTo(latest.orElseThrow());
    }

    @Test
    void a_fork_has_the_same_events_up_to_there_and_goes_its_own_way() {
        var thread = ada.thread("Original");
        ada.say(thread, "One");
        ada.say(thread, "Two");
        ada.say(thread, "Three");
        var guest = ada.colleague(nodes);
        ada.invite(thread, guest, "reader");

        var fork = guest.hub()
                .post("/threads/" + thread + "/fork", object("at", 4))
                .ok()
                .json();

        assertThat(fork.getString("forked_from")).isEqualTo(thread);
        assertThat(fork.getLong("forked_at")).isEqualTo(4);
        assertThat(fork.getString("title")).isEqualTo("Original");
        var id = fork.getString("id");
        assertThat(ada.hub().get("/threads/" + id).status()).isEqualTo(404);
        guest.say(id, "Another three");
        var original = ada.hub().get("/threads/" + thread + "/events").data();
        var copy = guest.hub().get("/threads/" + id + "/events").data();
        for (int i = 0; i < 4; i++) {
            var before = original.getJsonObject(i);
            var after = copy.getJsonObject(i);
            assertThat(after.remove("id")).isNotEqualTo(before.remove("id"));
            assertThat(after.remove("thread_id")).isNotEqualTo(before.remove("thread_id"));
            assertThat(after).isEqualTo(before);
        }
        assertThat(copy.getJsonObject(4).getJsonObject("data"))
                .isEqualTo(object("title", "Original", "forked_from", thread, "forked_at", 4));
        assertThat(texts(guest.hub().get("/threads/" + id + "/messages?order=asc")))
                .containsExactly("One", "Two", "Another three");
        assertThat(texts(ada.hub().get("/threads/" + thread + "/messages?order=asc")))
                .containsExactly("One", "Two", "Three");
        assertThat(ada.hub()
                        .post("/threads/" + thread + "/fork", object("at", 100))
                        .param())
                .isEqualTo("at");
    }

    @Test
    void what_is_too_large_or_can_not_be_stored_is_refused_by_name() {
        var keys = new JsonObject();
        IntStream.range(0, 17).forEach(i -> keys.put("key" + i, "value"));

        assertThat(refused(object("title", "x".repeat(201)))).isEqualTo("title");
        assertThat(refused(object("title", "x\u0000y"))).isEqualTo("title");
        assertThat(refused(object("metadata", keys))).isEqualTo("metadata");
        assertThat(refused(object("metadata", object("x".repeat(65), "y")))).isEqualTo("metadata");
        assertThat(refused(object("metadata", object("x", "y".repeat(513))))).isEqualTo("metadata");
        assertThat(refused(object("metadata", object("x", "\u0000")))).isEqualTo("metadata");
        assertThat(refused(object("metadata", object("x", 1)))).isEqualTo("metadata.x");
        assertThat(refused(object("messages", list(object("content", "x".repeat(262_143))))))
                .isEqualTo("messages[0].content");
        assertThat(refused(object("messages", list(object("content", list(object("type", "text")))))))
                .isEqualTo("messages[0].content[0]");
        assertThat(refused(object("messages", list(object("role", "system", "content", "x")))))
                .isEqualTo("messages[0].role");
        var thread = ada.thread("Kept");
        ada.say(thread, "A null \u0000 and half a character \ud83d are said, as \ud83d\ude00 is");
        assertThat(texts(ada.hub().get("/threads/" + thread + "/messages")).getFirst())
                .contains("are said, as \ud83d\ude00 is");
        Await.until(
                "the others are found all the same",
                () -> ids(ada.hub().get("/threads?q=said")).equals(List.of(thread)));
    }

    private String refused(JsonObject thread) {
        var reply = ada.hub().post("/threads", thread);
        assertThat(reply.status()).as(reply.text()).isEqualTo(400);
        return reply.param();
    }

    private List<String> types(String thread) {
        return ada.hub().get("/threads/" + thread + "/events").data().stream()
                .map(event -> ((JsonObject) event).getString("type"))
                .toList();
    }

    private static List<String> texts(Hub.Reply messages) {
        return messages.data().stream()
                .map(message -> ((JsonObject) message).getString("content"))
                .toList();
    }

    static List<String> ids(Hub.Reply page) {
        return page.data().stream()
                .map(entry -> ((JsonObject) entry).getString("id"))
                .toList();
    }
}
