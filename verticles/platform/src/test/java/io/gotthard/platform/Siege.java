package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;

/**
 * A running platform in front of a scripted upstream, whose log is captured: what an attack is tried on.
 *
 * @param upstream the upstream of all models
 * @param platform the platform
 * @param log what is logged meanwhile
 */
record Siege(ScriptedUpstream upstream, RunningPlatform platform, CapturedLog log) implements AutoCloseable {

    /** A text that requests carry in their bodies, and that no log may show. */
    static final String PRIVATE = "what-only-the-model-may-know";

    /** Starts in front of an upstream, with further keys of it, and sections of the configuration. */
    static Siege start(ScriptedUpstream upstream, String upstreamKeys, String sections) {
        var log = CapturedLog.start();
        // Each request is to reach the upstream, whatever came of those before it.
        var yaml = sections + "\n" + upstream.configuration(upstreamKeys, "breaker: {failures: 0}");
        return new Siege(upstream, RunningPlatform.start(yaml, TestDatabase.url()), log);
    }

    static Siege start(String sections) {
        return start(ScriptedUpstream.start(), "", sections);
    }

    URI url() {
        return platform.url();
    }

    /** A new connection. */
    RawClient connect() {
        return RawClient.to(url());
    }

    /** Sends a request on a connection of its own. */
    RawAnswer ask(String request) {
        try (var client = connect()) {
            return client.send(request).answer();
        }
    }

    /** Asserts that good requests are answered as ever, and that the log tells no secret and no surprise. */
    void assertUnharmed() {
        assertThat(ask(RawClient.chat("good")).status()).isEqualTo(200);
        var alarms = log.alarms();
        var lines = log.lines();
        log.forget();
        assertThat(alarms).isEmpty();
        assertThat(lines)
                .allSatisfy(line -> assertThat(line)
                        .doesNotContain(RunningPlatform.KEY)
                        .doesNotContain(ScriptedUpstream.KEY)
                        .doesNotContain(PRIVATE));
    }

    @Override
    public void close() {
        platform.close();
        upstream.close();
        log.close();
    }
}
