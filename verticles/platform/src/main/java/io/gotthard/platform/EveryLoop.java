package io.gotthard.platform;

import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Deploys a verticle once on every event loop, so that whoever asks it finds one on its own.
 *
 * <p>Vert.x gives out event loops in turn, also to the HTTP clients that a verticle makes when it starts. So no instance may
 * start before all have got theirs: otherwise two share a loop, and another loop stays idle.
 */
final class EveryLoop implements Deployable {

    private final Deployable verticle;
    private final AtomicInteger missing;
    private final Promise<Void> complete;

    private EveryLoop(Deployable verticle, AtomicInteger missing, Promise<Void> complete) {
        this.verticle = verticle;
        this.missing = missing;
        this.complete = complete;
    }

    /** The deployment's id, once all instances have started. */
    static Future<String> deploy(Vertx vertx, int loops, Supplier<? extends Deployable> verticle) {
        var missing = new AtomicInteger(loops);
        var complete = Promise.<Void>promise();
        return vertx.deployVerticle(
                () -> new EveryLoop(verticle.get(), missing, complete), new DeploymentOptions().setInstances(loops));
    }

    @Override
    public Future<?> deploy(Context context) throws Exception {
        var started = Promise.<Object>promise();
        complete.future()
                .onComplete(all -> context.runOnContext(go -> start(context).onComplete(started)));
        if (missing.decrementAndGet() == 0) {
            complete.complete();
        }
        return started.future();
    }

    private Future<Object> start(Context context) {
        try {
            return verticle.deploy(context).map(started -> started);
        } catch (Exception e) {
            return Future.failedFuture(e);
        }
    }

    @Override
    public Future<?> undeploy(Context context) throws Exception {
        return verticle.undeploy(context);
    }
}
