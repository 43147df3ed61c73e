package io.gotthard.platform;

import io.gotthard.assistants.AssistantsInUse;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.SettingsException;
import io.gotthard.metering.Metering;
import io.gotthard.models.ModelsInUse;
import io.gotthard.models.ModelsSettings;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again while the platform runs. What it says of models and assistants takes effect, all of it or nothing; the
 * rest can't without a restart, and is named. Not to be used from two threads at once.
 */
final class ConfigurationReload {

    /**
     * What became of it.
     *
     * @param changed whether anything did
     * @param needsRestart the keys that say something else than what is in effect, and will only after a restart
     */
    record Outcome(boolean changed, List<String> needsRestart) {}

    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationReload.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Set<String> LIVE = Set.of("upstreams", "models", "external", "demo", "assistants");

    private final ConfigurationFile file;
    private final Configuration started;
    private final ModelsInUse models;
    private final AssistantsInUse assistants;
    private final Metering metering;

    /**
     * Reloads of a file.
     *
     * @param started what was in effect first
     * @param metering gets the prices; null if nothing is metered
     */
    ConfigurationReload(
            ConfigurationFile file,
            Configuration started,
            ModelsInUse models,
            AssistantsInUse assistants,
            Metering metering) {
        this.file = file;
        this.started = started;
        this.models = models;
        this.assistants = assistants;
        this.metering = metering;
    }

    ConfigurationFile file() {
        return file;
    }

    /** The settings that are in effect. */
    ModelsSettings settings() {
        return models.settings();
    }

    /**
     * Lets this text take effect.
     *
     * @throws SettingsException if it is not valid; then nothing has changed
     * @throws Failure if it can't take effect now, for other reasons; then nothing has changed either
     */
    Outcome take(String text) {
        if (text.isBlank()) {
            // Whoever writes a file may have emptied it first.
            throw new SettingsException(List.of(file.name() + ": is empty, which can't be taken while running"));
        }
        var configuration = Configuration.read(file, text);
        boolean changed = await(assistants.change(
                configuration.assistants(),
                () -> models.change(configuration.forModels(started), () -> prices(configuration))));
        var others = others(started, configuration);
        if (changed) {
            LOG.info(
                    "The configuration was changed: {} upstreams, {} models, {} assistants",
                    configuration.upstreams().size(),
                    configuration.models().size(),
                    configuration.assistants().size());
        }
        if (!others.isEmpty()) {
            LOG.warn("The configuration has changes that need a restart: {}", String.join(", ", others));
        }
        return new Outcome(changed, others);
    }

    private Future<Void> prices(Configuration configuration) {
        return metering == null ? Future.succeededFuture() : metering.configure(configuration.prices());
    }

    private boolean await(Future<Boolean> change) {
        try {
            return change.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IllegalArgumentException e) {
            throw new SettingsException(List.of(file.name() + ": " + e.getMessage()));
        } catch (TimeoutException e) {
            throw Failure.timeout("The configuration did not take effect in time.");
        } catch (Failure failure) {
            throw failure;
        } catch (RuntimeException e) {
            LOG.warn("The configuration can't take effect now", e);
            throw Failure.unavailable("The configuration can't take effect now: it could not be stored.");
        }
    }

    private static List<String> others(Configuration before, Configuration after) {
        var found = new ArrayList<String>();
        for (var component : Configuration.class.getRecordComponents()) {
            if (!LIVE.contains(component.getName())) {
                compare(
                        component.getName(),
                        component(before, component.getName()),
                        component(after, component.getName()),
                        found);
            }
        }
        return found;
    }

    /** The values may be secrets, so only their names are told. */
    private static void compare(String name, Object before, Object after, List<String> found) {
        if (Objects.equals(before, after)) {
            return;
        }
        if (before instanceof Record section && after instanceof Record other) {
            for (var component : section.getClass().getRecordComponents()) {
                compare(
                        name + "." + component.getName(),
                        component(section, component.getName()),
                        component(other, component.getName()),
                        found);
            }
        } else {
            found.add(name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT));
        }
    }

    private static Object component(Record section, String name) {
        try {
            var accessor = section.getClass().getDeclaredMethod(name);
            accessor.setAccessible(true);
            return accessor.invoke(section);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(section.getClass() + " has no " + name, e);
        }
    }
}
