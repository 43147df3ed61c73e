package io.gotthard.platform;

import static io.gotthard.platform.Hub.list;
import static io.gotthard.platform.Hub.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.UUID;

/** Somebody in a tenant, with a role for models, one for agents, and one for threads. */
final class Initiator {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ScriptedUpstream upstream;
    final String tenant;
    final String account;
    /** The path of the role for models. */
    final String models;
    /** The path of the role for agents. */
    final String agents;
    /** What the run was told. */
    final String marker = UUID.randomUUID().toString();

    final String keyId;
    /** Somebody else in the thread, who may do everything. */
    final Hub friend;

    final String thread;
    final String run;

    /** Has begun a run, in a thread with a friend who may do everything. */
    Initiator(Hub admin, ScriptedUpstream upstream, String agent) {
        this.upstream = upstream;
        tenant = admin.post("/tenants", object("name", "Team " + UUID.randomUUID()))
                .id();
        account = user(admin, tenant);
        models = role(admin, tenant, account, "gotthard.user.model.>");
        agents = role(admin, tenant, account, "gotthard.user.agent.>");
        role(admin, tenant, account, "gotthard.user.service.assistants");
        var key = key(admin, tenant, account, object());
        keyId = key.getString("id");
        var self = admin.with(key.getString("key"));
        var other = user(admin, tenant);
        role(admin, tenant, other, "gotthard.user.>");
        friend = admin.with(key(admin, tenant, other, object()).getString("key"));
        thread = self.post("/threads", object("title", "A run")).id();
        self.put("/threads/" + thread + "/members/" + other, object("role", "editor"))
                .ok();
        var messages = list(object("role", "user", "content", marker));
        run = self.post("/threads/" + thread + "/runs", object("agent", "Assistant/" + agent, "messages", messages))
                .id();
    }

    static String user(Hub admin, String tenant) {
        var id = admin.post("/users", object("email", UUID.randomUUID() + "@example.org", "name", "Somebody"))
                .id();
        admin.put("/tenants/" + tenant + "/members/" + id).ok();
        return id;
    }

    /** The path by which it can be taken away. */
    static String role(Hub admin, String tenant, String account, String rule) {
        var id = admin.post("/roles", object("name", "R " + UUID.randomUUID(), "tenant", tenant, "rules", list(rule)))
                .id();
        var path = "/tenants/" + tenant + "/members/" + account + "/roles/" + id;
        admin.put(path).ok();
        return path;
    }

    static JsonObject key(Hub admin, String tenant, String account, JsonObject more) {
        return admin.post(
                        "/keys",
                        object("name", "a key", "account", account, "tenant", tenant)
                                .mergeIn(more))
                .ok()
                .json();
    }

    /** How often the model was asked in this run. */
    long asked(String model) {
        return upstream.visits(model).stream()
                .filter(visit -> visit.body.contains(marker))
                .count();
    }

    String status() {
        return friend.get("/runs/" + run).ok().json().getString("status");
    }

    void awaitStatus(String status) {
        Await.until("the run is " + status, PATIENCE, () -> status.equals(status()));
    }

    void answer() {
        var tasks = friend.get("/tasks").data();
        assertThat(tasks).hasSize(1);
        friend.post("/tasks/" + tasks.getJsonObject(0).getString("id") + "/answer", object("answer", "Blue"))
                .ok();
    }

    void assertFailed(String code) {
        awaitStatus("failed");
        var error = friend.get("/runs/" + run).ok().json().getJsonObject("error");
        assertThat(error.getString("code")).as(error.encode()).isEqualTo(code);
    }
}
