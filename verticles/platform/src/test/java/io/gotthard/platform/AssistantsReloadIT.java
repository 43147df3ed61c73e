package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.ScriptedUpstream.Visit;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The assistants of the configuration change while they work. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AssistantsReloadIT {

    private static final String GUIDE = "Assistant/guide";
    private static final String CALL =
            "{\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"call_1\","
                    + "\"type\":\"function\",\"function\":{\"name\":\"time\",\"arguments\":\"{}\"}}]},"
                    + "\"finish_reason\":\"tool_calls\"}]}";

    private final CountDownLatch goOn = new CountDownLatch(1);
    private final ChangingPlatform site = ChangingPlatform.start();
    /** The version that the assistant has at first; others may have used the database and its name. */
    private int first;

    @BeforeEach
    void begin() throws IOException {
        site.upstream().on("slow", this::play);
        site.replace(site.yaml(guide("Before."), "slow", "old"));
        site.reload().ok();
        first = version();
    }

    @AfterEach
    void stop() {
        goOn.countDown();
        site.close();
    }

    private static String guide(String instructions) {
        return """
            assistants:
              guide: {model: slow, instructions: %s, tools: [{type: builtin, name: time}]}
            """.formatted(instructions);
    }

    /** Says its instructions; when it is to work, only after it was let and has called a tool. */
    private void play(Visit visit) throws IOException {
        var messages = new JsonObject(visit.body).getJsonArray("messages");
        var last = messages.getJsonObject(messages.size() - 1);
        visit.open();
        if ("work".equals(last.getString("content"))) {
            try {
                assertThat(goOn.await(60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            visit.event(CALL);
        } else {
            visit.word(messages.getJsonObject(0).getString("content"));
            visit.finish();
        }
        visit.event("[DONE]");
        visit.end();
    }

    /** Begins to work, and returns when its model has been asked. */
    private String working() {
        var thread = site.admin().post("/threads", object("title", "Work")).id();
        var run = site.admin()
                .post(
                        "/threads/" + thread + "/runs",
                        object("agent", GUIDE, "messages", list(object("role", "user", "content", "work"))))
                .id();
        site.upstream().visit("slow", 1);
        return run;
    }

    private JsonObject run(String id) {
        return site.admin().get("/runs/" + id).ok().json();
    }

    private void assertEndsWith(String run, String content) {
        goOn.countDown();
        Await.until("the run has ended", () -> run(run).getString("status").equals("completed"));
        assertThat(run(run).getJsonObject("output").getString("content")).isEqualTo(content);
    }

    /** What the assistant says of itself; empty if there is none. */
    private String says() {
        var answer = site.raw(RawClient.chat(GUIDE));
        if (answer.status() == 404) {
            return "";
        }
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return new JsonObject(answer.text())
                .getJsonArray("choices")
                .getJsonObject(0)
                .getJsonObject("message")
                .getString("content");
    }

    private int version() {
        return site.admin().get("/agents/" + GUIDE).ok().json().getInteger("version");
    }

    @Test
    void a_changed_assistant_is_another_version_and_runs_go_on_with_theirs() throws Exception {
        var run = working();
        site.replace(site.yaml(guide("After."), "slow", "old"));
        var reloaded = site.reload().ok().json();

        assertThat(reloaded.getJsonArray("needs_restart")).isEmpty();
        assertThat(says()).isEqualTo("After.");
        assertThat(version()).isEqualTo(first + 1);
        assertEndsWith(run, "Before.");
        assertThat(run(run).getInteger("agent_version")).isEqualTo(first);
        assertThat(site.reload().ok().json().getBoolean("changed")).isFalse();
        assertThat(version()).as("nothing changed").isEqualTo(first + 1);
        assertThat(site.log().alarms()).isEmpty();
    }

    @Test
    void one_that_is_no_longer_there_is_as_unknown_and_its_runs_go_on() throws Exception {
        assertThat(site.admin().post("/agents", mine()).code()).isEqualTo("name_taken");
        var run = working();
        // Nobody asks for it: the file is watched.
        site.replace(site.yaml("", "slow", "old"));
        Await.until("it is gone", () -> says().isEmpty());

        assertThat(site.admin().get("/agents/" + GUIDE).status()).isEqualTo(404);
        assertThat(site.admin().get("/agents?limit=100").text()).doesNotContain(GUIDE);
        assertEndsWith(run, "Before.");
        site.admin().post("/agents", mine()).ok();
        assertThat(says()).as("its name is free").isEqualTo("Mine.");
        site.admin().delete("/agents/" + GUIDE).ok();
    }

    private static JsonObject mine() {
        return object("name", "guide", "model", "slow", "instructions", "Mine.");
    }

    @Test
    void a_new_one_is_there_as_soon_as_the_file_is() throws Exception {
        site.replace(site.yaml(guide("Before.") + "  helper: {model: slow, instructions: Helps.}\n", "slow", "old"));
        Await.until(
                "it is there",
                () -> site.admin().get("/agents/Assistant/helper").status() == 200);
        assertThat(site.ask("Assistant/helper")).isEqualTo(200);
        assertThat(version()).as("the other one stays what it is").isEqualTo(first);
    }

    @Test
    void a_file_that_is_not_valid_in_one_place_changes_neither_assistants_nor_models() throws Exception {
        for (var invalid : List.of(
                site.yaml(guide("After.") + "  bad: {model: Assistant/guide}\n", "slow", "new"),
                site.yaml(guide("After.") + "  \"b a d\": {model: slow}\n", "slow", "new"),
                site.yaml(guide("After.") + "  bad: {model: slow, tools: [{type: mcp, name: x}]}\n", "slow", "new"),
                site.yaml(guide("After."), "slow", "new") + "  worse: {kind: fish}\n",
                site.yaml(guide("After."), "slow", "new").replace("url:", "tls: {ca: /no/such/file}, url:"))) {
            site.replace(invalid);
            assertThat(site.reload().status()).as(invalid).isEqualTo(409);
            assertThat(says()).as(invalid).isEqualTo("Before.");
            assertThat(version()).isEqualTo(first);
            assertThat(site.ask("new")).isEqualTo(404);
        }
        Files.writeString(site.file(), site.yaml(guide("After."), "slow", "new"));
        Await.until("the valid one is taken", () -> says().equals("After."));
        assertThat(site.ask("new")).isEqualTo(200);
    }
}
