package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Meter;
import io.gotthard.contracts.Permissions;
import io.gotthard.kit.Settings;
import io.gotthard.kit.SettingsException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The configured models, as the verticle serves them over a real bus. */
@Timeout(30)
class CatalogueTest {

    private static final Caller ANYBODY = new Caller("key", "account", "tenant", Permissions.ALL, null);

    private static final String UPSTREAM = "{protocol: openai, url: 'http://127.0.0.1:1/v1'}";

    /** The sections of the configuration that this module has records for. */
    record Sections(Map<String, Upstream> upstreams, Map<String, Model> models) {}

    private Vertx vertx;
    private Bus bus;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        bus = new Bus(vertx);
    }

    @AfterEach
    void stop() {
        vertx.close().await();
    }

    private static ModelsSettings settings(String yaml) {
        var sections = Settings.read(Sections.class, yaml, "test.yaml", name -> null);
        return new ModelsSettings(
                sections.upstreams(), sections.models(), new ExternalSettings(null, "swissai"), Duration.ZERO);
    }

    private void deploy(String yaml) {
        vertx.deployVerticle(new ModelsVerticle(settings(yaml), Meter.OFF)).await();
    }

    private Answer ask(String address, Map<String, String> parameters, String body) {
        var json = body == null ? null : JsonBody.parse(Buffer.buffer(body));
        return bus.ask(address, new Call(bus.nextId(), "request", ANYBODY, parameters, json))
                .next()
                .await();
    }

    private Failure failure(String address, Map<String, String> parameters, String body) {
        return catchThrowableOfType(Failure.class, () -> ask(address, parameters, body));
    }

    @Test
    void models_are_listed_in_the_order_of_the_configuration() {
        deploy("""
            upstreams: {zurich: %s, bern: %1$s}
            models:
              zebra: {kind: chat, targets: [{upstream: zurich, model: z}]}
              swiss-ai/apertus:70b: {kind: embedding, targets: [{upstream: bern, model: b}, {upstream: zurich, model: c}]}
              ant: {kind: completion, targets: [{upstream: zurich, model: a}]}
            """.formatted(UPSTREAM));

        var list = ask("models.listModels", Map.of(), null).body().toJsonObject();

        assertThat(list.getString("object")).isEqualTo("list");
        assertThat(list.getJsonArray("data"))
                .isEqualTo(new JsonArray()
                        .add(model("zebra", "zurich"))
                        .add(model("swiss-ai/apertus:70b", "bern"))
                        .add(model("ant", "zurich")));
    }

    private static JsonObject model(String id, String owner) {
        return new JsonObject()
                .put("id", id)
                .put("object", "model")
                .put("created", 0)
                .put("owned_by", owner);
    }

    @Test
    void one_model_is_found_by_its_name_and_only_by_that() {
        deploy("{upstreams: {u: %s}, models: {a/b: {kind: chat, targets: [{upstream: u, model: hidden}]}}}"
                .formatted(UPSTREAM));

        assertThat(ask("models.retrieveModel", Map.of("model", "a/b"), null)
                        .body()
                        .toJsonObject())
                .isEqualTo(model("a/b", "u"));
        for (var other : List.of("hidden", "a", "A/B", "", "demo-chat")) {
            var failure = failure("models.retrieveModel", Map.of("model", other), null);
            assertThat(failure.status()).isEqualTo(404);
            assertThat(failure.code()).isEqualTo("model_not_found");
        }
    }

    @Test
    void without_models_there_is_the_demo_which_says_so() {
        deploy("{upstreams: {}, models: {}}");

        var data =
                ask("models.listModels", Map.of(), null).body().toJsonObject().getJsonArray("data");

        assertThat(data)
                .extracting(m -> ((JsonObject) m).getString("id"))
                .containsExactly(
                        "demo-chat",
                        "demo-embedding",
                        "demo-image",
                        "demo-speech",
                        "demo-transcription",
                        "demo-moderation");
        assertThat(data).allMatch(m -> ((JsonObject) m).getString("owned_by").contains("demo"));
    }

    @ParameterizedTest
    @CsvSource({
        "models.createEmbedding, chat",
        "models.createCompletion, chat",
        "models.createChatCompletion, embedding",
        "models.createChatCompletion, speech"
    })
    void a_model_of_another_kind_is_refused_before_anybody_is_asked(String address, String kind) {
        deploy("{upstreams: {u: %s}, models: {m: {kind: %s, targets: [{upstream: u, model: m}]}}}"
                .formatted(UPSTREAM, kind));

        var failure = failure(address, Map.of(), "{\"model\":\"m\"}");

        assertThat(failure.status()).isEqualTo(400);
        assertThat(failure.param()).isEqualTo("model");
        assertThat(failure.getMessage()).containsIgnoringCase(kind);
    }

    @Test
    void an_unknown_model_is_not_found_whatever_is_asked_of_it() {
        deploy("{upstreams: {}, models: {}}");
        for (var operation : List.of("createChatCompletion", "createCompletion", "createEmbedding")) {
            var failure = failure("models." + operation, Map.of(), "{\"model\":\"gpt-5\"}");
            assertThat(failure.status()).isEqualTo(404);
            assertThat(failure.code()).isEqualTo("model_not_found");
            assertThat(failure.getMessage()).contains("gpt-5");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fallbacks: [nobody] | models.a.fallbacks names 'nobody' | there are: [a, b, e, any/*]",
                "fallbacks: [e] | models.a.fallbacks names 'e' | kind EMBEDDING and not CHAT",
                "larger: [e] | models.a.larger names 'e' | kind EMBEDDING and not CHAT",
                "fallbacks: ['any/*'] | models.a.fallbacks names 'any/*' | no such model",
                "fallbacks: [a] | models.a.fallbacks come back to it | a → a",
                "fallbacks: [b] | models.a.fallbacks come back to it | a → b → a",
                "aliases: [b] | models.a has the alias 'b' | a name already",
                "aliases: [x, x] | models.a has the alias 'x' | a name already"
            })
    void what_does_not_fit_together_is_refused_with_its_place(String more, String place, String why) {
        assertThatThrownBy(() -> settings("""
            upstreams: {u: %s}
            models:
              a: {kind: chat, targets: [{upstream: u, model: x}], %s}
              b: {kind: chat, targets: [{upstream: u, model: x}], fallbacks: [a]}
              e: {kind: embedding, targets: [{upstream: u, model: x}]}
              any/*: {kind: chat, targets: [{upstream: u, model: '*'}]}
            """.formatted(UPSTREAM, more)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(place)
                .hasMessageContaining(why);
    }

    @Test
    void a_star_is_at_the_end_and_nowhere_without_one() {
        for (var names : List.of("'a*b', model: x", "a, model: '*'")) {
            var name = names.substring(0, names.indexOf(','));
            assertThatThrownBy(() ->
                            settings("{upstreams: {u: %s}, models: {%s: {kind: chat, targets: [{upstream: u%s}]}}}"
                                    .formatted(UPSTREAM, name, names.substring(names.indexOf(',')))))
                    .hasMessageContaining("'*'");
        }
    }

    @Test
    void the_names_of_the_issue_are_understood_and_the_rest_has_defaults() {
        var model = settings("""
            upstreams: {zurich: %s, cloud: %1$s}
            models:
              big:
                kind: chat
                strategy: weighted
                targets:
                  - {upstream: zurich, model: apertus-70b, weight: 3, region: ch}
                  - {upstream: cloud, model: gpt-5.4, priority: 2}
                fallbacks: [small]
                delivery: live
                deadlines: {connect: 3s, headers: 30s, first_token: 60s, chunk: 30s, attempt: 10m, request: 15m}
              small: {kind: chat, targets: [{upstream: cloud, model: s}]}
            """.formatted(UPSTREAM)).models().get("small");
        assertThat(model).isEqualTo(new Model(Kind.CHAT, List.of(new Model.Target("cloud", "s"))));
        assertThat(model.deadlines().headers(true)).isEqualTo(Duration.ofMinutes(1));
        assertThat(model.deadlines().headers(false)).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void aliases_are_listed_after_all_and_wildcards_are_not() {
        deploy("""
            upstreams: {u: %s}
            models:
              a: {kind: chat, aliases: [gpt], targets: [{upstream: u, model: x}]}
              any/*: {kind: chat, targets: [{upstream: u, model: '*'}]}
              b: {kind: chat, targets: [{upstream: u, model: x}]}
            """.formatted(UPSTREAM));
        assertThat(ask("models.listModels", Map.of(), null)
                        .body()
                        .toJsonObject()
                        .getJsonArray("data"))
                .extracting(m -> ((JsonObject) m).getString("id"))
                .containsExactly("a", "b", "gpt");
        assertThat(ask("models.retrieveModel", Map.of("model", "any/thing"), null)
                        .body()
                        .toJsonObject())
                .isEqualTo(model("any/thing", "u"));
    }

    @Test
    void a_target_at_an_unknown_upstream_is_refused_with_what_there_is() {
        assertThatThrownBy(() -> settings(
                        "{upstreams: {zurich: %s}, models: {m: {kind: chat, targets: [{upstream: bern, model: x}]}}}"
                                .formatted(UPSTREAM)))
                .hasMessageContaining("models.m")
                .hasMessageContaining("'bern'")
                .hasMessageContaining("zurich");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{upstreams: {}, models: {m: {kind: chat, targets: []}}} | at least one",
                "{upstreams: {}, models: {m: {kind: poem, targets: [{upstream: u, model: x}]}}} | poem",
                "{upstreams: {u: {protocol: grpc, url: 'http://a'}}, models: {}} | grpc",
                "{upstreams: {u: {protocol: openai, url: 'ftp://a'}}, models: {}} | http or https",
                "{upstreams: {u: {protocol: openai, url: 'http://u:p@a'}}, models: {}} | no user",
                "{upstreams: {u: {protocol: openai, url: 'http://a?key=b'}}, models: {}} | query",
                "{upstreams: {u: {protocol: openai, url: 'http://a', pool: {size: 0}}}, models: {}} | at least 1",
                "{upstreams: {u: {protocol: openai}}, models: {}} | url",
                "{upstreams: {}, models: {m: {kind: chat, strategy: best, targets: []}}} | least-latency",
                "{upstreams: {}, models: {m: {kind: chat, delivery: half, targets: []}}} | live, whole",
                "{upstreams: {}, models: {m: {kind: chat, targets: [{upstream: u, model: x, weight: 0}]}}} | weight",
                "{upstreams: {}, models: {m: {kind: chat, targets: [{upstream: u, model: x, priority: -1}]}}} |"
                        + " priority",
                "{upstreams: {}, models: {m: {kind: chat, targets: [], deadlines: {chunk: 0s}}}} | chunk must be",
                "{upstreams: {}, models: {m: {kind: chat, targets: [], deadlines: {first: 1s}}}} | first_token",
                "{upstreams: {}, models: {m: {kind: chat, targets: [], retries: {attempts: 0}}}} | attempts must be",
                "{upstreams: {}, models: {m: {kind: chat, targets: [], breaker: {open: 9s}}}} | at most as long as",
                "{upstreams: {}, models: {m: {kind: chat, targets: [{upstream: u, model: x}], max_output_tokens: 0}}}"
                        + " | max_output_tokens must be"
            })
    void what_no_type_forbids_is_refused_with_its_place(String yaml, String expected) {
        assertThatThrownBy(() -> settings(yaml))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("test.yaml:1:")
                .hasMessageContaining(expected);
    }
}
