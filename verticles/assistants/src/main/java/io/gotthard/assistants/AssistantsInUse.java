package io.gotthard.assistants;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The assistants of this process's configuration, and how they are changed while they are being asked: all of them or none. Those that say
 * something else than before get another version; runs go on with the one they began with. Nodes whose configurations differ have
 * different ones.
 *
 * <p>Safe to be used from any thread.
 */
public final class AssistantsInUse {

    private record Setup(Map<String, AssistantSettings> settings, Map<String, Agent> agents) {}

    private final Database database;
    private final Map<String, AssistantSettings> first;
    private volatile Setup setup = new Setup(Map.of(), Map.of());
    /** The change that is under way, or was the last. */
    private Future<Boolean> last = Future.succeededFuture(false);

    /**
     * Assistants that are not there yet: the verticle declares them when it starts.
     *
     * @param settings the assistants of the configuration, by their names
     */
    public AssistantsInUse(Map<String, AssistantSettings> settings, Database database) {
        this.first = Map.copyOf(settings);
        this.database = database;
    }

    /** Declares the first ones. */
    Future<Boolean> start() {
        return change(first, () -> Future.succeededFuture(false));
    }

    /**
     * Has these as the configuration's from now on.
     *
     * @param meanwhile done when all is ready, and before anything is changed; if it fails, nothing is
     * @return whether anything changed here or there; fails, and nothing has, if the database is away
     */
    public synchronized Future<Boolean> change(
            Map<String, AssistantSettings> settings, Supplier<Future<Boolean>> meanwhile) {
        last = last.transform(before -> changeNow(Map.copyOf(settings), meanwhile));
        return last;
    }

    private Future<Boolean> changeNow(Map<String, AssistantSettings> settings, Supplier<Future<Boolean>> meanwhile) {
        var before = setup;
        if (settings.equals(before.settings())) {
            return meanwhile.get();
        }
        // A version that does not take effect after all is one that nobody works with.
        return database.pool()
                .withTransaction(connection -> declare(connection, before, settings))
                .compose(agents -> meanwhile.get().map(done -> {
                    setup = new Setup(settings, agents);
                    return true;
                }));
    }

    /** In the order of their names, because other nodes may be doing the same. */
    private static Future<Map<String, Agent>> declare(
            SqlConnection connection, Setup before, Map<String, AssistantSettings> settings) {
        var agents = new TreeMap<String, Agent>();
        Future<?> done = Future.succeededFuture();
        for (var one : new TreeMap<>(settings).entrySet()) {
            var name = one.getKey();
            if (one.getValue().equals(before.settings().get(name))) {
                agents.put(name, before.agents().get(name));
            } else {
                done = done.compose(earlier ->
                                declare(connection, name, one.getValue().definition()))
                        .onSuccess(agent -> agents.put(name, agent));
            }
        }
        return done.map(all -> Map.copyOf(agents));
    }

    private static Future<Agent> declare(SqlConnection connection, String name, AgentDefinition definition) {
        return connection
                .preparedQuery("""
                    insert into assistants.agents (class, name, tenant, owner, version) values ('Assistant', $1, '', '', 0)
                    on conflict (tenant, class, name) do update set owner = '', deleted_at = null
                    returning version
                    """)
                .execute(Tuple.of(name))
                .compose(row -> connection
                        .preparedQuery("""
                            select version from assistants.agent_versions
                            where tenant = '' and class = 'Assistant' and name = $1 and version = $2 and definition = $3
                                and created_by = ''
                            """)
                        .execute(Tuple.of(name, version(row.iterator().next()), definition.json()))
                        .compose(same -> same.size() == 1
                                ? Future.succeededFuture(version(same.iterator().next()))
                                : connection
                                        .preparedQuery("""
                                            with next as (
                                                update assistants.agents set version = version + 1, updated_at = now()
                                                where tenant = '' and class = 'Assistant' and name = $1 returning version)
                                            insert into assistants.agent_versions
                                                (tenant, class, name, version, definition, created_by)
                                            select '', 'Assistant', $1, version, $2, '' from next returning version
                                            """)
                                        .execute(Tuple.of(name, definition.json()))
                                        .map(rows -> version(rows.iterator().next()))))
                .map(version -> new Agent(Agent.DECLARED, name, "", "", version, definition));
    }

    private static int version(Row row) {
        return row.getInteger("version");
    }

    /** The one with this name, or null. */
    Agent find(String name) {
        return setup.agents().get(name);
    }

    /** All of them. */
    Collection<Agent> all() {
        return setup.agents().values();
    }
}
