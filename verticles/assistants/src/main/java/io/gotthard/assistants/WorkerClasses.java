package io.gotthard.assistants;

import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.pubsub.PgSubscriber;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The classes that have a worker somewhere, as this node knows them: a class is here some milliseconds after its first worker came, and
 * gone when its last one says so, or is silent for {@link WorkerRows#ALIVE_MILLIS}.
 */
final class WorkerClasses implements AnnouncedAgents {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerClasses.class);
    private static final String CHANNEL = "assistants_workers";
    private static final String CHANGED = "changed ";
    private static final long RETRY_MILLIS = 250;

    private record Key(String tenant, String name) {}

    /** @param elsewhere whether another node has workers of it */
    private record Known(AgentClass agentClass, long until, boolean elsewhere) {

        boolean isLive() {
            return System.nanoTime() < until;
        }
    }

    private final WorkerRows rows;
    private final PgSubscriber subscriber;
    private final Consumer<String> told;
    private volatile Map<Key, Known> classes = Map.of();

    /** @param told is told of a run that is not what it was, by its id, or null if there is one to take */
    WorkerClasses(Vertx vertx, Database database, WorkerRows rows, Consumer<String> told) {
        this.rows = rows;
        this.told = told;
        this.subscriber = database.subscriber(vertx);
    }

    /** Looks, and hears from then on of workers that come and go. */
    Future<Void> listen() {
        subscriber.reconnectPolicy(retries -> RETRY_MILLIS);
        var channel = subscriber.channel(CHANNEL);
        channel.handler(message -> look());
        // After an interruption nobody knows what was missed.
        channel.subscribeHandler(subscribed -> look());
        subscriber
                .channel(RunChange.CHANNEL)
                .handler(message ->
                        told.accept(message.startsWith(CHANGED) ? message.substring(CHANGED.length()) : null));
        return subscriber.connect().compose(connected -> look());
    }

    /** Looks who is there. Fails never: while the database is away, what was known stays until it would have been renewed. */
    Future<Void> look() {
        return rows.live()
                .onSuccess(live -> {
                    var found = new HashMap<Key, Known>();
                    long now = System.nanoTime();
                    // The latest announcement of a class comes last.
                    live.forEach(row -> {
                        var tenant = row.getString("tenant");
                        var name = row.getString("class");
                        var agentClass = AgentClass.of(tenant, (JsonObject) row.getValue("announcement"));
                        long until = now + TimeUnit.MILLISECONDS.toNanos(row.getLong("left_ms"));
                        found.merge(
                                new Key(tenant, name),
                                new Known(
                                        agentClass,
                                        until,
                                        !row.getString("node").equals(rows.node())),
                                (a, b) -> new Known(
                                        b.agentClass, Math.max(a.until, b.until), a.elsewhere || b.elsewhere));
                    });
                    classes = Map.copyOf(found);
                })
                .onFailure(cause -> LOG.warn("It is not known which workers there are: {}", cause.getMessage()))
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    /** The class of that name for a tenant, or null: the tenant's own one, or else that of all. */
    AgentClass find(String tenant, String name) {
        var own = classes.get(new Key(tenant, name));
        var found = own != null && own.isLive() ? own : classes.get(new Key("", name));
        return found != null && found.isLive() ? found.agentClass() : null;
    }

    /** Whether workers of it are connected to another node. */
    boolean isElsewhere(AgentClass agentClass) {
        var known = classes.get(new Key(agentClass.tenant(), agentClass.name()));
        return known != null && known.elsewhere();
    }

    /** Whether there may be any class at all. */
    boolean isAny() {
        return !classes.isEmpty();
    }

    /** The classes for a tenant. */
    List<AgentClass> of(String tenant) {
        return classes.keySet().stream()
                .filter(key -> key.tenant().equals(tenant) || key.tenant().isEmpty())
                .map(Key::name)
                .distinct()
                .sorted()
                .map(name -> find(tenant, name))
                .filter(found -> found != null)
                .toList();
    }

    @Override
    public Future<List<Agent>> all(String tenant) {
        return Future.succeededFuture(of(tenant).stream()
                .flatMap(found -> found.names().stream().map(found::agent))
                .toList());
    }

    @Override
    public Future<Agent> find(String tenant, String agentClass, String name) {
        var found = find(tenant, agentClass);
        return Future.succeededFuture(found == null || !found.names().contains(name) ? null : found.agent(name));
    }

    @Override
    public boolean isModel(Agent agent) {
        var known = classes.get(new Key(agent.tenant(), agent.agentClass()));
        return known != null && known.agentClass().conversational();
    }

    Future<Void> close() {
        return subscriber.close();
    }
}
