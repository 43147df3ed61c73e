package io.gotthard.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.accounts.AccountsSettings;
import io.gotthard.accounts.AccountsVerticle;
import io.gotthard.assistants.AssistantsInUse;
import io.gotthard.assistants.AssistantsSettings;
import io.gotthard.assistants.AssistantsVerticle;
import io.gotthard.contracts.Meter;
import io.gotthard.kit.Database;
import io.gotthard.kit.Settings;
import io.gotthard.metering.Metering;
import io.gotthard.metering.MeteringSettings;
import io.gotthard.metering.MeteringVerticle;
import io.gotthard.models.ExternalSettings;
import io.gotthard.models.ModelsInUse;
import io.gotthard.models.ModelsSettings;
import io.gotthard.models.ModelsVerticle;
import io.gotthard.realtime.RealtimeVerticle;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What may be asked over HTTP, what the event contract says, and what the verticles serve are the same. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ContractsTest {

    private static Set<String> served;

    private final Contracts contracts = new Contracts(HouseRules.repository(Path.of("")));

    @BeforeAll
    static void deploy(@TempDir Path data) throws Exception {
        var vertx = Vertx.vertx();
        try (var postgres = Postgres.start(data, line -> {})) {
            var database = Database.open(vertx, postgres.url());
            var accounts =
                    new AccountsVerticle(new AccountsSettings("sk-a-", "sk-b-"), List.of(), database, null, key -> {});
            vertx.deployVerticle(accounts, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                    .await();
            var external = new ExternalSettings(null, "swissai");
            var models = new ModelsSettings(Map.of(), Map.of(), external, Duration.ZERO);
            vertx.deployVerticle(new ModelsVerticle(models, Meter.OFF)).await();
            vertx.deployVerticle(reload(models)).await();
            var settings = Settings.read(MeteringSettings.class, "{}", "the defaults", name -> null);
            var metering = new Metering(settings, Map.of(), new SimpleMeterRegistry());
            vertx.deployVerticle(
                            new MeteringVerticle(metering, database, data.resolve("metering"), null),
                            new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                    .await();
            vertx.deployVerticle(new RealtimeVerticle(database)).await();
            var runs = Settings.read(AssistantsSettings.class, "{}", "the defaults", name -> null);
            vertx.deployVerticle(
                            new AssistantsVerticle(runs, new AssistantsInUse(Map.of(), database), database),
                            new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                    .await();
            // Where the bus keeps what is served in this JVM; an address with @ is that of one event loop.
            served = vertx.sharedData().<String, Integer>getLocalMap("gotthard.served").keySet().stream()
                    .filter(address -> !address.contains("@"))
                    .collect(Collectors.toCollection(TreeSet::new));
            vertx.deploymentIDs().forEach(id -> vertx.undeploy(id).await());
            database.close().await();
        } finally {
            vertx.close().await();
        }
    }

    private static ConfigurationVerticle reload(ModelsSettings models) {
        var file = new ConfigurationFile(null, Map.of());
        var inUse = new ModelsInUse(models, new SimpleMeterRegistry());
        var assistants = new AssistantsInUse(Map.of(), null);
        return new ConfigurationVerticle(
                new ConfigurationReload(file, Configuration.read(file, ""), inUse, assistants, null), "");
    }

    @Test
    void every_channel_with_an_answer_is_served_and_nothing_else_is() {
        assertThat(served)
                .as("served by the verticles, compared with event-contracts/asyncapi.yaml")
                .containsExactlyInAnyOrderElementsOf(contracts.answered());
    }

    @Test
    void every_http_operation_has_a_channel_and_every_channel_for_http_an_operation() {
        assertThat(contracts.http().keySet())
                .as("x-vertx-event-bus in openapi/*.yaml, compared with what is tagged http in asyncapi.yaml")
                .containsExactlyInAnyOrderElementsOf(contracts.answered("http"));
        assertThat(contracts.incomplete()).isEmpty();
    }

    @Test
    void an_address_is_the_verticle_and_the_operations_id() {
        assertThat(contracts.http())
                .allSatisfy((address, id) -> assertThat(address).matches("[a-z]+\\." + id));
    }

    @Test
    void every_answered_channel_says_who_asks() {
        var tagged = new TreeSet<>(contracts.answered("http"));
        tagged.addAll(contracts.answered("internal"));
        assertThat(tagged).isEqualTo(contracts.answered());
    }

    @Test
    void every_event_in_the_code_has_a_channel_and_every_channel_is_in_the_code() {
        var literals = contracts.literalEvents();
        literals.removeAll(served);
        assertThat(literals)
                .as("events named in src/main/java, compared with event-contracts/asyncapi.yaml")
                .containsExactlyInAnyOrderElementsOf(contracts.events());
    }

    @Test
    void the_event_contract_fits_together() {
        assertThat(contracts.unrelated()).isEmpty();
        assertThat(contracts.broken()).isEmpty();
    }
}
