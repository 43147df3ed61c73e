package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Dialogue;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.JsonBody;
import io.gotthard.contracts.Meter;
import io.gotthard.contracts.Permissions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who sees and uses which model, over a real bus, with the built-in demo behind it. */
class ModelsVerticleTest {

    private static final String[] DEMO = {
        "demo-chat", "demo-embedding", "demo-image", "demo-speech", "demo-transcription", "demo-moderation"
    };

    private static final String CHAT =
            "{\"model\":\"demo-chat\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final Caller ADMINISTRATOR = caller(Permissions.ALL, null);
    private static final Caller STRANGER = caller(Permissions.NONE, null);

    private final Vertx vertx = Vertx.vertx();
    private Bus bus;

    @BeforeEach
    void start() throws Exception {
        deploy(null);
    }

    private void deploy(String externalModel) throws Exception {
        var settings = new ModelsSettings(
                Map.of(), Map.of(), new ExternalSettings(externalModel, "swissai"), Duration.ofSeconds(1));
        await(() -> vertx.deployVerticle(new ModelsVerticle(settings, Meter.OFF)));
        bus = await(() -> Future.succeededFuture(new Bus(vertx)));
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static Caller caller(Permissions permissions, String boundModel) {
        return new Caller("key", "account", "tenant", permissions, boundModel);
    }

    private static Caller with(String... rules) {
        return caller(Permissions.of(List.of(List.of(rules))), null);
    }

    private <T> T await(Supplier<Future<T>> work) throws Exception {
        var promise = Promise.<T>promise();
        vertx.runOnContext(go -> work.get().onComplete(promise));
        try {
            return promise.future().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private Dialogue dialogue(String address, Caller caller, Map<String, String> parameters, String body) {
        var json = body == null ? null : JsonBody.parse(Buffer.buffer(body));
        return bus.ask(address, new Call(bus.nextId(), "request", caller, "127.0.0.1", parameters, json));
    }

    private JsonObject ask(String address, Caller caller, Map<String, String> parameters, String body)
            throws Exception {
        return await(() -> dialogue(address, caller, parameters, body).next())
                .body()
                .toJsonObject();
    }

    private List<String> listed(String address, Caller caller) throws Exception {
        return ask(address, caller, Map.of(), null).getJsonArray("data").stream()
                .map(one -> ((JsonObject) one).getString("id"))
                .toList();
    }

    private Failure refused(String address, Caller caller, Map<String, String> parameters, String body) {
        var caught = new Failure[1];
        assertThatThrownBy(() -> ask(address, caller, parameters, body))
                .asInstanceOf(type(Failure.class))
                .satisfies(failure -> caught[0] = failure);
        return caught[0];
    }

    @Test
    void one_sees_what_one_may_use() throws Exception {
        assertThat(listed("models.listModels", ADMINISTRATOR)).containsExactly(DEMO);
        assertThat(listed("models.listModels", with("gotthard.admin.model.>"))).containsExactly(DEMO);
        assertThat(listed("models.listModels", with("aihub.user.model.demo-chat")))
                .containsExactly("demo-chat");
        assertThat(listed("models.listModels", with("gotthard.user.service.>"))).isEmpty();
        assertThat(listed("models.listModels", STRANGER)).isEmpty();
    }

    @Test
    void a_key_that_is_bound_to_a_model_sees_and_uses_only_that() throws Exception {
        var bound = caller(Permissions.ALL, "demo-chat");
        assertThat(listed("models.listModels", bound)).containsExactly("demo-chat");
        assertThat(ask("models.createChatCompletion", bound, Map.of(), CHAT).getString("model"))
                .isEqualTo("demo-chat");
        assertThat(refused("models.retrieveModel", bound, Map.of("model", "demo-embedding"), null)
                        .status())
                .isEqualTo(404);
        var boundInVain = caller(Permissions.of(List.of(List.of("gotthard.user.model.other"))), "demo-chat");
        assertThat(listed("models.listModels", boundInVain)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"models.createChatCompletion", "models.createCompletion", "models.createEmbedding"})
    void a_model_one_may_not_use_can_not_be_told_from_one_that_is_not_there(String address) {
        var body = new JsonObject(CHAT).put("input", "a").put("prompt", "a");
        var forbidden = refused(
                address, STRANGER, Map.of(), body.put("model", "demo-chat").encode());
        var unknown = refused(
                address, ADMINISTRATOR, Map.of(), body.put("model", "demo-nope").encode());
        same(forbidden, unknown);
        same(
                refused("models.retrieveModel", STRANGER, Map.of("model", "demo-chat"), null),
                refused("models.retrieveModel", ADMINISTRATOR, Map.of("model", "demo-nope"), null));
    }

    private static void same(Failure forbidden, Failure unknown) {
        assertThat(forbidden.getMessage()).isEqualTo(unknown.getMessage().replace("demo-nope", "demo-chat"));
        assertThat(forbidden)
                .returns(404, Failure::status)
                .returns(unknown.status(), Failure::status)
                .returns(unknown.type(), Failure::type)
                .returns(unknown.code(), Failure::code)
                .returns(unknown.param(), Failure::param);
    }

    @Test
    void in_the_SwissAI_dialect_the_key_decides_the_model() throws Exception {
        var bound = caller(with("gotthard.user.model.demo-chat").permissions(), "demo-chat");
        assertThat(listed("models.listExternalModels", bound)).containsExactly("swissai");
        var answer = ask(
                "models.createExternalChatCompletion",
                bound,
                Map.of(),
                "{\"model\":[7],\"stream\":false,\"n\":\"?\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
        assertThat(answer.getString("model")).isEqualTo("swissai");
        assertThat(answer.getString("object")).isEqualTo("chat.completion");
    }

    @Test
    void in_the_SwissAI_dialect_a_chat_is_a_stream() throws Exception {
        var text = new StringBuilder();
        var answers = new ArrayList<Answer>();
        var dialogue =
                dialogue("models.createExternalChatCompletion", caller(Permissions.ALL, "demo-chat"), Map.of(), CHAT);
        do {
            answers.add(await(dialogue::next));
            text.append(answers.getLast().body());
        } while (answers.getLast().more());
        var events = List.of(text.toString().split("\n\n"));
        assertThat(events.getLast()).isEqualTo("data: [DONE]");
        assertThat(events.subList(0, events.size() - 1)).allMatch(event -> event.contains("\"model\":\"swissai\""));
        assertThat(events.get(events.size() - 2)).contains("\"delta\":{}").contains("\"finish_reason\":\"stop\"");
        // Bills know the model by its real name.
        assertThat(answers.getLast().usage().model()).isEqualTo("demo-chat");
    }

    @Test
    void a_key_without_a_model_gets_the_configured_one_or_a_clear_404() throws Exception {
        var address = "models.createExternalChatCompletion";
        var whole = new JsonObject(CHAT).put("stream", false).encode();
        assertThat(refused(address, ADMINISTRATOR, Map.of(), whole))
                .hasMessage("This API key is bound to no model, and no default is configured.")
                .returns(404, Failure::status);
        assertThat(listed("models.listExternalModels", ADMINISTRATOR)).isEmpty();
        for (var id : vertx.deploymentIDs()) {
            await(() -> vertx.undeploy(id));
        }
        deploy("demo-chat");
        assertThat(ask(address, ADMINISTRATOR, Map.of(), whole).getString("model"))
                .isEqualTo("swissai");
        assertThat(listed("models.listExternalModels", ADMINISTRATOR)).containsExactly("swissai");
        assertThat(listed("models.listExternalModels", STRANGER)).isEmpty();
        var forbidden = refused(address, STRANGER, Map.of(), whole);
        var unknown = refused(address, caller(Permissions.ALL, "demo-nope"), Map.of(), whole);
        same(forbidden, unknown);
        assertThat(forbidden).hasMessageContaining("does not exist or you do not have access to it");
    }

    @Test
    void the_default_must_be_a_model_for_chats() {
        var drain = Duration.ofSeconds(1);
        for (var name : List.of("demo-embedding", "nobody")) {
            assertThatThrownBy(
                            () -> new ModelsSettings(Map.of(), Map.of(), new ExternalSettings(name, "swissai"), drain))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("external.model is '" + name + "', but there is no such model of kind chat");
        }
    }
}
