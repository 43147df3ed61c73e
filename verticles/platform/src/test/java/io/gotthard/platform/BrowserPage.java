package io.gotthard.platform;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A page in Chromium that follows a thread through the event-bus bridge: {@code src/test/clients/live/page.mjs}. */
final class BrowserPage implements AutoCloseable {

    static final ClientSuite SUITE = new ClientSuite(
            "live", "package-lock.json", List.of(List.of("npm", "ci", "--no-audit", "--no-fund")), List.of());

    private final Process process;
    private final List<String> lines = Collections.synchronizedList(new ArrayList<>());

    private BrowserPage(Process process) {
        this.process = process;
        Thread.ofVirtual().start(() -> {
            try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
                reader.lines().forEach(lines::add);
            } catch (IOException | UncheckedIOException closed) {
                // The page is closed.
            }
        });
    }

    /** Opens it, as somebody, at the given origin, with one of SockJS's transports. */
    static BrowserPage open(String origin, String key, String thread, String transport) throws IOException {
        return new BrowserPage(new ProcessBuilder("node", "page.mjs", origin, key, thread, transport)
                .directory(SUITE.home().toFile())
                .redirectErrorStream(true)
                .start());
    }

    /** The places of the events that it showed, in the order in which it did. */
    List<Long> shown() {
        synchronized (lines) {
            return lines.stream()
                    .filter(line -> line.startsWith("event "))
                    .map(line -> Long.valueOf(line.substring(6)))
                    .toList();
        }
    }

    /** By which of SockJS's transports it was connected. */
    Set<String> transports() {
        synchronized (lines) {
            return lines.stream()
                    .filter(line -> line.startsWith("open "))
                    .map(line -> line.substring(5))
                    .collect(Collectors.toSet());
        }
    }

    /** How often its connection was closed. */
    long closed() {
        synchronized (lines) {
            return lines.stream().filter("closed"::equals).count();
        }
    }

    /** Waits until it has shown so many events. */
    void shows(int count) {
        try {
            Await.until("the page shows " + count + " events", Duration.ofSeconds(60), () -> shown().size() >= count);
        } catch (AssertionError e) {
            throw new AssertionError("The page said: " + List.copyOf(lines), e);
        }
    }

    @Override
    public void close() {
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).forEach(ProcessHandle::destroyForcibly);
    }
}
