package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ContractTest {

    private static final List<String> ERRORS_OF_ALL =
            List.of("400", "401", "403", "404", "405", "429", "500", "503", "504");
    private static final List<String> ERRORS_OF_BODIES = List.of("413", "415");

    /** What is done to something that its path names. */
    private static final Set<String> WITHOUT_BODY = Set.of("reloadConfig", "cancelRun", "waitForRun", "createTicket");

    /** Whose errors and events are Anthropic's, which {@link MessagesContractTest} knows. */
    private static final String MESSAGES = "messages";

    private static Vertx vertx;
    private static List<Contract> contracts;

    @BeforeAll
    static void load() {
        vertx = Vertx.vertx();
        contracts = RouterVerticle.CONTRACTS.stream().map(ContractTest::load).toList();
    }

    private static Contract load(String name) {
        return Contract.load(vertx, "openapi/" + name + ".yaml").await();
    }

    /** An operation, and the contract it is from. */
    record Declared(Contract contract, Operation operation) {

        Definition document() {
            return ContractTest.document(contract);
        }

        Definition definition() {
            return document()
                    .child("paths")
                    .child(operation.path())
                    .child(operation.method().name().toLowerCase(Locale.ROOT));
        }

        @Override
        public String toString() {
            return operation.address();
        }
    }

    @AfterAll
    static void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    static Stream<Declared> operations() {
        return contracts.stream()
                .flatMap(contract -> contract.operations().stream().map(one -> new Declared(contract, one)));
    }

    static Stream<Contract> contracts() {
        return contracts.stream();
    }

    private static Definition document(Contract contract) {
        return new Definition(contract.json().toJsonObject().getMap(), "#");
    }

    @Test
    void it_has_the_operations_of_the_OpenAI_surface() {
        var contract = contracts.getFirst();
        assertThat(contract.operations())
                .extracting(o -> o.method() + " " + o.path() + " " + o.address())
                .containsExactly(
                        "GET /v1/models models.listModels",
                        "GET /v1/models/{model} models.retrieveModel",
                        "POST /v1/chat/completions models.createChatCompletion",
                        "POST /v1/completions models.createCompletion",
                        "POST /v1/embeddings models.createEmbedding",
                        "POST /v1/images/generations models.createImage",
                        "POST /v1/images/edits models.createImageEdit",
                        "POST /v1/audio/speech models.createSpeech",
                        "POST /v1/audio/transcriptions models.createTranscription",
                        "POST /v1/audio/translations models.createTranslation",
                        "POST /v1/moderations models.createModeration",
                        "POST /v1/responses models.createResponse");
        assertThat(contract.operations())
                .filteredOn(Operation::greedy)
                .extracting(Operation::id)
                .containsExactly("retrieveModel");
        assertThat(contract.operations())
                .filteredOn(Operation::streams)
                .extracting(Operation::id)
                .containsExactly("createChatCompletion", "createCompletion", "createTranscription", "createResponse");
        assertThat(contract.name()).isEqualTo("openai");
        assertThat(contract.title()).contains("Gotthard");
    }

    @Test
    void the_SwissAI_surface_is_a_stream_unless_it_is_asked_otherwise() {
        var contract = contracts.get(2);
        assertThat(contract.operations())
                .extracting(o -> o.method() + " " + o.path() + " " + o.address())
                .containsExactly(
                        "POST /api/v1/external/chat/completions models.createExternalChatCompletion",
                        "GET /api/v1/external/models models.listExternalModels");
        var chat = contract.operations().getFirst();
        assertThat(chat.streams(Map.of())).isTrue();
        assertThat(chat.streams(Map.of("stream", false))).isFalse();
        assertThat(chat.namesModel()).as("what is ignored is not logged").isFalse();
        assertThat(contracts.getFirst().operations())
                .noneMatch(operation -> operation.streams(Map.of()))
                .allMatch(operation -> operation.namesModel() == (operation.body() != null))
                .anyMatch(operation -> operation.streams(Map.of("stream", true)));
    }

    @Test
    void no_two_operations_answer_at_the_same_address() {
        assertThat(operations().map(Declared::toString)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("contracts")
    void vertx_knows_the_same_operations(Contract contract) {
        assertThat(contract.openapi().operations())
                .extracting(io.vertx.openapi.contract.Operation::getOperationId)
                .containsExactlyInAnyOrderElementsOf(
                        contract.operations().stream().map(Operation::id).toList());
    }

    @Test
    void the_served_document_keeps_the_answers_that_vertx_cannot_load() {
        var contract = contracts.getFirst();
        assertThat(contract.json().toString()).contains("text/event-stream").contains("chat.completion.chunk");
        assertThat(contract.json().toString())
                .as("notes that Vert.x keeps in a document")
                .doesNotContain("__absolute");
    }

    @ParameterizedTest
    @MethodSource("operations")
    void an_operation_declares_what_the_router_needs(Declared declared) {
        var operation = declared.operation();
        assertThat(operation.address()).matches("[a-z]+\\." + operation.id());
        assertThat(operation.requires()).isNotNull();
        assertThat(operation.summary()).isNotBlank();
        assertThat(declared.definition().text("description")).isNotBlank();
        // A PUT that says all in its path has nothing more to say.
        boolean takesBody = operation.method().equals(HttpMethod.PUT)
                ? declared.definition().has("requestBody")
                : List.of(HttpMethod.POST, HttpMethod.PATCH).contains(operation.method())
                        && !WITHOUT_BODY.contains(operation.id());
        assertThat(operation.body() != null).isEqualTo(takesBody);
        assertThat(operation.bodyRequired()).isEqualTo(takesBody);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void an_operation_declares_every_error_it_can_answer_in_one_shape(Declared declared) {
        var operation = declared.operation();
        Map<String, Definition> responses = declared.definition().children("responses");
        List<String> expected = new ArrayList<>(ERRORS_OF_ALL);
        expected.addAll(operation.body() == null ? List.of() : ERRORS_OF_BODIES);
        if (declared.contract().name().equals(MESSAGES)) {
            expected.set(expected.indexOf("503"), "529");
        }
        assertThat(responses.keySet()).contains("200").containsAll(expected);
        responses.forEach((status, response) -> {
            if (!status.equals("200")) {
                Definition shared = declared.document().at(response.text("$ref"), response);
                Definition json = shared.child("content").child("application/json");
                assertThat(json.child("schema").text("$ref")).isEqualTo("#/components/schemas/Error");
                assertThat(shared.child("headers").json()).containsKey("x-request-id");
            }
        });
    }

    @ParameterizedTest
    @MethodSource("operations")
    void the_examples_of_requests_are_valid(Declared declared) {
        var operation = declared.operation();
        if (operation.body() == null) {
            return;
        }
        Map<String, Definition> examples =
                json(declared.definition().child("requestBody")).children("examples");
        assertThat(examples).hasSizeGreaterThanOrEqualTo(2);
        examples.forEach((name, example) -> assertThat(
                        operation.body().check(example.json().get("value")))
                .as(name)
                .isNull());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void the_examples_of_answers_are_valid(Declared declared) {
        var operation = declared.operation();
        Definition content =
                declared.definition().child("responses").child("200").child("content");
        if (!content.has("application/json")) {
            // A file, or a stream of JSON objects, each in a line.
            content.json().keySet().stream()
                    .filter(media -> !media.startsWith("audio/") && !media.equals("application/octet-stream"))
                    .forEach(media -> {
                        Definition other = content.child(media);
                        assertThat(examples(other)).as(media).isNotEmpty();
                        Schema line =
                                declared.contract().schema(other.child("schema").where());
                        other.text("example")
                                .lines()
                                .filter(text -> other.child("schema").has("$ref") && text.contains("{"))
                                .map(text -> new JsonObject(text.substring(text.indexOf('{'))))
                                .forEach(object -> assertThat(line.check(object.getMap()))
                                        .as(media)
                                        .isNull());
                    });
            return;
        }
        assertThat(examples(content.child("application/json"))).isNotEmpty();
        Schema schema = declared.contract()
                .schema(content.child("application/json").child("schema").where());
        examples(content.child("application/json"))
                .forEach(example -> assertThat(schema.check(example)).isNull());
        if (operation.streams()) {
            Definition stream = content.child("text/event-stream");
            Schema chunk = declared.contract().schema(stream.child("schema").where());
            String text = stream.text("example");
            List<String> events = List.of(text.split("\n\n"));
            if (!declared.contract().name().equals(MESSAGES)) {
                assertThat(text).endsWith("data: [DONE]\n\n");
                assertThat(events).allMatch(event -> event.matches("(?s)(event: [a-z._]+\\n)?data: .*|: .*"));
            }
            events.stream()
                    .filter(event -> event.contains("data: {"))
                    .map(event -> event.substring(event.indexOf('{')))
                    .forEach(event -> assertThat(chunk.check(new JsonObject(event).getMap()))
                            .as(event)
                            .isNull());
        }
    }

    @ParameterizedTest
    @MethodSource("contracts")
    void the_examples_of_errors_are_valid_and_the_schema_wants_every_key(Contract contract) {
        Schema error = contract.schema("#/components/schemas/Error");
        document(contract)
                .child("components")
                .children("responses")
                .values()
                .forEach(response -> examples(json(response))
                        .forEach(example -> assertThat(error.check(example)).isNull()));
        if (contract.name().equals(MESSAGES)) {
            return;
        }
        for (String key : List.of("message", "type", "param", "code")) {
            JsonObject body = new JsonObject("{\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":null}");
            body.remove(key);
            assertThat(error.check(Map.of("error", body.getMap())).param()).isEqualTo("error." + key);
        }
    }

    private static Definition json(Definition owner) {
        var content = owner.child("content");
        return content.child(content.has("application/json") ? "application/json" : "multipart/form-data");
    }

    private static List<Object> examples(Definition media) {
        List<Object> examples = new ArrayList<>();
        if (media.has("example")) {
            examples.add(media.json().get("example"));
        }
        media.children("examples")
                .values()
                .forEach(example -> examples.add(example.json().get("value")));
        return examples;
    }
}
