package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.platform.Hub.Reply;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PfxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** To whom the platform connects, and to whom it does not: with a real authority, real proxies, names and redirects. */
class UpstreamSafetyIT {

    private static final String GOOD = "{\"id\":\"1\",\"choices\":[]}";

    @TempDir
    private static Path folder;

    private static Vertx vertx;
    private static Certificates certificates;
    private static ScriptedUpstream upstream;
    private static ScriptedUpstream elsewhere;
    private static ProxyServer proxy;
    private static RunningPlatform platform;
    private static CapturedLog log;
    private static final CountDownLatch GO_ON = new CountDownLatch(1);

    @BeforeAll
    static void start() {
        certificates = Certificates.in(folder);
        vertx = Vertx.vertx();
        elsewhere = ScriptedUpstream.start();
        upstream = ScriptedUpstream.start();
        for (int status : List.of(301, 302, 303, 307, 308)) {
            upstream.on(
                    "redirect-" + status,
                    visit -> visit.answer(
                            status, "text/html\r\nlocation: " + elsewhere.url() + "/chat/completions", ""));
        }
        upstream.on("waiting", visit -> {
            try {
                assertThat(GO_ON.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            visit.json(200, GOOD);
        });
        proxy = ProxyServer.start();
        log = CapturedLog.start();
        platform = RunningPlatform.start(upstream.configuration(""), TestDatabase.url());
    }

    @AfterAll
    static void stop() {
        platform.close();
        proxy.close();
        upstream.close();
        elsewhere.close();
        log.close();
        vertx.close().await();
    }

    @AfterEach
    void the_log_tells_no_secret() {
        assertThat(log.alarms()).isEmpty();
        assertThat(log.lines())
                .allSatisfy(line -> assertThat(line)
                        .doesNotContain(ScriptedUpstream.KEY, ProxyServer.PASSWORD, upstream.url(), "/v1/chat\""));
        log.forget();
    }

    /** The platform with this upstream and a model of it. */
    private static Reply use(String described, String model) {
        var yaml = "metering: {unpriced: free}\nupstreams:\n  up: {protocol: openai, key: %s, %s}\nmodels:\n"
                        .formatted(ScriptedUpstream.KEY, described)
                + "  m: {kind: chat, retries: {attempts: 1}, breaker: {failures: 0}, targets: [{upstream: up, model: %s%s}]}\n"
                        .formatted(ScriptedUpstream.PREFIX, model);
        try {
            var next = Files.writeString(platform.file().resolveSibling("next"), yaml);
            Files.move(next, platform.file(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Hub(platform.url(), RunningPlatform.KEY).ask("POST", "/config/reload", null);
    }

    private static RawAnswer ask() {
        return ask(RawClient.chat("m"));
    }

    private static RawAnswer ask(String request) {
        try (var client = RawClient.to(platform.url())) {
            return client.send(request).answer();
        }
    }

    private static String code(RawAnswer answer) {
        return new JsonObject(answer.text()).getJsonObject("error").getString("code");
    }

    private static int secure(String alias) {
        var key = new PfxOptions()
                .setPath(certificates.store().toString())
                .setPassword(Certificates.PASSWORD)
                .setAlias(alias)
                .setAliasPassword(Certificates.PASSWORD);
        return vertx.createHttpServer(new HttpServerOptions().setSsl(true).setKeyCertOptions(key))
                .requestHandler(request -> request.body()
                        .onSuccess(body -> request.response()
                                .putHeader("content-type", "application/json")
                                .end(GOOD)))
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
    }

    @Test
    void only_the_authority_that_is_configured_is_believed() {
        int port = secure(Certificates.GOOD);
        use("url: \"https://127.0.0.1:%d/v1\"".formatted(port), "good").ok();
        var untrusted = ask();
        assertThat(untrusted.status()).isEqualTo(502);
        assertThat(code(untrusted)).isEqualTo("upstream_not_trusted");

        use("url: \"https://127.0.0.1:%d/v1\", tls: {ca: \"%s\"}".formatted(port, certificates.ca()), "good")
                .ok();
        assertThat(ask().status()).isEqualTo(200);
        use("url: \"https://localhost:%d/v1\", tls: {ca: \"%s\"}".formatted(port, certificates.ca()), "good")
                .ok();
        assertThat(ask().status()).as("by its name").isEqualTo(200);
    }

    @Test
    void a_certificate_of_another_host_is_not_believed() {
        int port = secure(Certificates.OF_ANOTHER_HOST);
        use("url: \"https://127.0.0.1:%d/v1\", tls: {ca: \"%s\"}".formatted(port, certificates.ca()), "good")
                .ok();
        assertThat(code(ask())).isEqualTo("upstream_not_trusted");
    }

    @ParameterizedTest
    @CsvSource({"http, absolute", "socks5, socks"})
    void an_upstream_is_reached_through_a_proxy_which_alone_knows_its_name(String protocol, String how) {
        int port = URI.create(upstream.url()).getPort();
        var asked = proxy.asked().size();
        use(
                        "url: \"http://models.%s.test:%d/v1\", proxy: \"%s://%s:%s@127.0.0.1:%d\""
                                .formatted(how, port, protocol, ProxyServer.USER, ProxyServer.PASSWORD, proxy.port()),
                        "good")
                .ok();
        assertThat(ask().status()).isEqualTo(200);
        assertThat(proxy.asked().subList(asked, proxy.asked().size()))
                .containsExactly(how + " models." + how + ".test");
    }

    @ParameterizedTest
    @CsvSource({"http, connect", "socks5, socks"})
    void tls_goes_through_a_proxy_unseen(String protocol, String how) {
        int port = secure(Certificates.GOOD);
        use(
                        "url: \"https://localhost:%d/v1\", tls: {ca: \"%s\"}, proxy: \"%s://%s:%s@127.0.0.1:%d\""
                                .formatted(
                                        port,
                                        certificates.ca(),
                                        protocol,
                                        ProxyServer.USER,
                                        ProxyServer.PASSWORD,
                                        proxy.port()),
                        "good")
                .ok();
        assertThat(ask().status()).isEqualTo(200);
        assertThat(proxy.asked()).contains(how + " localhost");
    }

    @Test
    void a_proxy_that_does_not_know_us_is_an_upstream_that_can_not_be_reached() {
        for (var protocol : List.of("http", "socks5")) {
            use(
                            "url: \"%s\", proxy: \"%s://stranger:no@127.0.0.1:%d\""
                                    .formatted(upstream.url(), protocol, proxy.port()),
                            "good")
                    .ok();
            assertThat(ask().status()).as(protocol).isEqualTo(502);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void nobody_is_led_elsewhere(int status) {
        use("url: \"%s\"".formatted(upstream.url()), "redirect-" + status).ok();
        assertThat(ask().status()).isEqualTo(502);
        assertThat(ask(RawClient.chat("m", "\"stream\":true")).status()).isEqualTo(502);
        assertThat(elsewhere.count()).isZero();
    }

    @Test
    void a_name_of_this_machine_is_good_where_the_configuration_allows_it() {
        int port = URI.create(upstream.url()).getPort();
        use("url: \"http://localhost:%d/v1\"".formatted(port), "good").ok();
        assertThat(ask().status()).isEqualTo(200);

        int before = upstream.visits("good").size();
        use("url: \"http://localhost:%d/v1\", networks: [public]".formatted(port), "good")
                .ok();
        assertThat(code(ask())).isEqualTo("upstream_unreachable");
        assertThat(upstream.visits("good")).hasSize(before);
        assertThat(log.lines()).anyMatch(line -> line.contains("upstream up has an address"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://169.254.169.254/v1",
                "http://[fd00:ec2::254]/v1",
                "http://[::ffff:169.254.169.254]/v1",
                "http://0.0.0.0:8000/v1"
            })
    void an_address_that_tells_secrets_is_no_upstream(String url) {
        var refused = use("url: \"%s\"".formatted(url), "good");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.message()).contains("gotthard.yaml:3:", "networks");
    }

    @Test
    void an_upstream_is_not_made_to_fetch_what_is_in_its_network() {
        use("url: \"%s\"".formatted(upstream.url()), "good").ok();
        var message = "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"%s\"}}]}";
        for (var url : List.of("http://169.254.169.254/latest/", "http://localhost/", "file:///etc/passwd")) {
            int before = upstream.count();
            var refused = ask(RawClient.post(
                    "/v1/chat/completions", "{\"model\":\"m\",\"messages\":[" + message.formatted(url) + "]}"));
            assertThat(refused.status()).as(url).isEqualTo(400);
            assertThat(refused.text()).contains("messages[0].content[0].image_url.url");
            assertThat(upstream.count()).isEqualTo(before);
        }
        var allowed = RawClient.post(
                "/v1/chat/completions",
                "{\"model\":\"m\",\"messages\":[" + message.formatted("https://example.org/cat.png") + "]}");
        assertThat(ask(allowed).status()).isEqualTo(200);
    }

    @Test
    void more_than_may_wait_for_a_connection_are_told_at_once() {
        use("url: \"%s\", pool: {size: 1, queue: 1}".formatted(upstream.url()), "waiting")
                .ok();
        int loops = Runtime.getRuntime().availableProcessors();
        var asked = IntStream.range(0, 2 * loops + 6)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        UpstreamSafetyIT::ask, task -> Thread.ofVirtual().start(task)))
                .toList();
        Await.until(
                "six are refused",
                () -> asked.stream().filter(CompletableFuture::isDone).count() >= 6);
        assertThat(asked.stream().filter(CompletableFuture::isDone).map(CompletableFuture::join))
                .allSatisfy(refused -> {
                    assertThat(refused.status()).isEqualTo(503);
                    assertThat(code(refused)).isEqualTo("upstream_queue_full");
                });
        GO_ON.countDown();
        assertThat(asked.stream().map(CompletableFuture::join))
                .anySatisfy(answer -> assertThat(answer.status()).isEqualTo(200));
    }
}
