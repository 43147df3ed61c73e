package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of runs that wait or change hands when who began them may no longer do what they might: they don't do it either. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RunRightsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final JsonObject QUESTION = object("question", "Which one?", "kind", "input");

    private static ScriptedUpstream upstream;
    private static RunningPlatform platform;
    private static Hub admin;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start()
                .on("asker", ScriptedAgents.calls("ask_human", QUESTION))
                .on("chief", ScriptedAgents.calls("asker", object("message", "Ask")))
                .on("holder", visit -> {
                    visit.open();
                    visit.word("Well ");
                    visit.silence();
                });
        var yaml = """
            runs: {drain: 1s}
            assistants:
              asker: {model: asker, tools: [{type: human}]}
              chief: {model: chief, tools: [{type: assistant, agent: Assistant/asker}]}
              holder: {model: holder}
            """ + upstream.configuration("");
        platform = RunningPlatform.start(yaml, TestDatabase.url());
        admin = new Hub(platform.url(), RunningPlatform.KEY);
    }

    @AfterAll
    static void stop() {
        platform.close();
        upstream.close();
    }

    /** One who began a run that waits for a person. */
    private static Initiator waiting() {
        var person = new Initiator(admin, upstream, "asker");
        person.awaitStatus("requires_action");
        return person;
    }

    private static void assertStopsWhenAnswered(Initiator person, String code) {
        assertThat(person.status()).isEqualTo("requires_action");
        person.answer();
        person.assertFailed(code);
        assertThat(person.asked("asker")).isEqualTo(1);
    }

    @Test
    void a_run_that_waited_goes_on_for_who_still_may() {
        var person = waiting();
        person.answer();
        person.awaitStatus("completed");
        assertThat(person.asked("asker")).isEqualTo(2);
    }

    @Test
    void a_key_that_was_revoked_ends_it() {
        var person = waiting();
        admin.delete("/keys/" + person.keyId).ok();
        assertStopsWhenAnswered(person, "not_allowed");
    }

    @Test
    void an_account_that_was_disabled_ends_it() {
        var person = waiting();
        admin.patch("/users/" + person.account, object("active", false)).ok();
        assertStopsWhenAnswered(person, "not_allowed");
    }

    @Test
    void an_account_that_left_the_tenant_ends_it() {
        var person = waiting();
        admin.delete("/tenants/" + person.tenant + "/members/" + person.account).ok();
        assertStopsWhenAnswered(person, "not_allowed");
    }

    @Test
    void who_may_no_longer_use_the_assistant_has_no_run_of_it() {
        var person = waiting();
        admin.delete(person.agents).ok();
        assertStopsWhenAnswered(person, "not_allowed");
    }

    @Test
    void who_may_no_longer_use_the_model_gets_nothing_of_it() {
        var person = waiting();
        admin.delete(person.models).ok();
        assertStopsWhenAnswered(person, "model_not_found");
    }

    @Test
    void rights_that_came_back_before_the_answer_are_rights() {
        var person = waiting();
        admin.delete(person.agents).ok();
        admin.put(person.agents).ok();
        person.answer();
        person.awaitStatus("completed");
    }

    @Test
    void a_nested_run_that_waited_stops_and_so_does_who_began_it() {
        var person = new Initiator(admin, upstream, "chief");
        Await.until(
                "a question", PATIENCE, () -> person.friend.get("/tasks").data().size() == 1);
        admin.delete(person.agents).ok();
        long before = upstream.count();
        person.answer();
        person.assertFailed("not_allowed");
        assertThat(person.friend
                        .get("/threads/" + person.thread + "/events?types=run.failed")
                        .data())
                .hasSize(2);
        assertThat(upstream.count()).isEqualTo(before);
    }

    @Test
    void a_run_that_is_taken_over_stops_if_its_key_was_revoked() throws SQLException {
        var person = new Initiator(admin, upstream, "holder");
        Await.until("its model is asked", PATIENCE, () -> person.asked("holder") == 1);
        admin.delete("/keys/" + person.keyId).ok();
        // As if its node had been silent for longer than the lease.
        try (var connection = TestDatabase.connect(TestDatabase.url());
                var statement = connection.prepareStatement(
                        "update assistants.runs set leased_until = now() - interval '1 s', lease = lease + 1, status ="
                                + " 'queued', node = null, ready_at = now() where id = ?")) {
            statement.setString(1, person.run);
            assertThat(statement.executeUpdate()).isEqualTo(1);
        }
        person.assertFailed("not_allowed");
        assertThat(person.asked("holder")).isEqualTo(1);
    }

    @Test
    void other_peoples_runs_and_tasks_are_as_unknown_ones() {
        var person = waiting();
        var account = Initiator.user(admin, person.tenant);
        Initiator.role(admin, person.tenant, account, "gotthard.admin.>");
        var colleague = admin.with(
                Initiator.key(admin, person.tenant, account, object()).getString("key"));
        var task = person.friend.get("/tasks").data().getJsonObject(0).getString("id");
        assertThat(colleague.get("/tasks").data()).isEmpty();
        var outputs = object("tool_outputs", list(object("tool_call_id", "call_x", "output", "Warm.")));
        for (var who : List.of(colleague, admin)) {
            assertUnknown(who, "GET", "/runs/%s", person.run, "run_x", null);
            assertUnknown(who, "GET", "/runs/%s/stream", person.run, "run_x", null);
            assertUnknown(who, "POST", "/runs/%s/wait", person.run, "run_x", null);
            assertUnknown(who, "POST", "/runs/%s/cancel", person.run, "run_x", null);
            assertUnknown(who, "POST", "/runs/%s/tool_outputs", person.run, "run_x", outputs);
            assertUnknown(who, "GET", "/tasks/%s", task, "task_x", null);
            assertUnknown(who, "POST", "/tasks/%s/answer", task, "task_x", object("answer", "Red"));
            assertUnknown(who, "GET", "/threads/%s/runs", person.thread, "thr_x", null);
            assertUnknown(who, "GET", "/threads/%s/events", person.thread, "thr_x", null);
        }
        assertThat(person.status()).isEqualTo("requires_action");
    }

    private static void assertUnknown(
            Hub who, String method, String path, String theirs, String nobodys, JsonObject body) {
        var hidden = who.ask(method, path.formatted(theirs), body);
        assertThat(hidden.status()).as(path).isEqualTo(404);
        assertThat(hidden.text())
                .isEqualTo(who.ask(method, path.formatted(nobodys), body).text());
    }
}
