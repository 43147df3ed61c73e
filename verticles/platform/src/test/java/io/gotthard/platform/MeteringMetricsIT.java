package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the dashboard in {@code docs/grafana} asks for is what Prometheus gets, and the other way round. */
class MeteringMetricsIT {

    private static final Pattern NAME = Pattern.compile("\\b(?:gen_ai_(?:client|server)|gotthard|process|jvm)_[a-z_]+");
    private static final Pattern OURS = Pattern.compile("gen_ai_.*|gotthard_metering_.*");

    @Test
    void the_dashboard_shows_what_there_is_and_nothing_else() throws Exception {
        var upstream = PricedUpstream.start();
        var yaml = PricedUpstream.configuration(upstream, "metering: {fold: 500ms}")
                + "  unpriced: {kind: chat, targets: [{upstream: scripted, model: internal/whole}]}\n";
        try (upstream;
                var platform = RunningPlatform.start(yaml, TestDatabase.url())) {
            var admin = new Hub(platform.url(), RunningPlatform.KEY);
            var purse = Purse.with(admin, "1");
            try (var customer = purse.customer()) {
                for (var model : PricedUpstream.ALL) {
                    customer.ask(model);
                }
                assertThat(customer.ask("unpriced").status()).isEqualTo(503);
            }
            var scraped = names(scrape(platform.url()));
            var shown = names(dashboard());
            assertThat(scraped).as("what the dashboard asks for").containsAll(shown);
            assertThat(shown.stream().map(MeteringMetricsIT::stem).collect(Collectors.toSet()))
                    .as("what there is to see")
                    .containsAll(scraped.stream()
                            .filter(name -> OURS.matcher(name).matches())
                            .map(MeteringMetricsIT::stem)
                            .collect(Collectors.toSet()));
        }
    }

    @Test
    void nobody_who_asked_is_in_a_label() throws Exception {
        var upstream = PricedUpstream.start();
        var yaml = PricedUpstream.configuration(upstream, "metering: {fold: 500ms}");
        try (upstream;
                var platform = RunningPlatform.start(yaml, TestDatabase.url())) {
            var purse = Purse.with(new Hub(platform.url(), RunningPlatform.KEY), "1");
            try (var customer = purse.customer()) {
                assertThat(customer.ask(PricedUpstream.WHOLE).answered()).isTrue();
            }
            assertThat(scrape(platform.url()))
                    .contains("gen_ai_server_request_duration_seconds_count")
                    .doesNotContain(purse.tenant(), purse.account(), purse.id(), purse.key());
        }
    }

    private static Set<String> names(String text) {
        return NAME.matcher(text).results().map(match -> match.group()).collect(Collectors.toCollection(TreeSet::new));
    }

    /** A histogram is one thing, whichever of its parts is shown; so is what is only shown as a rate. */
    private static String stem(String name) {
        return name.replaceFirst("_(bucket|count|sum|max)$", "");
    }

    /** What Prometheus gets from a platform. */
    static String scrape(URI url) {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(url.resolve("/metrics")).build();
            return client.send(request, HttpResponse.BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line + "\n")
                    .collect(Collectors.joining());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String dashboard() throws IOException {
        var file = HouseRules.repository(Path.of("")).resolve("docs/grafana/gotthard.json");
        var panels = new JsonObject(Files.readString(file)).getJsonArray("panels");
        var asked = new StringBuilder();
        for (int i = 0; i < panels.size(); i++) {
            var targets = panels.getJsonObject(i).getJsonArray("targets");
            for (int j = 0; targets != null && j < targets.size(); j++) {
                asked.append(targets.getJsonObject(j).getString("expr")).append('\n');
            }
        }
        return asked.toString();
    }
}
