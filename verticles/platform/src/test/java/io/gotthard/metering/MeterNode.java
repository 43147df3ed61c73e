package io.gotthard.metering;

import io.gotthard.contracts.Admission;
import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Demand;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Outcome;
import io.gotthard.contracts.Permissions;
import io.gotthard.contracts.Usage;
import io.gotthard.kit.Database;
import io.gotthard.kit.Settings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A process's metering over a database that others use as well, and who asks it: at the bus, and as models do, from event loops. */
final class MeterNode implements AutoCloseable {

    /** A token of the model {@link #MODEL} costs one nano. */
    static final String MODEL = "metered";

    private static final Map<String, Map<String, BigDecimal>> PRICES =
            Map.of(MODEL, Map.of("input", new BigDecimal("0.001"), "output", new BigDecimal("0.001")));

    private final Vertx vertx = Vertx.vertx();
    private final Database database;
    private final Metering metering;
    private final String deployment;
    private final Bus bus;

    private MeterNode(String url, Path data, String yaml) {
        database = Database.open(vertx, url);
        metering = new Metering(
                Settings.read(MeteringSettings.class, yaml, "the test", name -> null),
                PRICES,
                new SimpleMeterRegistry());
        deployment = vertx.deployVerticle(
                        new MeteringVerticle(metering, database, data, null),
                        new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                .await();
        bus = onLoop(() -> Future.succeededFuture(new Bus(vertx))).await();
    }

    static MeterNode start(String url, Path data) {
        return new MeterNode(url, data, "{fold: 200ms, webhook_secret: whsec-of-the-test}");
    }

    Vertx vertx() {
        return vertx;
    }

    Database database() {
        return database;
    }

    private interface Work<T> {
        Future<T> start();
    }

    /** On an event loop of its own, as if each were the request of another connection. */
    private <T> Future<T> onLoop(Work<T> work) {
        Promise<T> done = Promise.promise();
        vertx.runOnContext(now -> work.start().onComplete(done));
        return done.future();
    }

    static Caller spender(String key, String account, String tenant) {
        return new Caller(key, account, tenant, Permissions.NONE, null);
    }

    /** Someone new, in a tenant of their own. */
    static Caller stranger() {
        var name = UUID.randomUUID().toString().replace("-", "");
        return spender("key_" + name, "usr_" + name, "ten_" + name);
    }

    static Caller system() {
        return new Caller("key_root", "usr_root", "", true, List.of(), Permissions.ALL, null);
    }

    static Caller administrator(String tenant) {
        return new Caller("key_admin", "usr_admin", tenant, false, List.of(), Permissions.ALL, null);
    }

    static Usage tokens(long count) {
        return Usage.counted(MODEL, "upstream", Usage.Source.REPORTED, count, 0);
    }

    /** Asks for admission of a request of so many tokens, and waits for it to be durable. */
    Future<Admission> admit(Caller caller, long tokens) {
        return onLoop(() -> {
            var id = UUID.randomUUID().toString();
            var call = new Call(id, id, caller, Map.of(), null);
            return metering.admit(new Demand(call, "chat", tokens(tokens), tokens(tokens)))
                    .compose(admission -> admission.granted().map(admission));
        });
    }

    /** Settles on an event loop. */
    void settle(Admission admission, long tokens) {
        onLoop(() -> {
                    admission.settle(new Outcome(Outcome.End.COMPLETED, tokens(tokens), 1, 0));
                    return Future.succeededFuture();
                })
                .await();
    }

    /** Settles a request that got nothing. */
    void release(Admission admission) {
        onLoop(() -> {
                    admission.settle(new Outcome(Outcome.End.FAILED, null, 1, 0));
                    return Future.succeededFuture();
                })
                .await();
    }

    /** Admits and settles; what it was refused with, or null. */
    Failure spend(Caller caller, long tokens) {
        try {
            settle(admit(caller, tokens).await(20, TimeUnit.SECONDS), tokens);
            return null;
        } catch (Exception e) {
            return Failure.of(e);
        }
    }

    /** Asks at the bus, as the router does. */
    JsonObject ask(String address, Caller caller, Map<String, String> parameters, JsonObject body) {
        var parsed = body == null ? null : JsonBody.parse(body.toBuffer());
        return onLoop(() -> bus.ask(
                                address, new Call(bus.nextId(), "req-test", caller, "127.0.0.1", parameters, parsed))
                        .next())
                .map(Answer::body)
                .map(JsonObject::new)
                .await();
    }

    /** A wallet for a tenant, with so many nanos in it. */
    String wallet(String tenant, long nanos) {
        return walletOf("tenant", tenant, tenant, nanos);
    }

    String walletOf(String kind, String owner, String tenant, long nanos) {
        var body = new JsonObject()
                .put("owner", new JsonObject().put("kind", kind).put("id", owner))
                .put("tenant", tenant);
        var id = ask("metering.createWallet", system(), Map.of(), body).getString("id");
        if (nanos > 0) {
            topUp(id, nanos);
        }
        return id;
    }

    void topUp(String wallet, long nanos) {
        var body = new JsonObject()
                .put("amount", Money.text(nanos))
                .put("reference", UUID.randomUUID().toString());
        ask("metering.topUpWallet", system(), Map.of("wallet", wallet), body);
    }

    /** What the API says is left, in nanos. */
    long balance(String wallet) {
        var text = ask("metering.getWallet", system(), Map.of("wallet", wallet), null)
                .getString("balance");
        return Money.nanos(new BigDecimal(text));
    }

    /** What a call is refused with, as in {@code 404 not_found}; {@code none} if it is not. */
    static String refusal(Callable<?> refused) {
        try {
            refused.call();
        } catch (Exception e) {
            var failure = Failure.of(e);
            return failure.status() + " " + failure.code();
        }
        return "none";
    }

    /** What so many calls at once are refused with. */
    static List<String> atOnce(int times, Callable<?> call) throws Exception {
        var refusals = new ArrayList<String>();
        try (var threads = Executors.newFixedThreadPool(times)) {
            for (var refusal : threads.invokeAll(Collections.<Callable<String>>nCopies(times, () -> refusal(call)))) {
                refusals.add(refusal.get());
            }
        }
        return refusals;
    }

    void stop() {
        vertx.undeploy(deployment).await();
    }

    @Override
    public void close() {
        vertx.deploymentIDs().forEach(id -> vertx.undeploy(id).await());
        database.close().await();
        vertx.close().await();
    }
}
