package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/** An agent as clients see it. Its version is its {@code etag}. */
final class AgentResource {

    /** Instructions and tools may be a secret of those who wrote them. */
    private static final Set<String> FOR_ALL = Set.of("description", "icon", "visibility");

    private AgentResource() {}

    /** What the caller may see of it. */
    static JsonObject json(Caller caller, Agent agent) {
        boolean mine = Agents.mayChange(caller, agent);
        var json = new JsonObject()
                .put("id", agent.id())
                .put("class", agent.agentClass())
                .put("name", agent.name())
                .put("tenant", agent.tenant().isEmpty() ? null : agent.tenant())
                .put("owner", agent.owner().isEmpty() ? null : agent.owner())
                .put("version", agent.version())
                .put("can_change", mine);
        agent.definition().json().forEach(field -> {
            if (mine || FOR_ALL.contains(field.getKey())) {
                json.put(field.getKey(), field.getValue());
            }
        });
        return json;
    }

    static Answer answer(Caller caller, Agent agent) {
        return Answer.json(json(caller, agent).toBuffer()).with(Map.of("etag", tag(agent)));
    }

    /**
     * Checks the header {@code If-Match}, if it is there.
     *
     * @throws Failure 412 if it is about another version
     */
    static void checkTag(String wanted, Agent latest) {
        boolean matches = wanted == null
                || Arrays.stream(wanted.split(","))
                        .map(String::strip)
                        .anyMatch(one -> one.equals("*") || one.equals(tag(latest)));
        if (!matches) {
            throw Failure.refused(
                    412, "precondition_failed", "Somebody has changed it meanwhile: get it again, and decide anew.");
        }
    }

    private static String tag(Agent agent) {
        return "\"" + agent.version() + "\"";
    }
}
