package io.gotthard.platform;

import io.vertx.core.eventbus.EventBus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/**
 * The whole platform in this process, on an ephemeral port, with a PostgreSQL of its own in a temporary folder. The folder is
 * given on to the next platform when this one is closed, because unpacking PostgreSQL takes longer than most tests. Every
 * recording is a model of it: {@code hello} is asked from the upstream as {@code upstream/hello}, once for each request and whatever
 * befell others, so that tests see what their own clients do. One model has a name as
 * the hubs give them, {@value #AWKWARD}, and is the same as {@code hello}, and keys that are bound to no model get {@code hello} in the SwissAI dialect.
 */
final class RunningPlatform implements AutoCloseable {

    /** The administrator's key. */
    static final String KEY = "sk-gotthard-integration-tests-0123456789";

    /** A model's id that needs escaping in a path. */
    static final String AWKWARD = "swiss-ai/hello:latest";

    private static final Queue<Path> FREE = new ConcurrentLinkedQueue<>();

    private final RecordedUpstream upstream;
    private final Path folder;
    private final Gotthard gotthard;

    private RunningPlatform(RecordedUpstream upstream, String yaml, Map<String, String> more) {
        this.upstream = upstream;
        try {
            folder = folder();
            // What costs what is no concern of most tests.
            var priced = yaml.contains("metering:") ? yaml : "metering: {unpriced: free}\n" + yaml;
            // A test may have made a link of it.
            Files.deleteIfExists(file());
            var file = Files.writeString(file(), priced);
            var environment = new HashMap<>(more);
            environment.put("GOTTHARD_HOST", "127.0.0.1");
            environment.put("GOTTHARD_PORT", "0");
            environment.put("GOTTHARD_DATA", folder.resolve("data").toString());
            environment.put("GOTTHARD_CONFIG", file.toString());
            environment.put("GOTTHARD_ADMIN_KEY", KEY);
            gotthard = Gotthard.start(environment, step -> {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts both, the recorded upstream and the platform in front of it. */
    static RunningPlatform start() {
        return start("");
    }

    /** Starts with further sections of the configuration, such as {@code http}. */
    static RunningPlatform start(String sections) {
        var upstream = RecordedUpstream.start();
        return new RunningPlatform(upstream, sections + "\n" + external(sections) + configuration(upstream), Map.of());
    }

    /** Starts on an existing database with this configuration and no other, hence without the recorded upstream. */
    static RunningPlatform start(String yaml, String databaseUrl) {
        return new RunningPlatform(null, yaml, Map.of("GOTTHARD_DATABASE_URL", databaseUrl));
    }

    /** The file of its configuration. */
    Path file() {
        return folder.resolve("gotthard.yaml");
    }

    /** The platform's address, without a path. */
    URI url() {
        return gotthard.url();
    }

    /** Where workers may speak TCP to it. */
    int tcpPort() {
        return gotthard.tcpPort();
    }

    /** Where it publishes events. */
    EventBus events() {
        return gotthard.events();
    }

    /** The upstream behind all models, or null if there is none. */
    RecordedUpstream upstream() {
        return upstream;
    }

    @Override
    public void close() {
        gotthard.close();
        if (upstream != null) {
            upstream.close();
        }
        FREE.add(folder);
    }

    private static Path folder() throws IOException {
        var free = FREE.poll();
        if (free != null) {
            return free;
        }
        var made = Files.createTempDirectory("gotthard-it");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(made)));
        return made;
    }

    private static void delete(Path folder) {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String configuration(RecordedUpstream upstream) {
        var models =
                RecordedUpstream.names().stream().map(name -> model(name, name)).collect(Collectors.joining());
        return """
            upstreams:
              recorded: {protocol: openai, url: "%s", key: "%s"}
            models:
            """.formatted(upstream.url(), RecordedUpstream.KEY) + models + model(AWKWARD, "hello");
    }

    private static String external(String sections) {
        return sections.contains("external:") ? "" : "external: {model: hello}\n";
    }

    private static String model(String id, String name) {
        return """
              "%s":
                kind: %s
                targets: [{upstream: recorded, model: "%s"}]
                retries: {attempts: 1}
                breaker: {failures: 0}
            """.formatted(id, kind(name), RecordedUpstream.modelOf(name));
    }

    private static String kind(String name) {
        return switch (name) {
            case "embedding", "completion", "image", "speech", "transcription", "moderation" -> name;
            default -> "chat";
        };
    }
}
