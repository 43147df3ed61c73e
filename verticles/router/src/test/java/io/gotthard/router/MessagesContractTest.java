package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is particular to the Anthropic surface: its operations, its errors, and events that have names. */
class MessagesContractTest {

    private static Vertx vertx;
    private static Contract contract;

    @BeforeAll
    static void load() {
        vertx = Vertx.vertx();
        contract = Contract.load(vertx, "openapi/messages.yaml")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    @AfterAll
    static void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void it_has_the_operations_of_the_Anthropic_surface() {
        assertThat(contract.operations())
                .extracting(o -> o.method() + " " + o.path() + " " + o.address() + " " + o.streams())
                .containsExactly(
                        "POST /v1/messages models.createMessage true",
                        "POST /v1/messages/count_tokens models.countMessageTokens false");
        assertThat(contract.operations()).allMatch(Operation::namesModel);
    }

    @ParameterizedTest
    @ValueSource(strings = {"type", "error", "request_id"})
    void an_error_has_every_key(String key) {
        var error = new JsonObject("""
            {"type":"error","error":{"type":"t","message":"m"},"request_id":"r"}\
            """);
        var schema = contract.schema("#/components/schemas/Error");
        assertThat(schema.check(error.getMap())).isNull();
        error.remove(key);
        assertThat(schema.check(error.getMap()).param()).isEqualTo(key);
    }

    @Test
    void an_event_is_named_as_its_type_and_the_last_one_says_that_it_is() {
        var text = new Definition(contract.json().toJsonObject().getMap(), "#")
                .at(
                        "#/paths/~1v1~1messages/post/responses/200/content/text~1event-stream",
                        new Definition(contract.json().toJsonObject().getMap(), "#"))
                .text("example");
        assertThat(text).endsWith("data: {\"type\":\"message_stop\"}\n\n");
        for (var event : text.split("\n\n")) {
            var type = new JsonObject(event.substring(event.indexOf('{'))).getString("type");
            assertThat(event).startsWith("event: " + type + "\ndata: {");
        }
    }
}
