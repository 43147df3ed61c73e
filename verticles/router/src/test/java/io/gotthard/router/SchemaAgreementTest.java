package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Validator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Our checks and Vert.x's own validator read the same contract and must come to the same verdict, over the contract's
 * examples, bodies that use every field, and what becomes of them when any part is removed, replaced or doubled.
 */
class SchemaAgreementTest {
    /** What every part of a body is replaced by in turn. */
    private static final List<Object> STRANGERS = Arrays.asList(
            null,
            true,
            0,
            1,
            -1,
            1.5,
            2.0,
            300,
            1L << 40,
            "",
            "x",
            "auto",
            "text",
            "no such thing",
            "x".repeat(257),
            List.of(),
            List.of(1),
            List.of("x"),
            List.of(""),
            List.of(List.of(1)),
            List.of(List.of()),
            List.of(1, "x"),
            List.of(Map.of()),
            Map.of(),
            Map.of("type", "text"),
            Map.of("type", "video"),
            Map.of("type", 1),
            Map.of("x", 1));

    private static Vertx vertx;
    private static Contract contract;

    @BeforeAll
    static void load() {
        vertx = Vertx.vertx();
        contract = Contract.load(vertx, "openapi/openai.yaml")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    @AfterAll
    static void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    static Stream<Operation> operationsWithBody() {
        return contract.operations().stream().filter(operation -> operation.body() != null);
    }

    @ParameterizedTest
    @MethodSource("operationsWithBody")
    void both_accept_a_body_that_uses_every_field(Operation operation) {
        Map<String, Object> body = parse(FullBodies.OF.get(operation.id()));
        assertThat(operation.body().check(body)).isNull();
        assertThat(accepts(vertxValidator(operation), body)).isTrue();
        Set<String> known = new Definition(contract.json().toJsonObject().getMap(), "#")
                .at(requestBody(operation).child("schema").text("$ref"), requestBody(operation))
                .child("properties")
                .json()
                .keySet();
        assertThat(body.keySet()).containsAll(known);
    }

    @ParameterizedTest
    @MethodSource("operationsWithBody")
    void both_agree_on_every_body_with_one_part_changed(Operation operation) {
        Validator theirs = vertxValidator(operation);
        List<String> disagreements = new ArrayList<>();
        int[] verdicts = new int[2];
        STRANGERS.forEach(stranger -> compare(operation, theirs, stranger, verdicts, disagreements));
        mutants(operation, mutant -> compare(operation, theirs, mutant, verdicts, disagreements));
        assertThat(disagreements).isEmpty();
        assertThat(verdicts[0]).as("accepted").isGreaterThan(100);
        assertThat(verdicts[1]).as("refused").isGreaterThan(100);
    }

    @Test
    void every_violation_names_a_field_that_its_message_is_about() {
        operationsWithBody()
                .forEach(operation -> mutants(operation, mutant -> {
                    Violation violation = operation.body().check(mutant);
                    if (violation != null) {
                        assertThat(violation.message()).hasSizeBetween(20, 400).endsWith(".");
                        assertThat(violation.param()).as(violation.message()).isNotEmpty();
                    }
                }));
    }

    private static void compare(
            Operation operation, Validator theirs, Object body, int[] verdicts, List<String> disagreements) {
        Violation violation = operation.body().check(body);
        verdicts[violation == null ? 0 : 1]++;
        if ((violation == null) != accepts(theirs, body)) {
            disagreements.add(violation + " for " + new JsonArray(Arrays.asList(body)).encode());
        }
    }

    /**
     * Calls back with every variant of the contract's examples, then of its first example with each of the other
     * fields in turn: many small bodies, because Vert.x needs milliseconds for a large one.
     */
    private static void mutants(Operation operation, Consumer<Object> use) {
        List<Map<String, Object>> examples = requestBody(operation).children("examples").values().stream()
                .map(example -> example.child("value").json())
                .toList();
        examples.forEach(example -> mutate(example, () -> use.accept(example)));
        parse(FullBodies.OF.get(operation.id())).forEach((name, value) -> {
            Map<String, Object> body = new LinkedHashMap<>(examples.getFirst());
            body.put(name, value);
            mutateField(body, name, () -> use.accept(body));
        });
    }

    /** Runs {@code use} with each part of a value changed in turn; the value is the same as before afterwards. */
    private static void mutate(Object part, Runnable use) {
        if (part instanceof Map<?, ?> map) {
            @SuppressWarnings("unchecked")
            Map<String, Object> object = (Map<String, Object>) map;
            List.copyOf(object.keySet()).forEach(name -> mutateField(object, name, use));
        } else if (part instanceof List<?> list) {
            @SuppressWarnings("unchecked")
            List<Object> array = (List<Object>) list;
            for (int i = 0; i < array.size(); i++) {
                mutateElement(array, i, use);
            }
        }
    }

    private static void mutateField(Map<String, Object> object, String name, Runnable use) {
        Object before = object.get(name);
        for (Object stranger : STRANGERS) {
            object.put(name, stranger);
            use.run();
        }
        object.remove(name);
        use.run();
        object.put(name, before);
        mutate(before, use);
    }

    private static void mutateElement(List<Object> array, int i, Runnable use) {
        Object before = array.get(i);
        for (Object stranger : STRANGERS) {
            array.set(i, stranger);
            use.run();
        }
        array.remove(i);
        use.run();
        array.add(i, before);
        array.add(before);
        use.run();
        array.removeLast();
        mutate(before, use);
    }

    private static Definition requestBody(Operation operation) {
        return new Definition(contract.json().toJsonObject().getMap(), "#")
                .child("paths")
                .child(operation.path())
                .child("post")
                .child("requestBody")
                .child("content")
                .child(operation.form() ? "multipart/form-data" : "application/json");
    }

    private static Validator vertxValidator(Operation operation) {
        return contract.openapi()
                .getSchemaRepository()
                .validator(contract.openapi()
                        .operation(operation.id())
                        .getRequestBody()
                        .getContent()
                        .get(operation.form() ? "multipart/form-data" : "application/json")
                        .getSchema());
    }

    private static boolean accepts(Validator validator, Object body) {
        return validator.validate(vertxValue(body)).getValid();
    }

    /** Vert.x's validator wants its own types. */
    private static Object vertxValue(Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                JsonObject object = new JsonObject();
                map.forEach((key, child) -> object.put((String) key, vertxValue(child)));
                yield object;
            }
            case List<?> list ->
                new JsonArray(new ArrayList<>(
                        list.stream().map(SchemaAgreementTest::vertxValue).toList()));
            case null -> null;
            default -> value;
        };
    }

    private static Map<String, Object> parse(String json) {
        return new JsonObject(json).getMap();
    }
}
