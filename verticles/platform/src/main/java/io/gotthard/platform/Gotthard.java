package io.gotthard.platform;

import io.gotthard.accounts.AccountsVerticle;
import io.gotthard.assistants.AssistantsInUse;
import io.gotthard.assistants.AssistantsVerticle;
import io.gotthard.contracts.Meter;
import io.gotthard.kit.Database;
import io.gotthard.metering.Metering;
import io.gotthard.metering.MeteringVerticle;
import io.gotthard.models.Idempotency;
import io.gotthard.models.Kind;
import io.gotthard.models.ModelsInUse;
import io.gotthard.models.ModelsVerticle;
import io.gotthard.realtime.RealtimeDoors;
import io.gotthard.realtime.RealtimeVerticle;
import io.gotthard.realtime.TcpDoor;
import io.gotthard.router.BodyBudget;
import io.gotthard.router.RouterVerticle;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBus;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole platform in this process: {@link #start} brings it up in order, {@link #close} takes it down in reverse, letting
 * running requests finish.
 */
public final class Gotthard implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Gotthard.class);
    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration STOP = Duration.ofMinutes(1);

    private final Deque<Closing> closings = new ArrayDeque<>();
    private final Consumer<String> progress;
    private EventBus events;
    private URI url;
    private String firstKey;
    private int tcpPort;
    private String someChatModel;

    @FunctionalInterface
    private interface Closing {
        void close() throws Exception;
    }

    private Gotthard(Consumer<String> progress) {
        this.progress = progress;
    }

    /**
     * Starts the platform.
     *
     * @param environment the variables {@code GOTTHARD_*}, and those that the configuration refers to
     * @param progress hears what is being done, a line each
     * @throws io.gotthard.kit.SettingsException if the configuration is wrong
     * @throws IOException if the embedded database or a verticle can't be started; what was started is stopped again
     */
    public static Gotthard start(Map<String, String> environment, Consumer<String> progress) throws IOException {
        var file = ConfigurationFile.of(environment);
        var text = file.text();
        var configuration = Configuration.read(file, text);
        var gotthard = new Gotthard(progress);
        try {
            gotthard.bringUp(file, text, configuration);
            return gotthard;
        } catch (IOException | RuntimeException e) {
            gotthard.close();
            throw e;
        }
    }

    private void bringUp(ConfigurationFile file, String text, Configuration configuration) throws IOException {
        var databaseUrl = configuration.databaseUrl();
        if (databaseUrl == null) {
            var postgres = Postgres.start(Path.of(configuration.data()), progress);
            closings.push(postgres::close);
            databaseUrl = postgres.url();
        }
        int loops = Runtime.getRuntime().availableProcessors();
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(loops).setPreferNativeTransport(true));
        closings.push(() -> vertx.close().await(STOP.toMillis(), TimeUnit.MILLISECONDS));
        events = vertx.eventBus();
        var database = Database.open(vertx, databaseUrl);
        closings.push(() -> database.close().await(STOP.toMillis(), TimeUnit.MILLISECONDS));

        progress.accept("deploying accounts");
        var accounts = new AccountsVerticle(
                configuration.accounts(),
                configuration.oidc(),
                database,
                configuration.adminKey(),
                key -> firstKey = key);
        started(
                vertx,
                vertx.deployVerticle(
                        accounts, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
        var registry = registry();
        var metering = metering(configuration, vertx, database, registry);
        progress.accept("deploying models");
        someChatModel = configuration.models().entrySet().stream()
                .filter(model -> model.getValue().kind() == Kind.CHAT)
                .map(Map.Entry::getKey)
                .filter(name -> !name.endsWith("*"))
                .findFirst()
                .orElse("demo-chat");
        var http = configuration.http();
        var models = new ModelsInUse(configuration.forModels(configuration), registry);
        var idempotency = new Idempotency(configuration.idempotency(), database);
        await(idempotency.start(vertx), "Requests with an Idempotency-Key");
        closings.push(() -> idempotency.close().await(STOP.toMillis(), TimeUnit.MILLISECONDS));
        var meter = metering == null ? Meter.OFF : metering;
        deploy(vertx, loops, () -> new ModelsVerticle(models, meter, idempotency));
        progress.accept("deploying assistants");
        var assistants = new AssistantsInUse(configuration.assistants(), database);
        started(
                vertx,
                vertx.deployVerticle(
                        new AssistantsVerticle(configuration.runs(), assistants, database),
                        new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
        var reload = new ConfigurationReload(file, configuration, models, assistants, metering);
        started(vertx, vertx.deployVerticle(new ConfigurationVerticle(reload, text)));
        progress.accept("deploying realtime");
        started(vertx, vertx.deployVerticle(new RealtimeVerticle(database)));
        if (configuration.realtime().tcpBridge() != null) {
            started(vertx, vertx.deployVerticle(new TcpDoor(configuration.realtime(), at -> tcpPort = at)));
        }
        var realtime = new RealtimeDoors(configuration.realtime(), registry);
        progress.accept("deploying router");
        var needed = configuration.metering().enabled()
                ? List.of("accounts", "models", "metering")
                : List.of("accounts", "models");
        var bodies = new BodyBudget(Runtime.getRuntime().maxMemory());
        var ports = new ConcurrentLinkedQueue<Integer>();
        deploy(
                vertx,
                loops,
                () -> new RouterVerticle(http, needed, registry, bodies, List.of(realtime::mount), ports::add));
        int port = ports.element();
        url = URI.create("http://" + (http.host().contains(":") ? "[" + http.host() + "]" : http.host()) + ":" + port);
    }

    /** Outlives the models, which settle with it what they have been asked; null if nothing is metered. */
    private Metering metering(
            Configuration configuration, Vertx vertx, Database database, PrometheusMeterRegistry registry)
            throws IOException {
        if (!configuration.metering().enabled()) {
            return null;
        }
        progress.accept("deploying metering");
        var metering = new Metering(configuration.metering(), configuration.prices(), registry);
        var verticle =
                new MeteringVerticle(metering, database, Path.of(configuration.data()), configuration.redisUrl());
        started(
                vertx,
                vertx.deployVerticle(
                        verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
        return metering;
    }

    private void deploy(Vertx vertx, int loops, Supplier<? extends Deployable> verticle) throws IOException {
        started(vertx, EveryLoop.deploy(vertx, loops, verticle));
    }

    private void started(Vertx vertx, Future<String> deployment) throws IOException {
        var id = await(deployment, "A verticle");
        closings.push(() -> vertx.undeploy(id).await(STOP.toMillis(), TimeUnit.MILLISECONDS));
    }

    private static <T> T await(Future<T> starting, String what) throws IOException {
        try {
            return starting.await(START.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException(what + " did not start within " + START, e);
        }
    }

    private static PrometheusMeterRegistry registry() {
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        return registry;
    }

    /** Where the platform listens. */
    public URI url() {
        return url;
    }

    /** Where workers may speak TCP, or 0 if they may not. */
    int tcpPort() {
        return tcpPort;
    }

    /** Where events are published, for whoever else is in this process. */
    EventBus events() {
        return events;
    }

    /** A model to try a first chat with: the configuration's first, or the demo. */
    String someChatModel() {
        return someChatModel;
    }

    /** The administrator's key that was made at this start, or null if there was one already. */
    String firstKey() {
        return firstKey;
    }

    /** Stops accepting, lets running requests finish, and stops everything in the reverse order of its start. */
    @Override
    public void close() {
        while (!closings.isEmpty()) {
            try {
                closings.pop().close();
            } catch (Exception e) {
                // The rest is to be stopped all the same.
                LOG.warn("Something did not stop cleanly", e);
            }
        }
    }
}
