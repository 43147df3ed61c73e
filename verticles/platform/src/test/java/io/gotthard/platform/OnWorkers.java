package io.gotthard.platform;

import static io.gotthard.platform.Hub.object;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What tests of workers have in common: two nodes, and for each test a class of its own. */
class OnWorkers extends OnTwoNodes {

    private static final AtomicInteger NEXT = new AtomicInteger();

    final String agentClass = "Class" + NEXT.incrementAndGet();

    static boolean isThere(Hub who, String model) {
        return who.get("/agents?limit=200").data().stream()
                .anyMatch(agent -> ((JsonObject) agent).getString("id").equals(model));
    }

    void awaitThere(Hub who) {
        Await.until(agentClass + " is there", Duration.ofSeconds(1), () -> isThere(who, agentClass + "/default"));
    }

    JsonObject begin(Hub who) {
        return who.post("/agents/" + agentClass + "/default/runs", object("to", 3))
                .ok()
                .json();
    }

    static JsonObject waited(Hub who, JsonObject run) {
        return who.post("/runs/" + run.getString("id") + "/wait?timeout=20", null)
                .ok()
                .json();
    }

    static List<JsonObject> events(Hub who, JsonObject run) {
        var events = new ArrayList<JsonObject>();
        who.get("/threads/" + run.getString("thread_id") + "/events?limit=200")
                .data()
                .forEach(event -> events.add((JsonObject) event));
        return events;
    }

    static List<String> types(Hub who, JsonObject run) {
        return events(who, run).stream()
                .filter(event -> run.getString("id").equals(event.getString("run_id")))
                .map(event -> event.getString("type"))
                .toList();
    }
}
