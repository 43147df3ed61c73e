package io.gotthard.platform;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Rule.Level;
import io.gotthard.kit.SettingsException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** Serves the configuration of this node: it is read again when an administrator asks for it, or when its file has changed. */
final class ConfigurationVerticle extends VerticleBase {

    private static final String RESOURCE = "service.config";

    private final ConfigurationReload reload;
    private final String taken;
    private ConfigurationWatch watch;
    private Bus bus;

    /** @param taken what the file said when it was taken first */
    ConfigurationVerticle(ConfigurationReload reload, String taken) {
        this.reload = reload;
        this.taken = taken;
    }

    @Override
    public Future<?> start() {
        bus = new Bus(vertx);
        watch = new ConfigurationWatch(reload, taken);
        return bus.serve("platform.reloadConfig", (call, stream) -> reload(call));
    }

    @Override
    public Future<?> stop() {
        watch.close();
        return bus.close(1_000);
    }

    private Future<Answer> reload(Call call) {
        var caller = call.caller();
        if (!caller.administrator() || !caller.permissions().allows(Level.ADMIN, RESOURCE)) {
            throw Failure.forbidden("Only a system administrator may do this.");
        }
        var reloading = watch.reload();
        return vertx.executeBlocking(
                (Callable<Answer>) () -> {
                    try {
                        return answer(reloading.get());
                    } catch (ExecutionException e) {
                        throw e.getCause() instanceof SettingsException invalid
                                ? refused(invalid)
                                : Failure.of(e.getCause());
                    }
                },
                false);
    }

    private static Answer answer(ConfigurationReload.Outcome outcome) {
        return Answer.json(new JsonObject()
                .put("changed", outcome.changed())
                .put("needs_restart", new JsonArray(outcome.needsRestart()))
                .toBuffer());
    }

    private static Failure refused(SettingsException invalid) {
        return Failure.refused(
                409,
                "invalid_configuration",
                "The configuration was not taken, the one before stays:\n" + invalid.getMessage());
    }
}
