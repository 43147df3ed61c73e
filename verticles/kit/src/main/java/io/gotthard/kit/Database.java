package io.gotthard.kit;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.pubsub.PgSubscriber;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.flywaydb.core.Flyway;

/**
 * The PostgreSQL of this process: one pool of connections for all verticles, each of which has a schema of its own in it.
 *
 * <p>While the database is unreachable or too slow, whoever asks for a connection fails within {@value #CONNECT_SECONDS}
 * seconds, or at once if {@value #MAX_WAITING} are waiting already. Nothing must be done when it is back: each request tries
 * anew. A query that has begun has no time limit of its own; who cannot wait sets one with {@link Future#timeout}. Vert.x
 * 5.0.8 ignores the pool's TCP options, so a network that swallows packets is only noticed by the kernel, which takes a minute
 * for a new connection and some more for one in use.
 */
public final class Database {

    private static final int MAX_CONNECTIONS = 16;
    private static final int MAX_WAITING = 1000;
    private static final int CONNECT_SECONDS = 5;
    private static final int PING_SECONDS = 2;
    private static final Pattern SCHEMA = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    private final Vertx vertx;
    private final DatabaseUrl url;
    private final Pool pool;

    private Database(Vertx vertx, DatabaseUrl url) {
        this.vertx = vertx;
        this.url = url;
        this.pool = PgBuilder.pool()
                .with(new PoolOptions()
                        .setMaxSize(MAX_CONNECTIONS)
                        .setMaxWaitQueueSize(MAX_WAITING)
                        .setConnectionTimeout(CONNECT_SECONDS)
                        .setConnectionTimeoutUnit(TimeUnit.SECONDS)
                        .setIdleTimeout(5)
                        .setIdleTimeoutUnit(TimeUnit.MINUTES)
                        .setMaxLifetime(30)
                        .setMaxLifetimeUnit(TimeUnit.MINUTES))
                .connectingTo(url.connectOptions())
                .using(vertx)
                .build();
    }

    /**
     * Opens the pool; a connection is only made when one is needed.
     *
     * @param url {@code postgresql://user:password@host:port/database}, user and password percent-encoded; without
     *     {@code ?sslmode=}, which may be {@code disable}, {@code prefer}, {@code require} or {@code verify-full}, the
     *     connection is not encrypted
     * @throws IllegalArgumentException if the URL is none of that kind; the message does not repeat it
     */
    public static Database open(Vertx vertx, String url) {
        return new Database(vertx, DatabaseUrl.parse(url));
    }

    /**
     * Brings a schema up to date with the class path's {@code db/<schema>/V1__….sql}, {@code V2__….sql} and so on. Each is run
     * once, in order and in a transaction of its own; the schema's table {@code flyway_schema_history} remembers them. Several
     * nodes may do this at the same time: one does the work and the others wait for it.
     *
     * @return fails if there are no such files, if one of them fails, or if a file has changed since it was run
     * @throws IllegalArgumentException if the name is not made of a to z, 0 to 9 and _
     */
    public Future<Void> migrate(String schema) {
        if (!SCHEMA.matcher(schema).matches()) {
            throw new IllegalArgumentException("not a schema's name: " + schema);
        }
        return vertx.executeBlocking(
                () -> {
                    Flyway.configure(Database.class.getClassLoader())
                            .dataSource(url.jdbc(), url.user(), url.password())
                            .schemas(schema)
                            .locations("classpath:db/" + schema)
                            .failOnMissingLocations(true)
                            .validateMigrationNaming(true)
                            .cleanDisabled(true)
                            .load()
                            .migrate();
                    return null;
                },
                false);
    }

    /** Succeeds if the database answers a query within {@value #PING_SECONDS} seconds, and fails otherwise. */
    public Future<Void> ping() {
        return pool.query("SELECT 1")
                .execute()
                .timeout(PING_SECONDS, TimeUnit.SECONDS)
                .mapEmpty();
    }

    /** The connections, to be used from any verticle. Who opened the database closes it. */
    public Pool pool() {
        return pool;
    }

    /**
     * A connection of one's own that is not the pool's: for who must be able to break one that no longer answers. It fails within
     * {@value #CONNECT_SECONDS} seconds if the database can't be reached. Whoever asks for it closes it.
     */
    public Future<PgConnection> connect() {
        var connected = PgConnection.connect(vertx, url.connectOptions());
        return connected
                .timeout(CONNECT_SECONDS, TimeUnit.SECONDS)
                .onFailure(late -> connected.onSuccess(PgConnection::close));
    }

    /**
     * A listener to PostgreSQL's notifications on a connection of its own, not yet connected.
     *
     * @param owner whose current context it will run on
     */
    public PgSubscriber subscriber(Vertx owner) {
        return PgSubscriber.subscriber(owner, url.connectOptions());
    }

    /**
     * Closes all connections. Completes when they are closed, or after {@value #CONNECT_SECONDS} seconds: a connection that is
     * being made to a database that does not answer cannot be closed, and goes when Vert.x is closed.
     */
    public Future<Void> close() {
        return pool.close().timeout(CONNECT_SECONDS, TimeUnit.SECONDS).otherwiseEmpty();
    }
}
