package io.gotthard.platform;

import io.gotthard.platform.Hub.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * A platform whose file of the configuration is exchanged while it runs, in front of a scripted upstream. It has the model {@code old}.
 *
 * @param upstream what all models are asked from
 * @param platform the platform
 * @param admin its native API, as its administrator sees it
 * @param log what is logged meanwhile
 */
record ChangingPlatform(ScriptedUpstream upstream, RunningPlatform platform, Hub admin, CapturedLog log)
        implements AutoCloseable {

    static final String SECTIONS = "metering: {unpriced: free}\n";

    static ChangingPlatform start() {
        var upstream = ScriptedUpstream.start().on("down", visit -> visit.json(500, "{}"));
        var log = CapturedLog.start();
        var platform = RunningPlatform.start(yaml(upstream, "", "old"), TestDatabase.url());
        return new ChangingPlatform(upstream, platform, new Hub(platform.url(), RunningPlatform.KEY), log);
    }

    Path file() {
        return platform.file();
    }

    /** Two upstreams at the same place, and models with these names, each the scripted one "good" or that of its name. */
    String yaml(String sections, String... models) {
        return yaml(upstream, sections, models);
    }

    private static String yaml(ScriptedUpstream upstream, String sections, String... models) {
        var yaml = new StringBuilder(SECTIONS + sections + "\nupstreams:\n");
        for (var name : List.of("one", "two")) {
            yaml.append("  %s: {protocol: openai, url: \"%s\", key: %s}%n"
                    .formatted(name, upstream.url(), ScriptedUpstream.KEY));
        }
        yaml.append("models:\n");
        for (var model : models) {
            yaml.append(model("one", model));
        }
        return yaml.toString();
    }

    static String model(String at, String name) {
        var asked = List.of("slow", "late", "down").contains(name) ? name : "good";
        return "  %s: {kind: chat, targets: [{upstream: %s, model: %s%s}]}%n"
                .formatted(name, at, ScriptedUpstream.PREFIX, asked);
    }

    void replace(String yaml) throws IOException {
        var next = Files.writeString(platform.file().resolveSibling("next"), yaml);
        Files.move(next, platform.file(), StandardCopyOption.ATOMIC_MOVE);
    }

    Reply reload() {
        return admin.ask("POST", "/config/reload", null);
    }

    int ask(String model) {
        return raw(RawClient.chat(model)).status();
    }

    RawAnswer raw(String request) {
        try (var client = RawClient.to(platform.url())) {
            return client.send(request).answer();
        }
    }

    void awaitModel(String model) {
        Await.until("there is a model " + model, () -> ask(model) == 200);
    }

    @Override
    public void close() {
        platform.close();
        upstream.close();
        log.close();
    }
}
