package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ContractTest {
    private static final List<String> ERRORS_OF_ALL =
            List.of("400", "401", "403", "404", "405", "429", "500", "503", "504");
    private static final List<String> ERRORS_OF_BODIES = List.of("413", "415");

    private static Vertx vertx;
    private static Contract contract;
    private static Definition document;

    @BeforeAll
    static void load() {
        vertx = Vertx.vertx();
        contract = Contract.load(vertx, "openapi/openai.yaml")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        document = new Definition(contract.json().toJsonObject().getMap(), "#");
    }

    @AfterAll
    static void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    static Stream<Operation> operations() {
        return contract.operations().stream();
    }

    @Test
    void it_has_the_operations_of_the_OpenAI_surface() {
        assertThat(contract.operations())
                .extracting(o -> o.method() + " " + o.path() + " " + o.address())
                .containsExactly(
                        "GET /v1/models models.listModels",
                        "GET /v1/models/{model} models.retrieveModel",
                        "POST /v1/chat/completions models.createChatCompletion",
                        "POST /v1/completions models.createCompletion",
                        "POST /v1/embeddings models.createEmbedding");
        assertThat(contract.operations())
                .filteredOn(Operation::greedy)
                .extracting(Operation::id)
                .containsExactly("retrieveModel");
        assertThat(contract.operations())
                .filteredOn(Operation::streams)
                .extracting(Operation::id)
                .containsExactly("createChatCompletion", "createCompletion");
        assertThat(contract.name()).isEqualTo("openai");
        assertThat(contract.title()).contains("Gotthard");
    }

    @Test
    void vertx_knows_the_same_operations() {
        assertThat(contract.openapi().operations())
                .extracting(io.vertx.openapi.contract.Operation::getOperationId)
                .containsExactlyInAnyOrderElementsOf(
                        operations().map(Operation::id).toList());
    }

    @Test
    void the_served_document_keeps_the_answers_that_vertx_cannot_load() {
        assertThat(contract.json().toString()).contains("text/event-stream").contains("chat.completion.chunk");
        assertThat(contract.json().toString())
                .as("notes that Vert.x keeps in a document")
                .doesNotContain("__absolute");
    }

    @ParameterizedTest
    @MethodSource("operations")
    void an_operation_declares_what_the_router_needs(Operation operation) {
        assertThat(operation.address()).matches("[a-z]+\\." + operation.id());
        assertThat(operation.permission()).matches("[a-z]+(\\.[a-z]+)+");
        assertThat(operation.summary()).isNotBlank();
        assertThat(definition(operation).text("description")).isNotBlank();
        boolean takesBody = operation.method() == HttpMethod.POST;
        assertThat(operation.body() != null).isEqualTo(takesBody);
        assertThat(operation.bodyRequired()).isEqualTo(takesBody);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void an_operation_declares_every_error_it_can_answer_in_one_shape(Operation operation) {
        Map<String, Definition> responses = definition(operation).children("responses");
        List<String> expected = new ArrayList<>(ERRORS_OF_ALL);
        expected.addAll(operation.body() == null ? List.of() : ERRORS_OF_BODIES);
        assertThat(responses.keySet()).contains("200").containsAll(expected);
        responses.forEach((status, response) -> {
            if (!status.equals("200")) {
                Definition shared = document.at(response.text("$ref"), response);
                Definition json = shared.child("content").child("application/json");
                assertThat(json.child("schema").text("$ref")).isEqualTo("#/components/schemas/Error");
                assertThat(shared.child("headers").json()).containsKey("x-request-id");
            }
        });
    }

    @ParameterizedTest
    @MethodSource("operations")
    void the_examples_of_requests_are_valid(Operation operation) {
        if (operation.body() == null) {
            return;
        }
        Map<String, Definition> examples =
                json(definition(operation).child("requestBody")).children("examples");
        assertThat(examples).hasSizeGreaterThanOrEqualTo(2);
        examples.forEach((name, example) -> assertThat(
                        operation.body().check(example.json().get("value")))
                .as(name)
                .isNull());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void the_examples_of_answers_are_valid(Operation operation) {
        Definition content =
                definition(operation).child("responses").child("200").child("content");
        assertThat(examples(content.child("application/json"))).isNotEmpty();
        Schema schema = contract.schema(
                content.child("application/json").child("schema").where());
        examples(content.child("application/json"))
                .forEach(example -> assertThat(schema.check(example)).isNull());
        if (operation.streams()) {
            Definition stream = content.child("text/event-stream");
            Schema chunk = contract.schema(stream.child("schema").where());
            String text = stream.text("example");
            assertThat(text).endsWith("data: [DONE]\n\n");
            List<String> events = List.of(text.split("\n\n"));
            assertThat(events).allMatch(event -> event.startsWith("data: ") || event.startsWith(": "));
            events.stream()
                    .filter(event -> event.startsWith("data: {"))
                    .forEach(event -> assertThat(chunk.check(new JsonObject(event.substring(6)).getMap()))
                            .as(event)
                            .isNull());
        }
    }

    @Test
    void the_examples_of_errors_are_valid_and_the_schema_wants_all_four_keys() {
        Schema error = contract.schema("#/components/schemas/Error");
        document.child("components")
                .children("responses")
                .values()
                .forEach(response -> examples(json(response))
                        .forEach(example -> assertThat(error.check(example)).isNull()));
        for (String key : List.of("message", "type", "param", "code")) {
            JsonObject body = new JsonObject("{\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":null}");
            body.remove(key);
            assertThat(error.check(Map.of("error", body.getMap())).param()).isEqualTo("error." + key);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        no-such-file        | there is no such file
        duplicate-key       | found duplicate key
        number-as-key       | the key 200 must be in quotes
        foreign-address     | x-vertx-event-bus must be <verticle>.listThings
        no-permission       | 'x-requires' must be a text
        unknown-keyword     | the keyword 'uniqueItems' is not one the router can check
        same-id-twice       | there is another operation listThings
        slashes-inside      | x-slashes is only possible for a parameter at the end
        not-openapi         | Instance does not have required property "version"
        """)
    void a_contract_with_a_fault_is_refused_with_its_name_and_the_reason(String name, String reason) {
        String resource = "contracts/" + name + ".yaml";
        assertThatThrownBy(() -> Contract.load(vertx, resource)
                        .toCompletionStage()
                        .toCompletableFuture()
                        .join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(resource + ": ")
                .hasMessageContaining(reason);
    }

    private static Definition definition(Operation operation) {
        return document.child("paths")
                .child(operation.path())
                .child(operation.method().name().toLowerCase(Locale.ROOT));
    }

    private static Definition json(Definition owner) {
        return owner.child("content").child("application/json");
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
