package io.gotthard.assistants;

import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Rule.Level;
import io.gotthard.kit.Database;
import io.gotthard.kit.Refusal;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * The agents there are: those of the configuration, for all tenants; those that tenants and people made; and those of classes that workers
 * announced. What somebody may not use is for them as if it were not there.
 */
final class Agents {

    /** With the definition of the latest version. */
    static final String LATEST = """
        select a.class, a.name, a.tenant, a.owner, a.version, a.first_version, a.created_at, a.updated_at, v.definition
        from assistants.agents a join assistants.agent_versions v using (tenant, class, name, version)
        where a.deleted_at is null and a.owner <> ''
        """;

    private static final String USE = "service.assistants";

    private final Database database;
    private final AssistantsInUse configured;
    private final AnnouncedAgents announced;

    Agents(Database database, AssistantsInUse configured, AnnouncedAgents announced) {
        this.database = database;
        this.configured = configured;
        this.announced = announced;
    }

    /**
     * The agent with an id such as {@code Assistant/helper} in its latest version, if the caller may use it.
     *
     * @return fails with {@link Failure} 404 if not
     */
    Future<Agent> find(Caller caller, String id) {
        int slash = id.indexOf('/');
        var agentClass = slash < 0 ? "" : id.substring(0, slash);
        var name = id.substring(slash + 1);
        if (!DefinitionRules.NAME.matcher(agentClass).matches()
                || !DefinitionRules.NAME.matcher(name).matches()) {
            return Future.failedFuture(notFound());
        }
        return candidates(caller, agentClass, name)
                .map(candidates -> candidates.stream()
                        .filter(agent -> agent != null && mayUse(caller, agent))
                        .findFirst()
                        .orElseThrow(Agents::notFound));
    }

    /** The tenant's own one is nearer than that of all. */
    private Future<List<Agent>> candidates(Caller caller, String agentClass, String name) {
        if (!agentClass.equals(Agent.DECLARED)) {
            return announced.find(caller.tenant(), agentClass, name).map(Agents::listed);
        }
        return database.pool()
                .preparedQuery(
                        LATEST + " and a.class = $1 and a.name = $2 and a.tenant in ($3, '') order by a.tenant desc")
                .execute(Tuple.of(agentClass, name, caller.tenant()))
                .map(rows -> {
                    var found = new ArrayList<Agent>();
                    rows.forEach(row -> found.add(agent(row)));
                    found.addAll(listed(configured.find(name)));
                    return found;
                });
    }

    private static List<Agent> listed(Agent agent) {
        return agent == null ? List.of() : List.of(agent);
    }

    /** Whether an agent can be asked as a model: all that were declared can, and those whose workers say so. */
    boolean isModel(Agent agent) {
        return agent.agentClass().equals(Agent.DECLARED) || announced.isModel(agent);
    }

    /** All that the caller may use, by their ids. */
    Future<List<Agent>> all(Caller caller) {
        var found = new TreeMap<String, Agent>(Comparator.naturalOrder());
        configured.all().stream().filter(agent -> mayUse(caller, agent)).forEach(agent -> found.put(agent.id(), agent));
        return database.pool()
                .preparedQuery(LATEST + " and a.tenant in ($1, '') order by a.tenant")
                .execute(Tuple.of(caller.tenant()))
                .compose(rows -> {
                    rows.forEach(row -> {
                        var agent = agent(row);
                        if (mayUse(caller, agent)) {
                            found.put(agent.id(), agent);
                        }
                    });
                    return announced.all(caller.tenant());
                })
                .map(others -> {
                    others.stream()
                            .filter(agent -> mayUse(caller, agent))
                            .forEach(agent -> found.put(agent.id(), agent));
                    return List.copyOf(found.values());
                });
    }

    /**
     * An agent as it was in one of its versions, be it deleted meanwhile: for a run that began with it.
     *
     * @param tenant {@link Agent#tenant} as the run began
     * @return the agent, or null if there was no such version
     */
    Future<Agent> version(String tenant, String agentClass, String name, int version) {
        return database.pool()
                .preparedQuery("""
                    select a.class, a.name, a.tenant, a.owner, v.version, v.definition
                    from assistants.agents a join assistants.agent_versions v using (tenant, class, name)
                    where a.tenant = $1 and a.class = $2 and a.name = $3 and v.version = $4
                    """)
                .execute(Tuple.of(tenant, agentClass, name, version))
                .map(rows -> rows.size() == 0 ? null : agent(rows.iterator().next()));
    }

    /** Whether one is the configuration's, and so can't be changed by anybody. */
    boolean isConfigured(String name) {
        return configured.find(name) != null;
    }

    static Agent agent(Row row) {
        return new Agent(
                row.getString("class"),
                row.getString("name"),
                row.getString("tenant"),
                row.getString("owner"),
                row.getInteger("version"),
                AgentDefinition.of((JsonObject) row.getValue("definition")));
    }

    /** A private one is its owner's alone; the others are for whom the rules allow it. */
    static boolean mayUse(Caller caller, Agent agent) {
        if (caller.boundModel() != null && !caller.boundModel().equals(agent.id())) {
            return false;
        }
        boolean allowed = caller.permissions().allows(Level.USER, agent.resource());
        return isOwner(caller, agent)
                || (allowed && !agent.definition().visibility().equals(AgentDefinition.PRIVATE));
    }

    /** Who may use it may change it if it is theirs, or if they administer it in the tenant that it belongs to. */
    static boolean mayChange(Caller caller, Agent agent) {
        return isDeclaredHere(caller, agent)
                && (isOwner(caller, agent) || caller.permissions().allows(Level.ADMIN, agent.resource()));
    }

    private static boolean isDeclaredHere(Caller caller, Agent agent) {
        return agent.agentClass().equals(Agent.DECLARED)
                && !agent.owner().isEmpty()
                && agent.tenant().equals(caller.tenant());
    }

    /** A credential that is for something else is not good for one's assistants either. */
    private static boolean isOwner(Caller caller, Agent agent) {
        return agent.owner().equals(caller.account())
                && agent.tenant().equals(caller.tenant())
                && (caller.permissions().allows(Level.USER, USE)
                        || caller.permissions().allows(Level.USER, agent.resource()));
    }

    /** What is told of one that is not there, or that the caller may not know of. */
    static Failure notFound() {
        return Refusal.notFound("agent");
    }
}
