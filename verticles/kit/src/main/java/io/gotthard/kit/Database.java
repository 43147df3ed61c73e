package io.gotthard.kit;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.pubsub.PgSubscriber;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;

/** Provisional. */
public final class Database {
    private final Vertx vertx;
    private final PgConnectOptions options;
    private final Pool pool;

    private Database(Vertx vertx, String url) {
        this.vertx = vertx;
        this.options = PgConnectOptions.fromUri(url).setCachePreparedStatements(true);
        this.pool = PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(8).setMaxWaitQueueSize(1000))
                .connectingTo(options)
                .using(vertx)
                .build();
    }

    /** Provisional. */
    public static Database open(Vertx vertx, String url) {
        return new Database(vertx, url);
    }

    /** Provisional. */
    public Future<Void> migrate(String schema) {
        return vertx.executeBlocking(() -> {
            Flyway.configure()
                    .dataSource(
                            "jdbc:postgresql://" + options.getHost() + ":" + options.getPort() + "/" + options.getDatabase(),
                            options.getUser(),
                            options.getPassword())
                    .schemas(schema)
                    .locations("classpath:db/" + schema)
                    .load()
                    .migrate();
            return null;
        });
    }

    /** Provisional. */
    public Future<Void> ping() {
        return pool.query("select 1").execute().timeout(2, TimeUnit.SECONDS).mapEmpty();
    }

    /** Provisional. */
    public Pool pool() {
        return pool;
    }

    /** Provisional. */
    public PgSubscriber subscriber(Vertx owner) {
        return PgSubscriber.subscriber(owner, options);
    }

    /** Provisional. */
    public Future<Void> close() {
        return pool.close();
    }
}
