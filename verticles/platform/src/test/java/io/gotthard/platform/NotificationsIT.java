package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What accounts are told of what concerns them, on two nodes over the real database. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class NotificationsIT extends OnTwoNodes {

    private Person ada;
    private Person grace;

    @BeforeEach
    void somebody() {
        ada = Person.in(nodes);
        grace = ada.colleague(nodes);
    }

    private static EventClient told(Hub who) {
        var client = EventClient.of(who);
        client.send(object("type", "subscribe", "id", "me", "notifications", true));
        client.next("subscribed");
        return client;
    }

    /** The next notification; that something may have been missed is said when a node begins to listen, and passed over. */
    private static JsonObject next(EventClient client) {
        while (true) {
            var notification = client.next("notification").getJsonObject("notification");
            if (!notification.getString("type").equals("missed")) {
                return notification;
            }
        }
    }

    private static void hears(List<EventClient> clients, JsonObject notification) {
        for (var client : clients) {
            assertThat(next(client)).isEqualTo(notification);
        }
    }

    @Test
    void whose_part_in_a_thread_changes_is_told_on_every_node() {
        try (var here = told(grace.hub());
                var there = told(grace.hub().at(nodes.second()))) {
            var both = List.of(here, there);
            var thread = ada.thread("Live");
            ada.invite(thread, grace, "reader");
            hears(both, object("type", "member.added", "thread_id", thread, "role", "reader"));
            ada.invite(thread, grace, "editor");
            hears(both, object("type", "member.changed", "thread_id", thread, "role", "editor"));
            ada.hub().delete("/threads/" + thread + "/members/" + grace.id()).ok();
            hears(both, object("type", "member.removed", "thread_id", thread));
        }
    }

    @Test
    void who_can_answer_is_told_of_questions_and_who_began_a_run_of_its_end() {
        var reader = ada.colleague(nodes);
        var agent = "Asker" + UUID.randomUUID().toString().substring(0, 8);
        try (var worker = TestWorker.of(admin.at(nodes.second()), agent, 4);
                var adaHere = told(ada.hub());
                var adaThere = told(ada.hub().at(nodes.second()));
                var graceThere = told(grace.hub().at(nodes.second()));
                var readerHere = told(reader.hub())) {
            var thread = ada.thread("Questions");
            hears(List.of(adaHere, adaThere), object("type", "member.added", "thread_id", thread, "role", "owner"));
            ada.invite(thread, grace, "editor");
            hears(List.of(graceThere), object("type", "member.added", "thread_id", thread, "role", "editor"));
            ada.invite(thread, reader, "reader");
            hears(List.of(readerHere), object("type", "member.added", "thread_id", thread, "role", "reader"));
            Await.until(
                    "the agent is there",
                    () -> ada.hub().get("/agents/" + agent + "/default").status() == 200);
            var run = ada.hub()
                    .post("/threads/" + thread + "/runs", object("agent", agent + "/default"))
                    .id();
            var start = worker.start();
            worker.said(
                    start,
                    1,
                    "input.requested",
                    "call_id",
                    run + "_c",
                    "kind",
                    "confirmation",
                    "prompt",
                    "The secret pass?");
            var task = grace.hub().get("/tasks").data().getJsonObject(0).getString("id");
            var asked = object(
                    "type", "task.opened", "thread_id", thread, "run_id", run, "task_id", task, "kind", "confirmation");
            hears(List.of(adaHere, adaThere, graceThere), asked);
            grace.hub()
                    .post("/tasks/" + task + "/answer", object("answer", true))
                    .ok();
            hears(
                    List.of(adaHere, adaThere, graceThere),
                    asked.copy().put("type", "task.closed").put("status", "answered"));
            worker.finish(worker.start(), 1, "Done");
            var ended = object("type", "run.ended", "thread_id", thread, "run_id", run, "status", "completed");
            hears(List.of(adaHere, adaThere), ended);
            // It was neither asked nor did it begin the run.
            readerHere.send(object("type", "ping", "id", "p"));
            readerHere.next("pong");
            var cancelled = ada.hub()
                    .post("/threads/" + thread + "/runs", object("agent", agent + "/default"))
                    .id();
            ada.hub().post("/runs/" + cancelled + "/cancel", null).ok();
            hears(List.of(adaThere), ended.copy().put("run_id", cancelled).put("status", "cancelled"));
        }
    }

    @Test
    void a_client_whose_key_is_revoked_on_the_other_node_is_told_nothing_more() {
        try (var client = told(ada.hub().at(nodes.second()))) {
            var id = admin.get("/keys?account=" + ada.id())
                    .data()
                    .getJsonObject(0)
                    .getString("id");
            admin.delete("/keys/" + id).ok();
            assertThat(client.closed()).isEqualTo(4403);
        }
    }
}
