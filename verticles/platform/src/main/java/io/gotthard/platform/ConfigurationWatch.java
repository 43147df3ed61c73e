package io.gotthard.platform;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what the file says whenever that has changed. It is the folder that is watched, so that it does not matter whether the file is
 * written, replaced, or a link in it set to another folder as Kubernetes does; and it is looked at now and then anyway, for systems and
 * links that tell nobody. Only another content counts, once it stays the same for an instant.
 */
final class ConfigurationWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationWatch.class);
    private static final Duration LOOK = Duration.ofSeconds(5);
    private static final Duration SETTLED = Duration.ofMillis(150);

    private final ConfigurationReload reload;
    /** All that is done with the configuration is done here, one after the other. */
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("configuration").factory());

    private final Thread watching;
    /** What was taken or refused last. */
    private String seen;
    /** Why it was not taken at the last look, or null: this is said once. */
    private String refused;

    /** @param taken what the file said when it was taken first */
    ConfigurationWatch(ConfigurationReload reload, String taken) {
        this.reload = reload;
        this.seen = with(taken);
        this.watching = Thread.ofVirtual().name("configuration-watch").unstarted(this::watch);
        if (reload.file().path() != null) {
            watching.start();
        }
    }

    /** Takes what the file says now, be it the same as before. */
    Future<ConfigurationReload.Outcome> reload() {
        return worker.submit((Callable<ConfigurationReload.Outcome>) () -> {
            if (reload.file().path() == null) {
                throw Failure.refused(409, "no_configuration_file", "GOTTHARD_CONFIG names no file to read again.");
            }
            return take(reload.file().text());
        });
    }

    private ConfigurationReload.Outcome take(String text) {
        var content = with(text);
        try {
            var outcome = reload.take(text);
            seen = with(text);
            return outcome;
        } catch (SettingsException e) {
            seen = content;
            throw e;
        }
    }

    private void watch() {
        try (var service = service()) {
            while (!worker.isShutdown()) {
                await(service);
                worker.submit(this::look).get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | ExecutionException | RejectedExecutionException e) {
            if (!worker.isShutdown()) {
                LOG.error("The configuration is not watched any more", e);
            }
        }
    }

    /** Hears of changes in the folder, or is null where nobody tells of them. */
    private WatchService service() {
        var folder = reload.file().path().toAbsolutePath().getParent();
        try {
            var service = folder.getFileSystem().newWatchService();
            folder.register(
                    service,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
            return service;
        } catch (IOException | UnsupportedOperationException e) {
            // The system may have no more of these to give; five seconds are soon enough.
            LOG.info(
                    "The folder of the configuration can't be watched; it is looked at every {}: {}",
                    LOOK,
                    e.toString());
            return null;
        }
    }

    private static void await(WatchService service) throws InterruptedException {
        if (service == null) {
            TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
            return;
        }
        var key = service.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        if (key != null) {
            key.pollEvents();
            key.reset();
        }
    }

    private void look() {
        try {
            var text = reload.file().text();
            if (!with(text).equals(seen)) {
                take(settled(text));
            }
        } catch (SettingsException e) {
            if (!e.getMessage().equals(refused)) {
                LOG.warn("The configuration was not taken, the one before stays:\n{}", e.getMessage());
            }
            refused = e.getMessage();
            return;
        } catch (Failure failure) {
            LOG.warn("The configuration was not taken, it is tried again: {}", failure.getMessage());
            return;
        } catch (RuntimeException e) {
            LOG.error("The configuration could not be read; the one before stays", e);
            return;
        }
        refused = null;
    }

    /** The text once nobody is writing it any more. */
    private String settled(String first) {
        for (var text = first; ; ) {
            LockSupport.parkNanos(SETTLED.toNanos());
            var again = reload.file().text();
            if (again.equals(text)) {
                return text;
            }
            text = again;
        }
    }

    /** With the files it names, which change by themselves. */
    private String with(String text) {
        var all = new StringBuilder(text);
        reload.settings().upstreams().forEach((name, upstream) -> {
            if (upstream.tls() != null) {
                try {
                    all.append('\0')
                            .append(Files.readString(Path.of(upstream.tls().ca())));
                } catch (IOException e) {
                    all.append('\0');
                }
            }
        });
        return all.toString();
    }

    @Override
    public void close() {
        worker.shutdownNow();
        watching.interrupt();
    }
}
